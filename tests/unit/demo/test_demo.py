"""The demo data: identical bytes from one seed, native layouts, and files that match their names."""

from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from selcn.demo.datasets import generate_demo_data
from selcn.demo.native_ham10000 import ham10000_path
from selcn.demo.settings import DIAGNOSES, DemoSettings
from selcn.demo.sheet import contact_sheet
from selcn.storage.artifacts import read_json, sha256_of

SIZE = {"width": 88, "height": 66}
SMALL = DemoSettings(
    seed=3,
    images_per_class=dict.fromkeys(DIAGNOSES, 2) | {"nv": 4},
    symderm_per_class=3,
    isic2016_per_class=2,
    isic2019_new_per_class=3,
    **SIZE,
)
# 8-bit rounding and JPEG at quality 95 move a pixel by no more than this, unless it shares a block with a hair.
JPEG_NOISE = 12


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, generate_demo_data(folder, SMALL)


@pytest.fixture(scope="module")
def truth(demo) -> pd.DataFrame:
    return pd.read_csv(demo[0] / "truth" / "truth.csv", keep_default_na=False, dtype={"label": str})


def read(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None, path
    return image


def image_path(folder: Path, row: pd.Series) -> Path:
    """Find an image by the truth's row, in the folder of its own data set."""
    (found,) = (folder / row.dataset).rglob(f"{row.image_id}.jpg")
    return found


def test_digests_name_every_file(demo):
    folder, digests = demo
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == set(digests)
    assert all(sha256_of(folder / name) == digest for name, digest in digests.items())


def test_a_longer_series_begins_with_the_shorter(demo, tmp_path):
    fewer = DemoSettings(
        seed=3,
        images_per_class=dict.fromkeys(DIAGNOSES, 1) | {"nv": 2},
        symderm_per_class=0,
        isic2016_per_class=1,
        isic2019_new_per_class=1,
        **SIZE,
    )
    images = {name: digest for name, digest in generate_demo_data(tmp_path, fewer).items() if "csv" not in name}
    assert len(images) > 25
    assert images.items() <= demo[1].items()


def test_ham10000_layout(demo, truth):
    folder = demo[0] / "ham10000"
    metadata = pd.read_csv(folder / "HAM10000_metadata.csv")
    columns = ["lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization", "dataset"]
    assert metadata.columns.tolist() == columns
    assert metadata.dx.value_counts().to_dict() == SMALL.images_per_class
    assert metadata.image_id.is_unique
    assert (metadata.groupby("lesion_id").dx.nunique() == 1).all()
    images = {path.stem for path in folder.glob("HAM10000_images_part_[12]/*.jpg")}
    masks = {path.name for path in folder.glob("HAM10000_segmentations_lesion_tschandl/*.png")}
    assert images == set(metadata.image_id)
    assert masks == {f"{name}_segmentation.png" for name in metadata.image_id}
    assert all(len(list(folder.glob(f"HAM10000_images_part_{part}/*"))) for part in (1, 2))
    drawn = truth[truth.dataset == "ham10000"].set_index("image_id")
    assert drawn.label.to_dict() == metadata.set_index("image_id").dx.to_dict()


def test_masks_are_of_the_lesion(demo):
    folder = demo[0]
    metadata = pd.read_csv(folder / "ham10000" / "HAM10000_metadata.csv")
    for name in metadata.image_id:
        image = read(folder / ham10000_path(name))
        mask = read(folder / "ham10000" / "HAM10000_segmentations_lesion_tschandl" / f"{name}_segmentation.png")
        assert image.shape == (SIZE["height"], SIZE["width"], 3)
        assert mask.shape == image.shape[:2]
        assert set(np.unique(mask)) == {0, 255}
        assert 0.01 < (mask > 0).mean() < 0.7


def test_symderm_layout(demo, truth):
    folder = demo[0]
    labels = pd.read_csv(folder / "symderm" / "SymDerm_v2_labels.csv")
    assert labels.columns.tolist() == ["File", "Mask", "Dataset", "labels_symmetry"]
    assert labels.labels_symmetry.value_counts().to_dict() == dict.fromkeys(range(3), SMALL.symderm_per_class)
    assert (labels.Dataset == "HAM10000").sum() > (labels.Dataset == "ISIC").sum() > 0
    symmetry = truth.set_index("image_id").symmetry
    for row in labels.itertuples():
        name = row.File.removesuffix(".jpg")
        assert symmetry[name] == row.labels_symmetry
        path = ham10000_path(name) if row.Dataset == "HAM10000" else f"symderm/images/{row.File}"
        assert (folder / path).is_file()


def test_isic2019_layout(demo):
    folder = demo[0] / "isic2019"
    labels = pd.read_csv(folder / "ISIC_2019_Training_GroundTruth.csv").set_index("image")
    records = pd.read_csv(folder / "ISIC_2019_Training_Metadata.csv").set_index("image")
    assert labels.columns.tolist() == ["MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK"]
    assert records.columns.tolist() == ["age_approx", "anatom_site_general", "lesion_id", "sex"]
    assert (labels.sum(axis=1) == 1.0).all()
    assert labels.index.tolist() == records.index.tolist()
    assert {path.stem for path in folder.glob("ISIC_2019_Training_Input/*.jpg")} == set(labels.index)
    ham = pd.read_csv(demo[0] / "ham10000" / "HAM10000_metadata.csv").set_index("image_id")
    assert set(ham.index) < set(labels.index)
    assert records.lesion_id[ham.index].to_dict() == ham.lesion_id.to_dict()
    called = labels.idxmax(axis=1)
    assert set(called[ham.index[ham.dx == "akiec"]]) <= {"AK", "SCC"}
    assert (called[ham.index[ham.dx != "akiec"]] == ham.dx[ham.dx != "akiec"].str.upper()).all()
    new = called.drop(ham.index)
    assert set(new.value_counts()) == {SMALL.isic2019_new_per_class}
    assert new["ISIC_0012653_downsampled"] == "MEL"
    for name in ham.index:
        path = f"ISIC_2019_Training_Input/{name}.jpg"
        assert sha256_of(folder / path) == sha256_of(demo[0] / ham10000_path(name))


def test_isic2019_official_test_set(demo, truth):
    folder = demo[0] / "isic2019"
    labels = pd.read_csv(folder / "ISIC_2019_Test_GroundTruth.csv").set_index("image")
    records = pd.read_csv(folder / "ISIC_2019_Test_Metadata.csv").set_index("image")
    classes = ["MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK"]
    assert labels.columns.tolist() == [*classes, "score_weight", "validation_weight"]
    assert records.columns.tolist() == ["age_approx", "anatom_site_general", "sex"]
    assert labels.index.tolist() == records.index.tolist()
    assert labels[classes].sum().tolist() == [1.0] * 9
    assert {path.stem for path in folder.glob("ISIC_2019_Test_Input/*.jpg")} == set(labels.index)
    assert not set(labels.index) & set(pd.read_csv(folder / "ISIC_2019_Training_GroundTruth.csv")["image"])
    assert truth.set_index("image_id").label[labels.index].tolist() == labels[classes].idxmax(axis=1).tolist()


def test_isic2016_layout(demo):
    folder = demo[0] / "isic2016"
    for part, counts in (("Training", {"benign": 2, "malignant": 2}), ("Test", {"0.0": 1, "1.0": 1})):
        lines = (folder / f"ISBI2016_ISIC_Part3_{part}_GroundTruth.csv").read_text().splitlines()
        names, labels = zip(*(line.split(",") for line in lines), strict=True)
        assert pd.Series(labels).value_counts().to_dict() == counts
        assert {path.stem for path in folder.glob(f"ISBI2016_ISIC_Part3_{part}_Data/*.jpg")} == set(names)


def test_hair_is_where_its_mask_is(demo, truth):
    folder = demo[0]
    hairy = truth[truth.has_hair == 1]
    assert 0.2 < len(hairy) / len(truth) < 0.6
    assert {path.stem for path in (folder / "truth" / "hair").glob("*.png")} == set(hairy.image_id)
    assert {path.stem for path in (folder / "truth" / "clean").glob("*.png")} == set(hairy.image_id)
    for _, row in hairy.iterrows():
        image = read(image_path(folder, row)).astype(int)
        clean = read(folder / "truth" / "clean" / f"{row.image_id}.png")
        mask = read(folder / "truth" / "hair" / f"{row.image_id}.png") > 0
        difference = np.abs(image - clean).max(axis=2)
        # A hair's edge and shadow reach two pixels beyond it, and JPEG's ringing through its 8x8 block.
        near = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5))) > 0
        assert mask.any()
        assert difference[mask].mean() > 3 * difference[~near].mean()
        assert np.percentile(difference[~near], 99.5) < JPEG_NOISE


@pytest.mark.parametrize(
    ("change", "message"),
    [({"images_per_class": {"nv": 2}}, "expected"), ({"isic2016_per_class": 401}, "ask for fewer")],
)
def test_settings_that_cannot_be_drawn_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        DemoSettings(**change)


def test_script_writes_the_same_bytes_again_and_a_manifest(demo, tmp_path):
    manifest = tmp_path / "demo" / "manifest.json"
    run_script("generate_demo_data", tmp_path, {}, {"manifest": str(manifest)}, {"settings": asdict(SMALL)})
    digests = read_json(manifest)
    assert digests == demo[1]
    assert all(sha256_of(manifest.parent / name) == digest for name, digest in digests.items())


def test_contact_sheet_has_a_row_a_diagnosis(demo, tmp_path):
    contact_sheet(demo[0], tmp_path / "sheet.png", per_class=3)
    sheet = read(tmp_path / "sheet.png")
    assert sheet.shape == (7 * (SIZE["height"] + 2), 3 * (SIZE["width"] + 2), 3)
    rows = np.split(sheet, 7)
    assert all(row[:, : SIZE["width"]].std() > 5 for row in rows)
