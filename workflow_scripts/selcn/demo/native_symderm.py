"""The demo's synthetic SymDerm: labels for some of HAM10000's images and for some of its own."""

from selcn.demo.catalogue import Shot
from selcn.demo.folder import DemoFolder
from selcn.demo.noise import generator

SHARE_FROM_HAM10000 = 0.75
FIRST_NUMBER = 15000
LABELS = (0, 1, 2)
DIAGNOSES = {"nv": 0.6, "mel": 0.25, "bkl": 0.15}


def write_symderm(folder: DemoFolder, ham: list[Shot]) -> None:
    """Write the labels and generate the images that are not HAM10000's.

    Three quarters of the rows are HAM10000's, as far as it has images of that symmetry.
    """
    seed, count = folder.settings.seed, folder.settings.symderm_per_class
    rows = []
    for symmetry in LABELS:
        known = [shot for shot in ham if shot.symmetry == symmetry]
        known.sort(key=lambda shot: generator(seed, shot.image_id, "symderm").random())
        chosen = known[: round(SHARE_FROM_HAM10000 * count)]
        rows += [_row(shot, "HAM10000") for shot in chosen]
        for number in range(count - len(chosen)):
            shot = _own_shot(seed, symmetry, number)
            folder.draw(shot, "symderm", str(symmetry), f"symderm/images/{shot.image_id}.jpg")
            rows.append(_row(shot, "ISIC"))
    # The original lists HAM10000's rows first, otherwise in no order.
    rows.sort(key=lambda row: (row["Dataset"], generator(seed, row["File"], "row").random()))
    folder.write_csv(rows, "symderm/SymDerm_v2_labels.csv")


def _own_shot(seed: int, symmetry: int, number: int) -> Shot:
    series = f"symderm/{symmetry}"
    rng = generator(seed, series, number, "diagnosis")
    diagnosis = str(rng.choice(list(DIAGNOSES), p=list(DIAGNOSES.values())))
    image_id = f"ISIC_{FIRST_NUMBER + len(LABELS) * number + symmetry:07d}"
    return Shot(image_id, series, number, 0, diagnosis, symmetry)


def _row(shot: Shot, source: str) -> dict:
    names = {"File": f"{shot.image_id}.jpg", "Mask": f"{shot.image_id}.png"}
    return names | {"Dataset": source, "labels_symmetry": shot.symmetry}
