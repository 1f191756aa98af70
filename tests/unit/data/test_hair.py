"""Hair removal: black-hat against literal loops, synthetic hair on synthetic skin, and the rule's script."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from selcn.data.hair.black_hat import BlackHatSettings, hair_mask, kernel_size
from selcn.data.hair.removal import remove_hair
from selcn.data.images import read_image
from selcn.storage.artifacts import DamagedArtifactError, read_table, sha256_of, write_table
from selcn.storage.shards import shard_of


def skin(height: int = 225, width: int = 300, seed: int = 0) -> np.ndarray:
    """Smooth skin with a smooth, dark, round lesion."""
    y, x = np.mgrid[:height, :width] / height
    lesion = 90 / (1 + np.exp((np.hypot(x - 0.65, y - 0.5) - 0.25) * 25))
    tint = np.array([210, 160, 140]) + 10 * np.sin(3 * x + seed)[..., None]
    return np.clip(tint - lesion[..., None], 0, 255).round().astype(np.uint8)


def hairy(image: np.ndarray, seed: int = 0, count: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Draw dark curved lines, two pixels wide; return the image and the lines' mask."""
    rng = np.random.default_rng(seed)
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    t = np.linspace(0, 1, 60)[:, None]
    for _ in range(count):
        start, bend, end = rng.uniform(0, 1, (3, 2)) * (width, height)
        curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
        cv2.polylines(mask, [curve.round().astype(np.int32)], False, 1, thickness=2)
    out = image.copy()
    out[mask > 0] = (40, 30, 25)
    return out, mask > 0


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b.astype(float)) ** 2))


def literal_black_hat(grey: np.ndarray, size: int) -> np.ndarray:
    """Closing less the image, by the definition: the least, over a cross, of the largest over a cross."""
    height, width = grey.shape
    arm = size // 2
    cross = [(d, 0) for d in range(-arm, arm + 1)] + [(0, d) for d in range(-arm, arm + 1)]

    def over_cross(array, choose):
        out = np.zeros((height, width), int)
        for y in range(height):
            for x in range(width):
                inside = [(y + dy, x + dx) for dy, dx in cross if 0 <= y + dy < height and 0 <= x + dx < width]
                out[y, x] = choose(int(array[place]) for place in inside)
        return out

    return over_cross(over_cross(grey, max), min) - grey


@pytest.mark.parametrize("seed", range(3))
def test_hair_mask_is_the_thresholded_black_hat_of_the_definition(seed):
    grey = np.random.default_rng(seed).integers(0, 256, (17, 23)).astype(np.uint8)
    settings = BlackHatSettings(kernel=5, threshold=60, reference_height=17)
    # An image of equal channels is its own grey.
    found = hair_mask(np.repeat(grey[..., None], 3, axis=2), settings)
    expected = literal_black_hat(grey, 5) > 60
    assert found.dtype == bool
    assert 0.05 < expected.mean() < 0.95
    np.testing.assert_array_equal(found, expected)


def test_a_response_of_exactly_the_threshold_is_no_hair():
    image = np.full((450, 600, 3), 100, np.uint8)
    image[200, 100:500] = 90
    assert not hair_mask(image, BlackHatSettings(threshold=10)).any()
    assert hair_mask(image, BlackHatSettings(threshold=9)).sum() == 400


@pytest.mark.parametrize(("height", "size"), [(450, 17), (900, 35), (1024, 39), (225, 9), (150, 5), (60, 3), (10, 3)])
def test_kernel_scales_with_the_height_to_an_odd_size_of_at_least_three(height, size):
    assert kernel_size(height, BlackHatSettings()) == size


def test_hair_is_found_at_twice_the_size_by_the_kernel_scaled_with_it():
    # 20 px wide lines at 900 px are wider than a fixed 17 px kernel can close.
    image = np.full((900, 1200, 3), 180, np.uint8)
    image[:, 600:620] = 60
    assert hair_mask(image, BlackHatSettings()).sum() == 900 * 20
    assert not hair_mask(image, BlackHatSettings(reference_height=900)).any()


