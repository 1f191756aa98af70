"""Layouts in which the four data sets are published, or in which people keep them: what is found, or what is said."""

from pathlib import Path

import numpy as np
import pytest

from layouts import (
    IDS,
    Builder,
    anti_aliased,
    converted,
    copied,
    drawn,
    ham10000,
    isic2016,
    isic2019,
    moved,
    outlines,
    removed,
    rewritten,
    symderm,
    with_test_part,
    written,
)
from native_layouts import MASKS, mask_array
from selcn.data.datasets.index import RejectedImagesError, build_index, require_accepted, summarise
from selcn.data.datasets.sources import MissingDatasetError, SourceSettings
from selcn.data.datasets.tables import LabelTableError

PHOTOS, FIRST = "HAM10000_images_part_*/*.jpg", "HAM10000_images_part_1/ISIC_0000001.jpg"
TABLE, MASK = "HAM10000_metadata.csv", f"{MASKS}/ISIC_0000001_segmentation.png"
KAGGLE = "ham1000-segmentation-and-classification"
ONE_HOT = "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\nISIC_0000001,0.0,1.0,0.0,0.0,0.0,0.0,0.0\n"
PLAIN, NUMBERS = "ISIC_1,benign\nISIC_2,malignant\n", "ISIC_8,0.0\nISIC_9,1.0\n"
PART3, DATA3 = "ISBI2016_ISIC_Part3_Training_GroundTruth.csv", "ISBI2016_ISIC_Part3_Training_Data"
TRUTH, METADATA = "ISIC_2019_Training_GroundTruth.csv", "ISIC_2019_Training_Metadata.csv"
NO_MASKS = "ham10000: no lesion masks, which the segmentation networks are trained on"


def with_semicolons(text: str) -> str:
    """Return a table as Excel writes it where the comma is the decimal point."""
    return text.replace(",", ";").replace(".0", ",0")


def with_tabs(text: str) -> str:
    return text.replace(",", "\t")


def with_suffixes(text: str) -> str:
    return (
        text.replace("0000001,", "0000001.jpg,").replace("0000002,", "0000002.JPG,").replace("0000003,", "0000003.jpg,")
    )


def quoted(text: str) -> str:
    """Return a table as Dataverse writes it, with tabs and quoted text."""
    return "\n".join("\t".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines())


