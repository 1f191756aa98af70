"""Shares of replaced pixels, by hand on small images, and the script that tabulates them."""

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from selcn.data.hair.black_hat import BlackHatSettings
from selcn.data.packing import PackSettings
from selcn.masks.replaced_hair import replaced_shares
from selcn.report.tables.hair import summary_of
from selcn.storage.artifacts import sha256_of, write_table

SIDE = 8


def files(folder: Path, name: str, rows: int, lesion: np.ndarray) -> SimpleNamespace:
    """Write an image of 32x24 pixels with dark rows in its left half, and a mask of 8x8; return its row."""
    image = np.full((24, 32, 3), 180, np.uint8)
    image[4 : 4 + rows, :16] = 60
    folder.mkdir(exist_ok=True)
    cv2.imwrite(str(folder / f"{name}.png"), image)
    cv2.imwrite(str(folder / f"{name}_seg.png"), lesion.astype(np.uint8) * 255)
    checksums = {
        "sha256": sha256_of(folder / f"{name}.png"),
        "seg_sha256": sha256_of(folder / f"{name}_seg.png"),
    }
    return SimpleNamespace(image_id=name, path=str(folder / f"{name}.png"), seg_path=f"{name}_seg.png", **checksums)


# At 24 pixels the kernel has 3: the black-hat finds lines of one pixel.
HAIR = BlackHatSettings(reference_height=450)


def half(left: bool) -> np.ndarray:
    lesion = np.zeros((SIDE, SIDE), bool)
    lesion[:, : SIDE // 2] = left
    lesion[:, SIDE // 2 :] = not left
    return lesion


@pytest.mark.parametrize(("left", "inside", "outside"), [(True, 16 / 384, 0), (False, 0, 16 / 384)])
def test_shares_are_those_of_the_pixels_in_and_outside_the_lesion(tmp_path, left, inside, outside):
    row = files(tmp_path, "a", 1, half(left))
    shares = replaced_shares(row, tmp_path, HAIR, PackSettings(SIDE, "stretch"))
    assert shares == {
        "image_id": "a",
        "share": 16 / 768,
        "inside": pytest.approx(inside),
        "outside": pytest.approx(outside),
    }


def test_padding_is_no_part_of_the_image(tmp_path):
    shares = replaced_shares(files(tmp_path, "a", 1, half(True)), tmp_path, HAIR, PackSettings(SIDE, "pad"))
    assert shares["inside"] == pytest.approx(16 / 384)


def test_there_is_no_share_in_a_lesion_that_was_not_found(tmp_path):
    row = files(tmp_path, "a", 1, np.zeros((SIDE, SIDE), bool))
    shares = replaced_shares(row, tmp_path, HAIR, PackSettings(SIDE, "stretch"))
    assert np.isnan(shares["inside"])
    assert shares["outside"] == pytest.approx(16 / 768)


def test_a_data_set_has_the_means_of_its_images():
    shares = pd.DataFrame({"share": [0.1, 0.02, 0.06], "inside": [0.2, np.nan, 0.4], "outside": [0.0, 0.02, 0.01]})
    expected = {"dataset": "symderm", "images": 3, "replaced": 0.06, "inside": 0.3, "outside": 0.01, "most": 0.1}
    assert summary_of("symderm", shares) == pytest.approx(expected | {"much": 2 / 3, "lesions": 2}, abs=1e-12)


def test_script_tabulates_each_data_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    indices, masks = [], []
    for dataset, rows in (("ham10000", 1), ("symderm", 0)):
        frame = pd.DataFrame([vars(files(tmp_path / dataset, name, rows, half(True))) for name in ("a", "b")])
        indices.append(f"{dataset}.parquet")
        masks.append(f"{dataset}/manifest.parquet")
        write_table(frame[["image_id", "path", "sha256"]], indices[-1])
        write_table(frame[["image_id", "seg_path", "seg_sha256"]][::-1], masks[-1])
    settings = {"kernel": 17, "threshold": 10, "radius": 1, "reference_height": 450}
    params = {"method": "blackhat", "settings": settings, "pack": {"size": SIDE, "fit": "stretch"}, "demo": False}
    outputs = {kind: f"hair.{kind}" for kind in ("csv", "md", "html")}
    params["datasets"] = ["ham10000", "symderm"]
    wildcards = {"protocol": "thesis"}
    run_script("measure_hair", Path(), {"indices": indices, "masks": masks}, outputs, params, wildcards, 2)
    table = pd.read_csv("hair.csv").set_index("dataset")
    assert table["replaced"].tolist() == pytest.approx([16 / 768, 0])
    assert table["inside"].tolist() == pytest.approx([16 / 384, 0])
    assert table["method"].tolist() == ["blackhat"] * 2
    text = Path("hair.md").read_text()
    assert (
        "| HAM10000     | 2      | 2.08     | 4.17          | 0.00    | 2.08               | 0.00             |" in text
    )
    assert "Method blackhat, the thesis's" in text