@pytest.mark.parametrize("seed", range(4))
def test_removal_brings_the_image_under_the_hair_closer_to_the_skin(seed):
    bare = skin(seed=seed)
    covered, hair = hairy(bare, seed)
    clean, mask = remove_hair(covered, BlackHatSettings())
    assert mask[hair].mean() > 0.8
    assert psnr(clean[hair], bare[hair]) > psnr(covered[hair], bare[hair]) + 10
    assert psnr(clean, bare) > psnr(covered, bare) + 8


def test_the_default_method_gives_what_it_gave_before_there_was_another():
    # Of version 0.1.0. Images without hair are taken over from it.
    noise = np.random.default_rng(0).normal(0, 6, (225, 300, 3))
    image = np.clip(hairy(skin(), 5)[0] + noise, 0, 255).round().astype(np.uint8)
    clean, mask = remove_hair(image, BlackHatSettings())
    digest = hashlib.sha256(mask.tobytes() + clean.tobytes()).hexdigest()
    assert digest == "fb92b5295ea3de7b858a6d47971065667de169138d006661101ef6787e7bf859"


def test_only_masked_pixels_change():
    covered, _ = hairy(skin())
    clean, mask = remove_hair(covered, BlackHatSettings())
    assert clean.dtype == np.uint8
    np.testing.assert_array_equal(clean[~mask], covered[~mask])
    assert (clean[mask] != covered[mask]).any(axis=1).mean() > 0.9


def test_an_image_without_hair_stays_as_it_is():
    bare = skin()
    noisy = np.clip(bare + np.random.default_rng(0).normal(0, 2, bare.shape), 0, 255).round().astype(np.uint8)
    for image in (bare, noisy):
        clean, mask = remove_hair(image, BlackHatSettings())
        assert mask.mean() < 0.001
        assert np.abs(clean.astype(int) - image).mean() < 0.01


def write_data_set(folder: Path, count: int = 3) -> Path:
    """Write images and an index as the indexing stage does; every second image has hair."""
    rows = []
    for number in range(count):
        path = folder / "raw" / f"image_{number}.png"
        path.parent.mkdir(exist_ok=True)
        image = hairy(skin(), number)[0] if number % 2 else skin()
        cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        rows.append({"image_id": f"image_{number}", "path": str(path), "sha256": sha256_of(path)})
    index = folder / "index.parquet"
    write_table(pd.DataFrame(rows), index)
    return index


HAIR = Path("results/hair/ham10000")
MANIFEST = HAIR / "shard-0/manifest.parquet"


def run_rule(index: Path, threads: int = 2, shard: int = 0, shards: int = 1) -> pd.DataFrame:
    """Run the rule's script in the working directory, and return its manifest."""
    params = {
        "method": "blackhat",
        "settings": {"kernel": 17, "threshold": 10, "radius": 1, "reference_height": 450},
        "shard": {"shard": shard, "shards": shards, "dataset": "ham10000"},
    }
    manifest = HAIR / f"shard-{shard}/manifest.parquet"
    run_script("remove_hair", Path(), {"index": index}, {"manifest": manifest}, params, threads=threads)
    return read_table(manifest)


