"""Localisation scores from files: each CAM against its own image's mask, on every image or on the test set alone."""

import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from selcn.evaluation.localisation import localise
from selcn.storage.artifacts import read_json, read_table, write_json, write_table
from selcn.storage.cam_table import write_cams
from selcn.storage.checksums import record
from selcn.storage.shards import places

IMAGES = [f"i{number}" for number in range(10)]
WITHOUT_MASK = ("i2", "i7")
TESTED = ("i1", "i2", "i5", "i8")


@pytest.fixture
def scored(tmp_path, monkeypatch):
    """Return a function that scores the CAMs of ten images, of the test set's alone if asked, and the expected rows."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    masks, cams = (rng.random((10, 20, 20)) > 0.7).astype(np.uint8), rng.random((20, 5, 5)).astype(np.float16)
    part, _ = places(IMAGES, 2)
    for shard in range(2):
        np.save(f"truth-{shard}.npy", masks[part == shard])
    write_table(pd.DataFrame({"image_id": IMAGES, "has_mask": ~np.isin(IMAGES, WITHOUT_MASK)}), "rows.parquet")
    # Turned copies first, in another order than the images.
    frame = pd.DataFrame({"image_id": [*IMAGES, *reversed(IMAGES)], "variant": ["rot90"] * 10 + ["original"] * 10})
    write_cams(frame.assign(predicted="", empty=False, fold=0), cams, "cams.parquet")
    roles = pd.DataFrame({"image_id": IMAGES, "role": np.where(np.isin(IMAGES, TESTED), "test", "pool")})
    other = roles.assign(dataset="isic2019", role=roles["role"].replace("pool", "seen"))
    write_table(pd.concat([other, roles.assign(dataset="ham10000")]), "lesions.parquet")
    write_json({}, "metrics.json")
    for path in ("metrics.json", "cams.parquet", "rows.parquet", "lesions.parquet", "truth-0.npy", "truth-1.npy"):
        record(path)

    def score(leakfree: bool) -> tuple[pd.DataFrame, dict, list[dict]]:
        inputs = {"cams": "cams.parquet", "truth": ["truth-0.npy", "truth-1.npy"], "rows": "rows.parquet"}
        inputs["metrics"] = "metrics.json"
        inputs["lesions"] = "lesions.parquet" if leakfree else []
        outputs = {"localisation": "localisation.parquet", "summary": "localisation.json"}
        settings = {"threshold": 0.5, "dilation_share": 0.05, "dilations": 2}
        run_script("localise_cams", tmp_path, inputs, outputs, {"localisation": settings}, {"mask": "none"})
        images = [name for name in IMAGES if name not in WITHOUT_MASK and (not leakfree or name in TESTED)]
        expected = [localise(cams[19 - IMAGES.index(name)], masks[IMAGES.index(name)]) for name in images]
        expected = [{"image_id": name, **row} for name, row in zip(images, expected, strict=True)]
        return read_table("localisation.parquet"), read_json("localisation.json"), expected

    return score


@pytest.mark.parametrize(("leakfree", "images"), [(False, 8), (True, 3)])
def test_each_cam_is_scored_against_its_image_s_mask(scored, leakfree, images):
    table, summary, expected = scored(leakfree)
    pd.testing.assert_frame_equal(table, pd.DataFrame(expected), check_dtype=False)
    assert summary["images"] == len(table) == images
