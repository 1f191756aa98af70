"""The demo's synthetic HAM10000 in its native layout."""

from selcn.demo.catalogue import Shot, patient, shots
from selcn.demo.folder import DemoFolder
from selcn.demo.noise import generator
from selcn.demo.settings import DIAGNOSES, MOST_HAM10000_A_CLASS, DemoSettings

# The original's first id, and approximately the first of its second part.
FIRST_NUMBER = 24306
FIRST_OF_PART_2 = 29306
# Coprime to the ids of a class, so that a class's images spread over both parts.
STRIDE = 577
# Share of the further images of a lesion that have a lesion id of their own, and the first of these ids. In the
# original it is about one in a hundred.
CONCEALED = 0.15
CONCEALED_FROM = 1_000_000
PROOFS = {"follow_up": 0.5, "histo": 0.4, "consensus": 0.1}
SOURCES = ("vidir_modern", "rosendahl", "vidir_molemax")


def ham10000_shots(settings: DemoSettings) -> list[Shot]:
    """Return HAM10000's shots, sorted by image id; the classes' ids interleave, as in the original."""
    found: list[Shot] = []
    for place, diagnosis in enumerate(DIAGNOSES):
        numbers = [STRIDE * k % MOST_HAM10000_A_CLASS for k in range(settings.images_per_class[diagnosis])]
        ids = [f"ISIC_{FIRST_NUMBER + len(DIAGNOSES) * number + place:07d}" for number in numbers]
        found += shots(settings.seed, f"ham10000/{diagnosis}", diagnosis, ids)
    return sorted(found, key=lambda shot: shot.image_id)


def ham10000_path(image_id: str) -> str:
    """Return where an image lies below the demo data's folder."""
    part = 1 if int(image_id.removeprefix("ISIC_")) < FIRST_OF_PART_2 else 2
    return f"ham10000/HAM10000_images_part_{part}/{image_id}.jpg"


def is_concealed(seed: int, shot: Shot) -> bool:
    """Return whether a shot is a further image of a lesion under another lesion id, as a few of the original are."""
    return shot.view > 0 and bool(generator(seed, f"{shot.lesion_name}/{shot.view}", "concealed").random() < CONCEALED)


def ham10000_lesion_id(seed: int, shot: Shot) -> str:
    """Return the lesion id of one of HAM10000's shots."""
    number = DIAGNOSES.index(shot.diagnosis) + len(DIAGNOSES) * shot.lesion
    return f"HAM_{number + (CONCEALED_FROM * shot.view if is_concealed(seed, shot) else 0):07d}"


def write_ham10000(folder: DemoFolder, ham: list[Shot]) -> None:
    """Generate HAM10000's images and masks and write its metadata."""
    for shot in ham:
        drawn = folder.draw(shot, "ham10000", shot.diagnosis, ham10000_path(shot.image_id))
        mask = f"ham10000/HAM10000_segmentations_lesion_tschandl/{shot.image_id}_segmentation.png"
        folder.write_image(drawn.mask, mask)
    rows = [_record(folder.settings.seed, shot) for shot in ham]
    rows.sort(key=lambda row: (row["lesion_id"], row["image_id"]))
    folder.write_csv(rows, "ham10000/HAM10000_metadata.csv")


def _record(seed: int, shot: Shot) -> dict:
    bearer = patient(seed, shot)
    rng = generator(seed, shot.lesion_name, "record")
    source, proof = rng.choice(SOURCES), rng.choice(list(PROOFS), p=list(PROOFS.values()))
    return {
        "lesion_id": ham10000_lesion_id(seed, shot),
        "image_id": shot.image_id,
        "dx": shot.diagnosis,
        # Only naevi are followed up rather than excised.
        "dx_type": proof if shot.diagnosis == "nv" else "histo",
        "age": bearer.age,
        "sex": bearer.sex or "unknown",
        "localization": bearer.localization,
        "dataset": source,
    }
