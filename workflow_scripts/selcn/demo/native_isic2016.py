"""The demo's synthetic ISIC2016 (ISBI 2016, part 3): benign and malignant, training and official test part."""

from selcn.demo.catalogue import Shot
from selcn.demo.folder import DemoFolder
from selcn.demo.lesions import symmetry_of
from selcn.demo.noise import generator
from selcn.demo.settings import MOST_A_CLASS

LABELS = ("benign", "malignant")
PARTS = ("Training", "Test")
BENIGN = {"nv": 0.75, "bkl": 0.25}
# Coprime to MOST_A_CLASS: ids of parts and labels mix, as in the original.
STRIDE = 37


def write_isic2016(folder: DemoFolder) -> None:
    """Generate both parts; labels are benign or malignant in training, 0.0 or 1.0 in the test file, without headers."""
    count = folder.settings.isic2016_per_class
    for part, of_each in zip(PARTS, (count, (count + 1) // 2), strict=True):
        rows = []
        for label in LABELS:
            for number in range(of_each):
                shot = _shot(folder.settings.seed, part, label, number)
                folder.draw(shot, "isic2016", label, f"isic2016/ISBI2016_ISIC_Part3_{part}_Data/{shot.image_id}.jpg")
                native = label if part == "Training" else float(LABELS.index(label))
                rows.append({"image": shot.image_id, "label": native})
        rows.sort(key=lambda row: row["image"])
        folder.write_csv(rows, f"isic2016/ISBI2016_ISIC_Part3_{part}_GroundTruth.csv", header=False)


def _shot(seed: int, part: str, label: str, number: int) -> Shot:
    """Return a shot: a melanoma if malignant; if benign a naevus or, less often, a keratosis."""
    series = f"isic2016/{part}/{label}"
    kind = 2 * PARTS.index(part) + LABELS.index(label)
    rng = generator(seed, series, number, "diagnosis")
    diagnosis = "mel" if label == "malignant" else str(rng.choice(list(BENIGN), p=list(BENIGN.values())))
    image_id = f"ISIC_{4 * (STRIDE * number % MOST_A_CLASS) + kind:07d}"
    return Shot(image_id, series, number, 0, diagnosis, symmetry_of(seed, f"{series}/{number}", diagnosis))