# Found images and masks, or a part of the message.
Found = tuple[int, int] | str
HAM10000: dict[str, tuple[Builder, Found]] = {
    "Dataverse, unpacked": (ham10000(), (3, 3)),
    "Dataverse, metadata without an ending": (ham10000(moved(TABLE, "HAM10000_metadata")), (3, 3)),
    "Dataverse, .tab": (ham10000(rewritten(TABLE, quoted), moved(TABLE, "HAM10000_metadata.tab")), (3, 3)),
    "archives in folders of their own": (
        ham10000(moved(PHOTOS, "images/images/{name}"), moved(f"{MASKS}/*", f"{MASKS}/{MASKS}/{{name}}")),
        (3, 3),
    ),
    "Kaggle kmader: every image twice, and its tables of pixels": (
        ham10000(
            copied("HAM10000_images_part_1", "ham10000_images_part_1"),
            copied("HAM10000_images_part_2", "ham10000_images_part_2"),
            written("hmnist_28_28_L.csv", "pixel0000,label\n1,2\n"),
        ),
        (3, 3),
    ),
    "Kaggle kmader, without masks": (ham10000(removed(f"{MASKS}/*")), NO_MASKS),
    "Kaggle's segmentation and classification": (
        ham10000(
            moved(PHOTOS, f"{KAGGLE}/images/{{name}}"),
            moved(f"{MASKS}/*", f"{KAGGLE}/masks/{{name}}"),
            moved(TABLE, f"{KAGGLE}/{TABLE}"),
        ),
        "Found in a sub-folder: {root}/ham1000-segmentation-and-classification/HAM10000_metadata.csv; set folder to",
    ),
    "Kaggle's segmentation and classification, with the metadata": (
        ham10000(moved(PHOTOS, f"{KAGGLE}/images/{{name}}"), moved(f"{MASKS}/*", f"{KAGGLE}/masks/{{name}}")),
        (3, 3),
    ),
    "Kaggle's one-hot table": (
        ham10000(removed(TABLE), written("GroundTruth.csv", ONE_HOT)),
        "Other tables there are not read: GroundTruth.csv; only HAM10000_metadata has lesion_id, image_id and dx",
    ),
    "one-hot under the metadata's name": (
        ham10000(written(TABLE, ONE_HOT)),
        "HAM10000_metadata.csv: no column lesion_id, image_id, dx; found 'image', 'MEL', 'NV'",
    ),
    "ISIC Archive": (
        ham10000(removed(TABLE), written("metadata.csv", "isic_id,attribution,diagnosis_1\nISIC_0000001,x,Benign\n")),
        "Other tables there are not read: metadata.csv; only HAM10000_metadata has lesion_id, image_id and dx",
    ),
    "ISIC 2018, task 3": (
        ham10000(removed(TABLE), written("ISIC2018_Task3_Training_GroundTruth.csv", ONE_HOT)),
        "Other tables there are not read: ISIC2018_Task3_Training_GroundTruth.csv; only HAM10000_metadata has",
    ),
    "ISIC 2018, task 1's folder of masks": (
        ham10000(moved(f"{MASKS}/*", "ISIC2018_Task1_Training_GroundTruth/{name}")),
        (3, 3),
    ),
    "images in one folder": (ham10000(moved(PHOTOS, "all/{name}")), (3, 3)),
    "images beside the table": (ham10000(moved(PHOTOS, "{name}")), (3, 3)),
    "images in folders of their classes": (
        ham10000(moved("*_1/*.jpg", "train/nv/{name}"), moved("*_2/*.jpg", "test/nv/{name}")),
        (3, 3),
    ),
    "images in folders of their classes and in one folder": (ham10000(copied(FIRST, "nv/ISIC_0000001.jpg")), (3, 3)),
    "upper-case .JPG": (ham10000(moved(PHOTOS, "images/{stem}.JPG")), (3, 3)),
    "PNG": (ham10000(converted(PHOTOS, ".png")), (3, 3)),
    "PNG beside the original": (ham10000(drawn("png/ISIC_0000001.png")), (3, 3)),
    "another image of the same name": (
        ham10000(drawn("resized/ISIC_0000001.jpg")),
        "image found twice with different contents, also as {root}/resized/ISIC_0000001.jpg; remove one of them",
    ),
    "macOS's archive": (ham10000(drawn("__MACOSX/ISIC_0000001.jpg"), drawn("._ISIC_0000001.jpg")), (3, 3)),
    "superpixels beside the images": (ham10000(drawn(f"{FIRST[:-4]}_superpixels.png")), (3, 3)),
    "images in a folder called segmentation": (
        ham10000(moved(PHOTOS, "for_segmentation/{name}")),
        "{root}/for_segmentation/ISIC_0000001.jpg was passed over, since its folder's name says that it holds masks",
    ),
    "masks: _Segmentation.png": (ham10000(moved(f"{MASKS}/*", "Masks/{id}_Segmentation.png")), (3, 3)),
    "masks: _mask.png": (ham10000(moved(f"{MASKS}/*", "annotations/{id}_mask.png")), (3, 3)),
    "masks: masks/<id>.png": (ham10000(moved(f"{MASKS}/*", "masks/{id}.png")), (3, 3)),
    "masks: SegmentationMasks/<id>.PNG": (ham10000(moved(f"{MASKS}/*", "SegmentationMasks/{id}.PNG")), (3, 3)),
    "masks: GroundTruth/<id>.png": (ham10000(moved(f"{MASKS}/*", "GroundTruth/{id}.png")), (3, 3)),
    "masks: masks/<id>.bmp": (
        ham10000(converted(f"{MASKS}/*", ".bmp"), moved(f"{MASKS}/*", "masks/{id}.bmp")),
        (3, 3),
    ),
    "masks beside the images": (ham10000(moved(f"{MASKS}/*", "HAM10000_images_part_1/{name}")), (3, 3)),
    "masks twice, under two names": (ham10000(drawn("masks/ISIC_0000001.png", mask_array())), (3, 3)),
    "masks twice, the same": (ham10000(copied(MASK, "masks/ISIC_0000001_segmentation.png")), (3, 3)),
    "masks twice, differing": (
        ham10000(drawn("masks/ISIC_0000001_segmentation.png", np.flipud(mask_array()))),
        "mask found twice with different contents, also as {root}/masks/ISIC_0000001_segmentation.png; remove one",
    ),
    "masks under numbers": (
        ham10000(moved(f"{MASKS}/*", "masks/lesion_{n}.png")),
        "3 files passed over, which name no image of the table: {root}/masks/lesion_0.png, {root}/masks/lesion_1.png",
    ),
    "masks in a folder of another name": (ham10000(removed(f"{MASKS}/*"), outlines(".png", *IDS)), NO_MASKS),
    "one mask missing": (ham10000(removed(MASK)), "missing mask: no ISIC_0000001_segmentation.png; add it"),
    "masks as JPEG": (ham10000(converted(f"{MASKS}/*", ".jpg")), "mask not binary: values 0, 1, 2"),
    "masks with soft borders": (ham10000(drawn(MASK, anti_aliased())), "mask not binary: values 0, 120, 255"),
    "masks of another size": (ham10000(drawn(MASK, mask_array((60, 54)))), "mask size differs: 60x54, its image 40x36"),
    "ids with .jpg": (ham10000(rewritten(TABLE, with_suffixes)), (3, 3)),
    "Excel, German": (ham10000(rewritten(TABLE, with_semicolons)), (3, 3)),
    "Excel, CSV UTF-8": (
        ham10000(rewritten(TABLE, lambda text: text.replace("\n", "\r\n"), encoding="utf-8-sig")),
        (3, 3),
    ),
    "Excel, Unicode text": (ham10000(rewritten(TABLE, with_tabs, encoding="utf-16")), (3, 3)),
    "Excel, Western European": (
        ham10000(rewritten(TABLE, lambda text: text.replace("scalp", "Kopfhaut, dünn"), encoding="latin-1")),
        "HAM10000_metadata.csv: not a readable label table ('utf-8' codec can't decode",
    ),
    "the table under a name of one's own": (
        ham10000(moved(TABLE, "my_ham.csv")),
        "Other tables there are not read: my_ham.csv; only HAM10000_metadata has lesion_id",
    ),
    "labels without images": (
        ham10000(removed(PHOTOS)),
        "none of the 3 images of HAM10000_metadata.csv is in {root}; add them, or name their folder in image_folders",
    ),
}
ISIC2019: dict[str, tuple[Builder, Found]] = {
    "training part": (isic2019(), (3, 0)),
    "with the test part": (isic2019(with_test_part()), (5, 0)),
    "with the test part, without its metadata": (
        isic2019(with_test_part(removed("ISIC_2019_Test_Metadata.csv"))),
        (5, 0),
    ),
    "test labels without images": (
        isic2019(with_test_part(removed("ISIC_2019_Test_Input/*"))),
        "missing file: none of the 2 images of ISIC_2019_Test_GroundTruth.csv is in {root}; unpack "
        "ISIC_2019_Test_Input.zip there, name their folder in image_folders, or remove the table\nCorrect the files",
    ),
    "labels without images": (isic2019(removed("*/*.jpg")), "unpack ISIC_2019_Training_Input.zip there, or name their"),
    "Kaggle: a folder within a folder": (
        isic2019(moved("ISIC_2019_Training_Input/*", "ISIC_2019_Training_Input/ISIC_2019_Training_Input/{name}")),
        (3, 0),
    ),
    "Kaggle: folders of classes": (isic2019(moved("ISIC_2019_Training_Input/*", "NV/{name}")), (3, 0)),
    "ISIC Archive's names, without _downsampled": (
        isic2019(moved("*/ISIC_2_downsampled.jpg", "ISIC-images/ISIC_2.jpg")),
        (3, 0),
    ),
    "without metadata": (isic2019(removed(METADATA)), "Not found: ISIC_2019_Training_Metadata.csv\n"),
    "Excel, German": (isic2019(rewritten(TRUTH, with_semicolons), rewritten(METADATA, with_semicolons)), (3, 0)),
    "ids with .jpg": (isic2019(rewritten(TRUTH, lambda text: text.replace("ISIC_1,", "ISIC_1.jpg,"))), (3, 0)),
}
ISIC2016: dict[str, tuple[Builder, Found]] = {
    "part 3": (isic2016(PLAIN, NUMBERS), (4, 0)),
    "part 3, training only": (isic2016(PLAIN, None), (2, 0)),
    "part 3, with a header": (isic2016(f"image_id,label\n{PLAIN}", NUMBERS), (4, 0)),
    "part 3, 0 and 1": (isic2016(NUMBERS, None), (2, 0)),
    "part 3B, with masks beside the images": (
        isic2016(
            PLAIN,
            None,
            moved(PART3, "ISBI2016_ISIC_Part3B_Training_GroundTruth.csv"),
            moved(f"{DATA3}/*", "ISBI2016_ISIC_Part3B_Training_Data/{name}"),
            drawn("ISBI2016_ISIC_Part3B_Training_Data/ISIC_1_Segmentation.png", mask_array()),
        ),
        (2, 0),
    ),
    "test labels without images": (
        isic2016(PLAIN, NUMBERS, removed("ISBI2016_ISIC_Part3_Test_Data/*")),
        "unpack ISBI2016_ISIC_Part3_Test_Data.zip there, name their folder in image_folders, or remove the table",
    ),
    "ids with .jpg": (isic2016(PLAIN, None, rewritten(PART3, lambda text: text.replace(",", ".jpg,"))), (2, 0)),
    "Excel, German": (isic2016(NUMBERS, None, rewritten(PART3, with_semicolons)), (2, 0)),
    "Excel, Unicode text": (isic2016(PLAIN, None, rewritten(PART3, with_tabs, encoding="utf-16")), (2, 0)),
    "three columns": (
        isic2016(PLAIN, None, rewritten(PART3, lambda text: text.replace("\n", ",x\n"))),
        "3 columns; expected 2, image id and class: use the data set's original file",
    ),
}
ELSEWHERE = (drawn("images/ISIC_0000001.jpg"), drawn("images/D53_orig.jpg"))
SYMDERM: dict[str, tuple[Builder, Found]] = {
    "labels as published, images in one folder": (symderm(*ELSEWHERE, drawn("images/IMD003.bmp")), (3, 0)),
    "PH2's own folders": (
        symderm(
            *ELSEWHERE,
            drawn("PH2/IMD003/IMD003_Dermoscopic_Image/IMD003.bmp"),
            drawn("PH2/IMD003/IMD003_lesion/IMD003_lesion.bmp", mask_array()),
        ),
        (3, 0),
    ),
    "its masks beside the images": (
        symderm(*ELSEWHERE, drawn("images/IMD003.bmp"), drawn("masks/IMD003.png", mask_array())),
        (3, 0),
    ),
    "labels without images": (symderm(), "none of the 3 images of SymDerm_v2_labels.csv is in {root}; add them"),
    "a part of the images": (symderm(*ELSEWHERE), "'IMD003': missing file: not found in these folders as .jpg"),
    "Excel, German": (
        symderm(*ELSEWHERE, drawn("images/IMD003.bmp"), rewritten("SymDerm_v2_labels.csv", with_semicolons)),
        (3, 0),
    ),
}
ROWS = [
    pytest.param(dataset, *row, id=f"{dataset}: {name}")
    for dataset, rows in (("ham10000", HAM10000), ("isic2019", ISIC2019), ("isic2016", ISIC2016), ("symderm", SYMDERM))
    for name, row in rows.items()
]


