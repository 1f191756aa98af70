"""Images of a clinic with tables of its own, and their declarations: every role without the thesis's data sets."""

from pathlib import Path

import cv2
import numpy as np

CASES, FURTHER = 180, 120
WIDTH, HEIGHT = 96, 72
DIAGNOSES = {"Nävus": "nevus", "Melanom": "cancer", "Keratose": "keratosis"}
COLUMNS = "Bild;Befund;Achsen;Läsion;Patient;Alter;Geschlecht;Maske;Hauttyp"

CLINIC = """\
name: Clinic
roles: [segmentation, lesion]
folder: {folder}/cases
table: cases.csv
mask_folders: [{folder}/cases/outlines]
columns:
  image: Bild
  diagnosis: Befund
  lesion: Läsion
  patient: Patient
  age: Alter
  sex: Geschlecht
  mask: Maske
  skin_type: Hauttyp
diagnoses: {{Nävus: nevus, Melanom: cancer, Keratose: keratosis}}
left_out: [unklar]
classes: [nevus, cancer, keratosis]
balanced: true
"""
SYMMETRY = """\
name: Clinic, symmetry
roles: [symmetry]
folder: {folder}/cases
table: cases.csv
mask_folders: [{folder}/cases/outlines]
prefix: clinic_
columns: {{image: Bild, symmetry: Achsen, lesion: Läsion, patient: Patient}}
symmetry: {{0: asymmetric, 1: symmetric, 2: symmetric}}
left_out: ["?"]
"""
SECOND = """\
name: Second clinic
roles: [lesion]
folder: {folder}/further
table: further.csv
columns: {{image: Bild, diagnosis: Befund, lesion: Läsion}}
diagnoses: {{Nävus: harmless, Keratose: harmless, Melanom: suspicious}}
classes: [harmless, suspicious]
left_out: [unklar]
"""
ARCHIVE = """\
name: Archive
roles: [external]
folder: {folder}/further
table: further.csv
prefix: second_
columns: {{image: Bild, diagnosis: Befund, lesion: Läsion}}
diagnoses: {{Nävus: nevus, Melanom: cancer}}
outside: {{Keratose: keratoma}}
left_out: [unklar]
"""
DECLARATIONS = {"clinic": CLINIC, "clinicsym": SYMMETRY, "second": SECOND, "archive": ARCHIVE}
THESIS = ("ham10000", "symderm", "isic2019", "isic2016")


def draw(rng: np.random.Generator, diagnosis: str, axes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return an image, uint8 (HEIGHT, WIDTH, 3) BGR, and the mask of its lesion, uint8 (HEIGHT, WIDTH), 0 and 255."""
    texture = cv2.resize(rng.normal(0, 18, (9, 12, 3)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    image = np.array([150, 170, 220]) + texture + rng.normal(0, 4, (HEIGHT, WIDTH, 3))
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    centre = (int(rng.integers(40, 56)), int(rng.integers(30, 42)))
    size = (int(rng.integers(14, 24)), int(rng.integers(10, 18)))
    cv2.ellipse(mask, centre, size, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    if not axes:
        cv2.circle(mask, (centre[0] + size[0], centre[1] - 8), 9, 255, -1)
    colour = {"Nävus": (60, 80, 120), "Melanom": (40, 30, 40), "Keratose": (90, 130, 170)}.get(diagnosis, (80, 80, 80))
    spots = cv2.resize(rng.normal(0, 25, (18, 24, 1)), (WIDTH, HEIGHT))[..., None]
    image = np.where(mask[..., None] > 0, np.array(colour) + spots, image)
    return np.clip(image, 0, 255).astype(np.uint8), mask


def write_tables(folder: Path, seed: int = 5) -> None:
    """Draw 300 images, two of each lesion and three lesions of each patient, with their masks, into two tables."""
    rng, diagnoses = np.random.default_rng(seed), list(DIAGNOSES)
    for place, table, count in ((folder / "cases", "cases.csv", CASES), (folder / "further", "further.csv", FURTHER)):
        rows = [COLUMNS]
        for part in ("pictures", "outlines"):
            (place / part).mkdir(parents=True)
        for number in range(count):
            lesion = number // 2
            diagnosis, axes = diagnoses[lesion % 3], (lesion // 3) % 3
            image, mask = draw(rng, diagnosis, axes)
            cv2.imwrite(str(place / "pictures" / f"B{number}.png"), image)
            cv2.imwrite(str(place / "outlines" / f"m{number}.png"), mask)
            cells = (f"B{number}.png", diagnosis, axes, f"L{lesion}", f"P{lesion // 3}", f"{30 + number % 50},5")
            rows.append(
                ";".join(map(str, (*cells, ("female", "male", "")[lesion % 3], f"m{number}.png", lesion % 6 + 1)))
            )
        rows.append("lost.png;unklar;?;;;;;;")
        (place / table).write_text("\n".join(rows) + "\n", encoding="utf-8")


def declare(folder: Path, images: Path, datasets: tuple[str, ...] = tuple(DECLARATIONS)) -> dict[str, str | None]:
    """Write the declarations of some data sets, and return the configuration's `datasets`: without the thesis's."""
    for dataset in datasets:
        (folder / f"{dataset}.yaml").write_text(DECLARATIONS[dataset].format(folder=images), encoding="utf-8")
    return dict.fromkeys(THESIS) | {dataset: str(folder / f"{dataset}.yaml") for dataset in datasets}
