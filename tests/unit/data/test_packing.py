"""Packing: hand-computed averages, the three fits, and the rule's script."""

import hashlib
import shutil
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from selcn.data.packing import PackSettings, pack_image, pack_mask
from selcn.storage.artifacts import DamagedArtifactError, read_table, sha256_of, write_table
from selcn.storage.checksums import record


def coded(height: int, width: int) -> np.ndarray:
    """An image whose red is its row and green its column, in steps of 4."""
    y, x = np.mgrid[:height, :width]
    return np.stack([4 * y, 4 * x, np.full_like(x, 200)], axis=2).astype(np.uint8)


def test_shrinking_averages_areas():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (12, 24, 3)).astype(np.uint8)
    packed = pack_image(image, PackSettings(size=4))
    for y in range(4):
        for x in range(4):
            block = image[3 * y : 3 * y + 3, 6 * x : 6 * x + 6].reshape(-1, 3).mean(axis=0)
            np.testing.assert_allclose(packed[y, x], block, atol=0.51)


def test_enlarging_is_bicubic():
    image = coded(10, 20)
    expected = cv2.resize(image, (40, 40), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(pack_image(image, PackSettings(size=40)), expected)


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("shape", [(30, 40), (40, 30), (7, 9), (300, 11)])
def test_every_fit_gives_a_square_of_bytes(fit, shape):
    settings = PackSettings(size=16, fit=fit)
    image, mask = pack_image(coded(*shape), settings), pack_mask(np.ones(shape, bool), settings)
    assert (image.shape, image.dtype) == ((16, 16, 3), np.uint8)
    assert (mask.shape, mask.dtype) == ((16, 16), np.uint8)


def test_stretch_keeps_every_side_of_the_image():
    packed = pack_image(coded(32, 64), PackSettings(size=32))
    assert packed[0, 0].tolist() == [0, 2, 200]
    assert packed[-1, -1].tolist() == [124, 250, 200]


def test_pad_keeps_the_aspect_and_centres_the_image_on_black():
    packed = pack_image(coded(16, 32), PackSettings(size=32, fit="pad"))
    np.testing.assert_array_equal(packed[8:24], coded(16, 32))
    assert not packed[:8].any()
    assert not packed[24:].any()
    upright = pack_image(coded(32, 16), PackSettings(size=32, fit="pad"))
    np.testing.assert_array_equal(upright[:, 8:24], coded(32, 16))


def test_crop_keeps_the_central_square():
    packed = pack_image(coded(16, 32), PackSettings(size=16, fit="crop"))
    np.testing.assert_array_equal(packed, coded(16, 32)[:, 8:24])


def test_a_packed_mask_is_lesion_where_half_the_area_is():
    mask = np.zeros((4, 8), bool)
    mask[0, 0:2] = True  # half of the first 2x2 block
    mask[0, 2] = True  # a quarter of the second
    mask[2:4, 4:7] = True  # all of the third, half of the fourth, in the second row
    packed = pack_mask(mask[:, :], PackSettings(size=4, fit="stretch"))
    wide = pack_mask(np.repeat(mask, 2, axis=0), PackSettings(size=4))
    assert packed.dtype == np.uint8
    # 4 rows stay, 8 columns become 4: each packed pixel is a 1x2 block.
    assert packed.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    np.testing.assert_array_equal(wide, packed)


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("shape", [(48, 64), (12, 16)])
def test_masks_lie_where_their_images_lie(fit, shape):
    mask = np.zeros(shape, bool)
    mask[shape[0] // 3 : shape[0] * 2 // 3, shape[1] // 4 : shape[1] // 2] = True
    image = np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * 255
    settings = PackSettings(size=32, fit=fit)
    np.testing.assert_array_equal(pack_mask(mask, settings), pack_image(image, settings)[..., 0] >= 128)


@pytest.mark.parametrize(("values", "message"), [({"fit": "squash"}, "stretch, pad, crop"), ({"size": 0}, "positive")])
def test_settings_out_of_range_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        PackSettings(**values)


HAIR = Path("results/hair/ham10000")
SHARD = Path("results/packed/ham10000/shard-0")
OUTPUTS = {"images": "images.npy", "masks": "masks.npy", "manifest": "manifest.parquet"}


@pytest.fixture
def stages(tmp_path, monkeypatch):
    """A data set of four images, the last without a mask, as indexing and hair removal leave it."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    index, hair = [], []
    (HAIR / "images").mkdir(parents=True)
    for number in range(4):
        image_id = f"image_{number}"
        clean = HAIR / "images" / f"{image_id}.jpg"
        cv2.imwrite(str(clean), np.full((30, 40, 3), 50 * number + 20, np.uint8))
        mask_path = tmp_path / f"{image_id}_mask.png"
        cv2.imwrite(str(mask_path), (rng.random((30, 40)) < 0.5).astype(np.uint8) * 255)
        has_mask = number < 3
        index.append(
            {
                "image_id": image_id,
                "lesion_id": f"lesion_{number // 2}",
                "label": "nv" if number % 2 else "mel",
                "part": "train",
                "mask_path": str(mask_path) if has_mask else None,
                "mask_sha256": sha256_of(mask_path) if has_mask else None,
            }
        )
        hair.append({"image_id": image_id, "path": f"images/{image_id}.jpg", "sha256": sha256_of(clean)})
    write_table(pd.DataFrame(index), tmp_path / "index.parquet")
    # In another order than the index: rows follow the index.
    write_hair(pd.DataFrame(hair[::-1]))
    return tmp_path


def write_hair(table: pd.DataFrame) -> None:
    write_table(table, HAIR / "shard-0/manifest.parquet")
    record(HAIR / "shard-0/manifest.parquet")


def run_rule(stages: Path, threads: int = 2) -> Path:
    params = {
        "settings": {"size": 16, "fit": "stretch"},
        "shard": {"shard": 0, "shards": 1, "dataset": "ham10000"},
    }
    inputs = {"index": stages / "index.parquet", "hair": HAIR / "shard-0/manifest.parquet"}
    outputs = {key: SHARD / name for key, name in OUTPUTS.items()}
    run_script("pack_dataset", Path(), inputs, outputs, params, threads=threads)
    return SHARD


def test_rule_packs_rows_in_the_order_of_the_index(stages):
    output = run_rule(stages)
    images, masks = np.load(output / "images.npy"), np.load(output / "masks.npy")
    manifest = read_table(output / "manifest.parquet")
    assert manifest.columns.tolist() == ["image_id", "lesion_id", "label", "part", "has_mask", "sha256"]
    assert manifest["image_id"].tolist() == [f"image_{k}" for k in range(4)]
    assert manifest["has_mask"].tolist() == [True, True, True, False]
    assert (images.shape, images.dtype) == ((4, 16, 16, 3), np.uint8)
    assert images.reshape(4, -1).mean(axis=1).round().tolist() == [20, 70, 120, 170]
    assert (masks.shape, masks.dtype) == ((4, 16, 16), np.uint8)
    for row, path in enumerate(read_table(stages / "index.parquet")["mask_path"][:3]):
        expected = pack_mask(cv2.imread(path, cv2.IMREAD_GRAYSCALE) > 127, PackSettings(size=16))
        np.testing.assert_array_equal(masks[row], expected)
        assert 0 < expected.mean() < 1
    assert not masks[3].any()
    pairs = zip(images, masks, strict=True)
    content = [hashlib.sha256(image.tobytes() + mask.tobytes()).hexdigest() for image, mask in pairs]
    assert manifest["sha256"].tolist() == content


def test_rule_writes_the_same_bytes_whatever_its_threads(stages):
    one = {name: (run_rule(stages, threads=1) / name).read_bytes() for name in OUTPUTS.values()}
    shutil.rmtree("work")
    three = {name: (run_rule(stages, threads=3) / name).read_bytes() for name in OUTPUTS.values()}
    assert one == three


def test_a_shard_that_is_packed_already_is_handed_over(stages):
    first = (run_rule(stages) / "images.npy").read_bytes()
    shutil.rmtree(SHARD)
    shutil.rmtree(HAIR / "images")  # nothing is read again
    assert (run_rule(stages) / "images.npy").read_bytes() == first


def test_rule_names_a_clean_image_that_changed_and_sets_it_aside_to_be_made_again(stages):
    cv2.imwrite(str(HAIR / "images/image_2.jpg"), np.zeros((30, 40, 3), np.uint8))
    with pytest.raises(
        DamagedArtifactError, match=r"image_2\.jpg: not the image that .*shard-0/manifest\.parquet lists"
    ):
        run_rule(stages)
    assert not list(SHARD.glob("*.npy"))
    assert not (HAIR / "images/image_2.jpg").exists()
    assert not (HAIR / "shard-0/manifest.parquet").exists()


def test_rule_names_a_mask_that_changed(stages):
    cv2.imwrite(str(stages / "image_1_mask.png"), np.zeros((30, 40), np.uint8))
    with pytest.raises(DamagedArtifactError, match=r"image_1_mask\.png"):
        run_rule(stages)


def test_rule_names_a_mask_of_another_size_than_its_image(stages):
    path = stages / "image_1_mask.png"
    cv2.imwrite(str(path), np.zeros((15, 20), np.uint8))
    index = read_table(stages / "index.parquet")
    index.loc[1, "mask_sha256"] = sha256_of(path)
    write_table(index, stages / "index.parquet")
    with pytest.raises(ValueError, match=r"image_1_mask\.png: the mask is 20x15 pixels; expected 40x30"):
        run_rule(stages)


def test_rule_names_an_image_that_hair_removal_did_not_clean(stages):
    hair = read_table(HAIR / "shard-0/manifest.parquet")
    write_hair(hair[hair["image_id"] != "image_3"])
    with pytest.raises(ValueError, match="such as image_3"):
        run_rule(stages)
