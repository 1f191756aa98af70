"""The demo's synthetic ISIC2019: all of HAM10000's images, others of eight diagnoses, and an official test set."""

from collections.abc import Iterator

from selcn.demo.catalogue import Shot, patient, shots
from selcn.demo.folder import DemoFolder
from selcn.demo.native_ham10000 import ham10000_lesion_id, ham10000_path
from selcn.demo.noise import generator
from selcn.demo.settings import DemoSettings

COLUMNS = {
    "mel": "MEL",
    "nv": "NV",
    "bcc": "BCC",
    "akiec": "AK",
    "bkl": "BKL",
    "df": "DF",
    "vasc": "VASC",
    "scc": "SCC",
}
# UNK occurs in the official test set only.
OFFICIAL = COLUMNS | {"unk": "UNK"}
HEADER = tuple(OFFICIAL.values())
# The original labels 197 of HAM10000's 327 akiec images as SCC.
AKIEC_CALLED_SCC = 0.6
FIRST_MSK_NUMBER = 12653
FIRST_BCN_NUMBER = 60000
FIRST_OFFICIAL_NUMBER = 34321
LESION_UNKNOWN = 0.1


def write_isic2019(folder: DemoFolder, ham: list[Shot]) -> None:
    """Copy HAM10000's images, generate the others, and write ground truth and metadata."""
    seed = folder.settings.seed
    labels, records = [], []
    for shot in ham:
        folder.copy(ham10000_path(shot.image_id), _path(shot))
        labels.append(_label(shot, _column_of_ham10000(seed, shot)))
        records.append(_record(seed, shot, ham10000_lesion_id(seed, shot)))
    for shot, lesion_id, width in _new_shots(folder.settings):
        column = COLUMNS[shot.diagnosis]
        folder.draw(shot, "isic2019", column, _path(shot), width)
        labels.append(_label(shot, column))
        records.append(_record(seed, shot, lesion_id))
    _write_tables(folder, "Training", labels, records)
    _write_official(folder)


def _write_official(folder: DemoFolder) -> None:
    """Generate the official test set, whose tables have two further columns and no lesion ids."""
    labels, records = [], []
    for shot in _official_shots(folder.settings):
        column = OFFICIAL[shot.diagnosis]
        folder.draw(shot, "isic2019", column, _path(shot, "Test"), folder.settings.height)
        labels.append(_label(shot, column) | {"score_weight": 1.0, "validation_weight": 0.0})
        record = _record(folder.settings.seed, shot, None)
        del record["lesion_id"]
        records.append(record)
    _write_tables(folder, "Test", labels, records)


def _write_tables(folder: DemoFolder, part: str, labels: list[dict], records: list[dict]) -> None:
    for rows, name in ((labels, "GroundTruth"), (records, "Metadata")):
        folder.write_csv(sorted(rows, key=lambda row: row["image"]), f"isic2019/ISIC_2019_{part}_{name}.csv")


def _new_shots(settings: DemoSettings) -> Iterator[tuple[Shot, str | None, int]]:
    """Yield shots, lesion ids and widths; a third of each class comes from MSK, downsampled, the rest square."""
    from_msk = settings.isic2019_new_per_class // 3
    sources = (
        ("MSK4", from_msk, FIRST_MSK_NUMBER, "_downsampled", settings.width),
        ("BCN", settings.isic2019_new_per_class - from_msk, FIRST_BCN_NUMBER, "", settings.height),
    )
    for place, diagnosis in enumerate(COLUMNS):
        for source, count, first, ending, width in sources:
            ids = [f"ISIC_{first + len(COLUMNS) * k + place:07d}{ending}" for k in range(count)]
            for shot in shots(settings.seed, f"isic2019/{source}/{diagnosis}", diagnosis, ids):
                unknown = generator(settings.seed, shot.lesion_name, "record").random() < LESION_UNKNOWN
                yield shot, None if unknown else f"{source}_{len(COLUMNS) * shot.lesion + place:07d}", width


def _official_shots(settings: DemoSettings) -> Iterator[Shot]:
    """Yield a third as many shots of each label as there are new training images of it."""
    count = -(-settings.isic2019_new_per_class // 3)
    for place, diagnosis in enumerate(OFFICIAL):
        ids = [f"ISIC_{FIRST_OFFICIAL_NUMBER + len(OFFICIAL) * k + place:07d}" for k in range(count)]
        yield from shots(settings.seed, f"isic2019/official/{diagnosis}", diagnosis, ids)


def _path(shot: Shot, part: str = "Training") -> str:
    return f"isic2019/ISIC_2019_{part}_Input/{shot.image_id}.jpg"


def _column_of_ham10000(seed: int, shot: Shot) -> str:
    if shot.diagnosis == "akiec" and generator(seed, shot.lesion_name, "scc").random() < AKIEC_CALLED_SCC:
        return "SCC"
    return COLUMNS[shot.diagnosis]


def _label(shot: Shot, column: str) -> dict:
    return {"image": shot.image_id} | {name: float(name == column) for name in HEADER}


def _record(seed: int, shot: Shot, lesion_id: str | None) -> dict:
    bearer = patient(seed, shot)
    return {
        "image": shot.image_id,
        "age_approx": bearer.age,
        "anatom_site_general": bearer.anatom_site,
        "lesion_id": lesion_id,
        "sex": bearer.sex,
    }
