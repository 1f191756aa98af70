"""Small copies of the layouts of the data sets whose declarations ship, and what is read of them."""

from pathlib import Path

import pandas as pd

from native_layouts import mask_array, photo, save
from selcn.data.datasets.sources import SourceSettings
from selcn.workflow.declarations import read_declarations

ISIC2017_PARTS = ("Training", "Validation", "Test_v2")
PH2_HEADER = [
    *["Image Name", "Histological Diagnosis", "Common Nevus", "Atypical Nevus", "Melanoma", "Asymmetry\n(0/1/2)"],
    *["Pigment Network\n(AT/T)", "Dots/Globules\n(A/AT/T)", "Streaks\n(A/P)", "Regression Areas\n(A/P)"],
    *["Blue-Whitish Veil\n(A/P)", "White", "Red", "Light-Brown", "Dark-Brown", "Blue-Gray", "Black"],
]
PH2_TEXT = """\
||   Name || Histological Diagnosis || Clinical Diagnosis || Asymmetry | Pigment Network ||           Colors ||
{rows}

Legends for Clinical Diagnosis:
  0 - Common Nevus;
"""


def declared(dataset: str, folder: Path, **changes) -> SourceSettings:
    """Return the settings of a data set whose declaration ships, in a folder, as its index job is told."""
    declaration = read_declarations({dataset: f"resources/datasets/{dataset}.yaml"})[dataset]
    return SourceSettings.of_job({"dataset": dataset, "folder": str(folder), **declaration.layout, **changes})


def write(path: Path, *lines: str) -> None:
    """Write the lines of a table, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def images(folder: Path, *names: str) -> None:
    """Write a different image for each file name."""
    for number, name in enumerate(names):
        save(photo(number), folder / name)


def ph2(folder: Path, rows: list[tuple[str, int, int]], text: bool = False) -> Path:
    """Write PH2's table of rows of (name, code of the diagnosis, asymmetry), and images, lesion and colour masks."""
    folder.mkdir(parents=True, exist_ok=True)
    if text:
        lines = [
            f"|| {name} ||          || {code:>18} || {sides:>9} |    T ||     3  4 ||" for name, code, sides in rows
        ]
        (folder / "PH2_dataset.txt").write_text(PH2_TEXT.format(rows="\n".join(lines)))
    else:
        above = [[None] * len(PH2_HEADER) for _ in range(12)]
        above[11][2] = "Clinical Diagnosis"
        marks = [["X" if code == column else None for column in range(3)] for _, code, _ in rows]
        cells = [[name, None, *mark, sides, *[None] * 11] for (name, _, sides), mark in zip(rows, marks, strict=True)]
        sheet = pd.DataFrame([*above, PH2_HEADER, *cells])
        sheet.to_excel(folder / "PH2_dataset.xlsx", header=False, index=False)
    for number, (name, *_) in enumerate(rows):
        of_image = folder / "PH2 Dataset images" / name
        save(photo(number), of_image / f"{name}_Dermoscopic_Image/{name}.bmp")
        save(mask_array(), of_image / f"{name}_lesion/{name}_lesion.bmp")
        save(mask_array(), of_image / f"{name}_roi/{name}_R1_Label4.bmp")
    return folder


def isic2017(folder: Path) -> Path:
    """Write ISIC 2017's three parts, with a nevus, a melanoma and a seborrheic keratosis, and superpixels."""
    for part, marks in zip(ISIC2017_PARTS, ("0.0,0.0", "1.0,0.0", "0.0,1.0"), strict=True):
        image = f"ISIC_000000{ISIC2017_PARTS.index(part)}"
        write(
            folder / f"ISIC-2017_{part}_Part3_GroundTruth.csv",
            "image_id,melanoma,seborrheic_keratosis",
            f"{image},{marks}",
        )
        data = folder / f"ISIC-2017_{part}_Data"
        write(data / f"ISIC-2017_{part}_Data_metadata.csv", "image_id,age_approximate,sex", f"{image},55,unknown")
        images(data, f"{image}.jpg", f"{image}_superpixels.png")
    return folder
