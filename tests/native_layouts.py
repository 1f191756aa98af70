"""Small copies of the four data sets' native layouts, and their index."""

from pathlib import Path

import numpy as np
from PIL import Image

from selcn.data.datasets.ids import problem_with_id
from selcn.data.datasets.index import build_index
from selcn.data.datasets.sources import SourceSettings

MASKS = "HAM10000_segmentations_lesion_tschandl"
HAM_ROWS = [("HAM_1", "ISIC_0000001", "nv"), ("HAM_1", "ISIC_0000002", "nv"), ("", "ISIC_0000003", "mel")]
CLASSES_2019 = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK")


def photo(seed: int = 0, size: tuple[int, int] = (40, 36)) -> Image.Image:
    """Return a colour image of noise; `size` is width and height in pixels."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(noise)


def mask_array(size: tuple[int, int] = (40, 36), value: int = 255) -> np.ndarray:
    """Return a mask, 0 but for a rectangle of a value; `size` is width and height in pixels."""
    array = np.zeros((size[1], size[0]), np.uint8)
    array[5:20, 8:30] = value
    return array


def save(image: Image.Image | np.ndarray, path: Path) -> Path:
    """Write an image in the format of its path's ending, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(path)
    return path


def make_ham10000(root: Path, rows: list[tuple[str, str, str]], name: str = "HAM10000_metadata.csv") -> Path:
    """Write rows of (lesion_id, image_id, dx) and, alternating between the two folders, their images and masks."""
    root.mkdir(parents=True, exist_ok=True)
    lines = [f"{lesion},{image},{dx},histo,80.0,male,scalp,vidir_modern" for lesion, image, dx in rows]
    (root / name).write_text("\n".join(["lesion_id,image_id,dx,dx_type,age,sex,localization,dataset", *lines]) + "\n")
    for number, (_, image, _) in enumerate(rows):
        if problem_with_id(image) is None:
            save(photo(number), root / f"HAM10000_images_part_{number % 2 + 1}" / f"{image}.jpg")
            save(mask_array(), root / MASKS / f"{image}_segmentation.png")
    return root


def make_symderm(root: Path, rows: list[tuple[str, str]]) -> Path:
    """Write the label file of rows of (file, label), and no image."""
    root.mkdir(parents=True, exist_ok=True)
    lines = [f"{file},{Path(file).stem}.png,HAM10000,{label}" for file, label in rows]
    (root / "SymDerm_v2_labels.csv").write_text("\n".join(["File,Mask,Dataset,labels_symmetry", *lines]) + "\n")
    return root


def make_isic2019(root: Path, rows: list[tuple[str, str | dict[str, str]]], lesions: dict[str, str] | None = None):
    """Write rows of (id, class or class -> cell), and an image for each."""
    root.mkdir(parents=True, exist_ok=True)
    table = ["image," + ",".join(CLASSES_2019)]
    metadata = ["image,age_approx,anatom_site_general,lesion_id,sex"]
    for number, (image, marks) in enumerate(rows):
        marks = {marks: "1.0"} if isinstance(marks, str) else marks
        table.append(",".join([image, *(marks.get(name, "0.0") for name in CLASSES_2019)]))
        metadata.append(f"{image},55,anterior torso,{(lesions or {}).get(image, '')},female")
        save(photo(number), root / "ISIC_2019_Training_Input" / f"{image}.jpg")
    (root / "ISIC_2019_Training_GroundTruth.csv").write_text("\n".join(table) + "\n")
    (root / "ISIC_2019_Training_Metadata.csv").write_text("\n".join(metadata) + "\n")
    return root


def add_isic2019_test(root: Path, rows: list[tuple[str, str | dict[str, str]]]) -> None:
    """Write rows of (id, class or class -> cell) as the official test set, and an image for each."""
    table = ["image," + ",".join(CLASSES_2019) + ",score_weight,validation_weight"]
    metadata = ["image,age_approx,anatom_site_general,sex"]
    for number, (image, marks) in enumerate(rows):
        marks = {marks: "1.0"} if isinstance(marks, str) else marks
        table.append(",".join([image, *(marks.get(name, "0.0") for name in CLASSES_2019), "1.0", "0.0"]))
        metadata.append(f"{image},60,head/neck,male")
        save(photo(100 + number), root / "ISIC_2019_Test_Input" / f"{image}.jpg")
    (root / "ISIC_2019_Test_GroundTruth.csv").write_text("\n".join(table) + "\n")
    (root / "ISIC_2019_Test_Metadata.csv").write_text("\n".join(metadata) + "\n")


def make_isic2016(root: Path, train: str, test: str | None = None) -> Path:
    """Write the label files' texts, and an image for each of their lines."""
    root.mkdir(parents=True, exist_ok=True)
    for part, text in (("Training", train), ("Test", test)):
        if text is not None:
            (root / f"ISBI2016_ISIC_Part3_{part}_GroundTruth.csv").write_text(text)
            for line in text.splitlines():
                image = line.split(",")[0]
                save(photo(), root / f"ISBI2016_ISIC_Part3_{part}_Data" / f"{image}.jpg")
    return root


def index_of(dataset: str, folder: Path, **more):
    """Index a folder with the settings' defaults, but for those given."""
    return build_index(SourceSettings(dataset, str(folder), masked=dataset == "ham10000", **more))


def reasons(result) -> dict[str, str]:
    """Return why each image that was rejected was."""
    return dict(zip(result.rejected["image_id"], result.rejected["reason"], strict=True))
