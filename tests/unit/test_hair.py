"""Hair removal: black-hat against literal loops, synthetic hair on synthetic skin, and the rule's script."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest

from selcn.artifacts import DamagedArtifactError, read_table, sha256_of, write_table
from selcn.hair import HairSettings, hair_mask, kernel_size, read_image, remove_hair

SCRIPT = Path(__file__).parents[2] / "workflow_scripts" / "remove_hair.py"


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
    settings = HairSettings(kernel=5, threshold=60, reference_height=17)
    # An image of equal channels is its own grey.
    found = hair_mask(np.repeat(grey[..., None], 3, axis=2), settings)
    expected = literal_black_hat(grey, 5) > 60
    assert found.dtype == bool
    assert 0.05 < expected.mean() < 0.95
    np.testing.assert_array_equal(found, expected)


def test_a_response_of_exactly_the_threshold_is_no_hair():
    image = np.full((450, 600, 3), 100, np.uint8)
    image[200, 100:500] = 90
    assert not hair_mask(image, HairSettings(threshold=10)).any()
    assert hair_mask(image, HairSettings(threshold=9)).sum() == 400


@pytest.mark.parametrize(("height", "size"), [(450, 17), (900, 35), (1024, 39), (225, 9), (150, 5), (60, 3), (10, 3)])
def test_kernel_scales_with_the_height_to_an_odd_size_of_at_least_three(height, size):
    assert kernel_size(height, HairSettings()) == size


def test_hair_is_found_at_twice_the_size_by_the_kernel_scaled_with_it():
    # 20 px wide lines at 900 px are wider than a fixed 17 px kernel can close.
    image = np.full((900, 1200, 3), 180, np.uint8)
    image[:, 600:620] = 60
    assert hair_mask(image, HairSettings()).sum() == 900 * 20
    assert not hair_mask(image, HairSettings(reference_height=900)).any()


@pytest.mark.parametrize("seed", range(4))
def test_removal_brings_the_image_under_the_hair_closer_to_the_skin(seed):
    bare = skin(seed=seed)
    covered, hair = hairy(bare, seed)
    clean, mask = remove_hair(covered, HairSettings())
    assert mask[hair].mean() > 0.8
    assert psnr(clean[hair], bare[hair]) > psnr(covered[hair], bare[hair]) + 10
    assert psnr(clean, bare) > psnr(covered, bare) + 8


def test_only_masked_pixels_change():
    covered, _ = hairy(skin())
    clean, mask = remove_hair(covered, HairSettings())
    assert clean.dtype == np.uint8
    np.testing.assert_array_equal(clean[~mask], covered[~mask])
    assert (clean[mask] != covered[mask]).any(axis=1).mean() > 0.9


def test_an_image_without_hair_stays_as_it_is():
    bare = skin()
    noisy = np.clip(bare + np.random.default_rng(0).normal(0, 2, bare.shape), 0, 255).round().astype(np.uint8)
    for image in (bare, noisy):
        clean, mask = remove_hair(image, HairSettings())
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


def run_rule(folder: Path, index: Path, name: str, threads: int = 2) -> Path:
    output = folder / name
    output.mkdir()
    outputs = SimpleNamespace(images=str(output / "images"), manifest=str(output / "manifest.parquet"))
    snakemake = SimpleNamespace(
        input=SimpleNamespace(index=str(index)),
        output=outputs,
        params=SimpleNamespace(settings={"kernel": 17, "threshold": 10, "radius": 1, "reference_height": 450}),
        threads=threads,
        log=[str(output / "log")],
    )
    runpy.run_path(str(SCRIPT), init_globals={"snakemake": snakemake})
    return output


def test_rule_writes_what_its_manifest_lists(tmp_path):
    index = write_data_set(tmp_path)
    output = run_rule(tmp_path, index, "hair")
    manifest = read_table(output / "manifest.parquet")
    assert manifest.columns.tolist() == ["image_id", "path", "hair_share", "width", "height", "sha256"]
    assert manifest["image_id"].tolist() == ["image_0", "image_1", "image_2"]
    assert manifest["path"].tolist() == [f"images/image_{k}.jpg" for k in range(3)]
    assert manifest[["width", "height"]].to_numpy().tolist() == [[300, 225]] * 3
    assert (manifest["hair_share"] > 0.02).tolist() == [False, True, False]
    assert sorted(path.name for path in (output / "images").iterdir()) == [f"image_{k}.jpg" for k in range(3)]
    raw = read_table(index)
    for row, source in zip(manifest.itertuples(), raw.itertuples(), strict=True):
        clean = read_image(output / row.path, row.sha256)
        expected, mask = remove_hair(read_image(source.path, source.sha256), HairSettings())
        assert row.hair_share == mask.mean()
        assert psnr(clean, expected) > 30


def test_rule_writes_the_same_bytes_whatever_its_threads(tmp_path):
    index = write_data_set(tmp_path, count=6)
    one, four = run_rule(tmp_path, index, "one", threads=1), run_rule(tmp_path, index, "four", threads=4)
    assert (one / "manifest.parquet").read_bytes() == (four / "manifest.parquet").read_bytes()
    for path in (one / "images").iterdir():
        assert path.read_bytes() == (four / "images" / path.name).read_bytes()


def test_rule_names_a_file_that_changed_since_it_was_indexed(tmp_path):
    index = write_data_set(tmp_path)
    changed = tmp_path / "raw" / "image_1.png"
    cv2.imwrite(str(changed), skin(seed=9))
    with pytest.raises(DamagedArtifactError, match=r"image_1\.png: its SHA-256 is"):
        run_rule(tmp_path, index, "hair")


def test_read_image_names_a_file_that_is_no_image(tmp_path):
    path = tmp_path / "text.jpg"
    path.write_text("not an image")
    with pytest.raises(DamagedArtifactError, match=r"text\.jpg: found 12 bytes that are no image"):
        read_image(path, sha256_of(path))


def test_read_image_is_rgb(tmp_path):
    path = tmp_path / "red.png"
    cv2.imwrite(str(path), np.full((4, 4, 3), (0, 0, 255), np.uint8))
    assert read_image(path, sha256_of(path))[0, 0].tolist() == [255, 0, 0]