@pytest.fixture
def index(tmp_path, monkeypatch) -> Path:
    """The index of six images, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return write_data_set(tmp_path, count=6)


def test_rule_writes_what_its_manifest_lists(index):
    manifest = run_rule(index)
    assert manifest.columns.tolist() == ["image_id", "path", "hair_share", "width", "height", "sha256"]
    assert manifest["image_id"].tolist() == [f"image_{k}" for k in range(6)]
    assert manifest["path"].tolist() == [f"images/image_{k}.jpg" for k in range(6)]
    assert manifest[["width", "height"]].to_numpy().tolist() == [[300, 225]] * 6
    assert (manifest["hair_share"] > 0.02).tolist() == [False, True] * 3
    assert sorted(path.name for path in (HAIR / "images").iterdir()) == [f"image_{k}.jpg" for k in range(6)]
    for row, source in zip(manifest.itertuples(), read_table(index).itertuples(), strict=True):
        clean = read_image(HAIR / row.path, row.sha256)
        expected, mask = remove_hair(read_image(source.path, source.sha256), BlackHatSettings())
        assert row.hair_share == mask.mean()
        assert psnr(clean, expected) > 30


def test_rule_writes_the_same_bytes_whatever_its_threads_and_shards(index, tmp_path, tmp_path_factory, monkeypatch):
    run_rule(index, threads=1)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    run_rule(index, threads=4)
    assert MANIFEST.read_bytes() == (tmp_path / MANIFEST).read_bytes()
    monkeypatch.chdir(tmp_path_factory.mktemp("shards"))
    parts = [run_rule(index, shard=shard, shards=2) for shard in range(2)]
    assert all(len(part) for part in parts)
    joined = pd.concat(parts).sort_values("image_id", ignore_index=True)
    pd.testing.assert_frame_equal(joined, read_table(tmp_path / MANIFEST))
    for path in (tmp_path / HAIR / "images").iterdir():
        assert path.read_bytes() == (HAIR / "images" / path.name).read_bytes()


def times(index: Path) -> dict[str, int]:
    """When each clean image was written."""
    return {path.stem: path.stat().st_mtime_ns for path in (HAIR / "images").iterdir()}


def test_an_image_that_is_clean_already_is_left_as_it_is(index):
    run_rule(index)
    before, first = times(index), MANIFEST.read_bytes()
    (HAIR / "images/image_1.jpg").write_bytes(b"cut short")
    (HAIR / "images/image_2.jpg").unlink()
    run_rule(index)
    assert {name for name, time in times(index).items() if time != before[name]} == {"image_1", "image_2"}
    assert MANIFEST.read_bytes() == first


def test_further_images_are_cleaned_and_no_other_is(index):
    for shard in range(2):
        run_rule(index, shard=shard, shards=2)
    before = times(index)
    frame = read_table(index)
    new = frame.iloc[[0]].assign(image_id="image_new")
    write_table(pd.concat([frame, new], ignore_index=True), index)
    for shard in range(2):
        run_rule(index, shard=shard, shards=2)
    touched = {name for name, time in times(index).items() if time != before.get(name)}
    assert touched == {"image_new"}


def test_another_image_under_the_same_id_is_cleaned_again(index, tmp_path):
    run_rule(index)
    before = times(index)
    path = tmp_path / "raw" / "image_1.png"
    cv2.imwrite(str(path), skin(seed=9))
    frame = read_table(index)
    frame.loc[frame["image_id"] == "image_1", "sha256"] = sha256_of(path)
    write_table(frame, index)
    run_rule(index)
    assert {name for name, time in times(index).items() if time != before[name]} == {"image_1"}


def test_rule_names_a_file_that_changed_since_it_was_indexed(index, tmp_path):
    cv2.imwrite(str(tmp_path / "raw" / "image_1.png"), skin(seed=9))
    with pytest.raises(DamagedArtifactError, match=r"image_1\.png: its SHA-256 is"):
        run_rule(index)


def test_a_shard_without_images_names_the_key(index):
    empty = min(set(range(40)) - {shard_of(f"image_{k}", 40) for k in range(6)})
    with pytest.raises(ValueError, match=rf"none of the 6 .* in shard {empty} of 40; reduce data\.ham10000\.shards"):
        run_rule(index, shard=empty, shards=40)


def test_read_image_names_a_file_that_is_no_image(tmp_path):
    path = tmp_path / "text.jpg"
    path.write_text("not an image")
    with pytest.raises(DamagedArtifactError, match=r"text\.jpg: found 12 bytes that are not an image"):
        read_image(path, sha256_of(path))


def test_read_image_is_rgb(tmp_path):
    path = tmp_path / "red.png"
    cv2.imwrite(str(path), np.full((4, 4, 3), (0, 0, 255), np.uint8))
    assert read_image(path, sha256_of(path))[0, 0].tolist() == [255, 0, 0]