def found(dataset: str, root: Path, **more) -> Found:
    """Return the numbers of images and masks that are indexed, or the message of the refusal."""
    settings = SourceSettings(dataset, str(root), masked=dataset == "ham10000", **more)
    try:
        result = build_index(settings)
        require_accepted(result, settings, "the log")
    except (MissingDatasetError, LabelTableError, RejectedImagesError) as error:
        return str(error)
    counts = summarise(result)
    return counts["indexed"], counts["masks"]


@pytest.mark.parametrize(("dataset", "build", "expected"), ROWS)
def test_a_layout(tmp_path, dataset, build, expected):
    root = tmp_path / "data"
    build(root)
    if isinstance(expected, str):
        assert expected.format(root=root) in found(dataset, root)
    else:
        assert found(dataset, root) == expected


def test_masks_of_a_folder_that_is_named(tmp_path):
    ham10000(removed(f"{MASKS}/*"), outlines(".png", *IDS))(tmp_path)
    assert found("ham10000", tmp_path, mask_folders=(str(tmp_path / "outlines"),)) == (3, 3)


@pytest.mark.parametrize("nested", ["", "archive"])
def test_images_that_lie_in_another_data_set_s_folder(tmp_path, nested):
    ham10000()(tmp_path / "ham" / nested)
    symderm(drawn("images/IMD003.bmp"), drawn("images/D53_orig.jpg"))(tmp_path / "symderm")
    isic2019(rewritten(TRUTH, lambda text: text.replace("ISIC_1,", "ISIC_0000001,")), removed("*/ISIC_1.jpg"))(
        tmp_path / "isic2019"
    )
    for dataset in ("symderm", "isic2019"):
        assert found(dataset, tmp_path / dataset, image_folders=(str(tmp_path / "ham"),)) == (3, 0)
