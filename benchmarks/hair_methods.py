"""What each method of hair removal replaces of images without hair, and how well it removes drawn hair.

    python benchmarks/hair_methods.py data/HAM10000 data/HAM10000_200x150 docs/results/hair

Each folder is HAM10000 in its published layout, of any size. images.csv in the results' folder lists images judged by
eye to have no hair, or some, and the set of each, by a hash of its lesion: settings were chosen on one, and this
reports on the other.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from skimage.metrics import structural_similarity

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts"), str(CLONE)]

from benchmarks.drawn_hair import COLOURS, WIDTHS, drawn_hair  # noqa: E402
from benchmarks.hair_report import report  # noqa: E402
from selcn.data.hair.removal import METHODS, hair_mask, remove_hair  # noqa: E402 (its folder must be on the path)
from selcn.data.images import encode_jpeg  # noqa: E402

STRANDS = (5, 25)
CONDITIONS = list(product(COLOURS, WIDTHS, STRANDS))
# A pixel that hair covers by more than the first share must be found; one covered by less than the second must not.
FOUND, TOUCHED = 0.25, 0.02


def images_of(folder: Path, ids: list[str]) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield each image's id, the image, uint8 (H, W, 3) RGB, and its lesion, bool (H, W)."""
    for image_id in ids:
        paths = [path for part in (1, 2) if (path := folder / f"HAM10000_images_part_{part}/{image_id}.jpg").exists()]
        if not paths:
            raise FileNotFoundError(f"{folder}: no {image_id}.jpg in its HAM10000_images_part_1 or _2")
        mask = folder / "HAM10000_segmentations_lesion_tschandl" / f"{image_id}_segmentation.png"
        yield image_id, cv2.imread(str(paths[0]), cv2.IMREAD_COLOR_RGB), cv2.imread(str(mask), 0) > 0


def psnr(image: np.ndarray, truth: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio, in dB."""
    return float(10 * np.log10(255**2 / np.mean((image.astype(float) - truth) ** 2)))


def ssim(image: np.ndarray, truth: np.ndarray) -> float:
    """Return the structural similarity of two images' grey values."""
    return float(structural_similarity(*(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (image, truth))))


def replaced_shares(folder: Path, ids: list[str]) -> pd.DataFrame:
    """Return the shares of pixels that each method replaces, in all of an image, in and outside its lesion."""
    rows = []
    for image_id, image, lesion in images_of(folder, ids):
        for method, settings in METHODS.items():
            mask = hair_mask(image, settings())
            row = {"image_id": image_id, "height": len(image), "method": method, "share": mask.mean()}
            rows.append(row | {"inside": mask[lesion].mean(), "outside": mask[~lesion].mean()})
    return pd.DataFrame(rows)


def removal_of_drawn_hair(folder: Path, ids: list[str]) -> pd.DataFrame:
    """Return PSNR and SSIM before and after each method, and which pixels it found, by image and kind of hair."""
    rows = []
    for image_id, image, _ in images_of(folder, ids):
        for number, (colour, width, strands) in enumerate(CONDITIONS):
            rng = np.random.default_rng([int(image_id.removeprefix("ISIC_")), number])
            covered, coverage = drawn_hair(image, rng, colour, width, strands)
            kind = {"image_id": image_id, "height": len(image), "colour": colour, "width": width, "strands": strands}
            before = {"psnr_before": psnr(covered, image), "ssim_before": ssim(covered, image)}
            for method, settings in METHODS.items():
                clean, mask = remove_hair(covered, settings())
                after = {"psnr_after": psnr(clean, image), "ssim_after": ssim(clean, image)}
                found = {"sensitivity": mask[coverage > FOUND].mean()}
                found |= {"precision": (coverage > TOUCHED)[mask].mean() if mask.any() else np.nan}
                rows.append(kind | {"method": method} | before | after | found)
    return pd.DataFrame(rows)


def seconds(folder: Path, ids: list[str], repeats: int = 3) -> pd.DataFrame:
    """Return the processor time of each method, from JPEG to JPEG, by image: the least of some repeats."""
    cv2.setNumThreads(1)
    rows = []
    for image_id, image, _ in images_of(folder, ids):
        content = np.frombuffer(encode_jpeg(image), np.uint8)
        for method, settings in METHODS.items():
            taken = []
            for _ in range(repeats):
                begun = time.process_time()
                encode_jpeg(remove_hair(cv2.imdecode(content, cv2.IMREAD_COLOR_RGB), settings())[0])
                taken.append(time.process_time() - begun)
            rows.append({"image_id": image_id, "height": len(image), "method": method, "seconds": min(taken)})
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", help="HAM10000 in some sizes, then the folder of the results")
    *folders, results = parser.parse_args().folders
    listed = pd.read_csv(results / "images.csv")
    listed = listed[listed["set"] == "report"]
    without = listed.loc[listed["hair"] == "none", "image_id"].tolist()
    visible = listed.loc[listed["hair"] == "visible", "image_id"].tolist()
    cv2.setNumThreads(1)
    tables = {
        "without_hair": pd.concat([replaced_shares(folder, without) for folder in folders]),
        "with_hair": pd.concat([replaced_shares(folder, visible) for folder in folders]),
        "drawn_hair": pd.concat([removal_of_drawn_hair(folder, without) for folder in folders]),
        "seconds": seconds(folders[0], [*without[:10], *visible]),
    }
    for name, table in tables.items():
        table.to_csv(results / f"{name}.csv", index=False, float_format="%.4f")
    # Of the files, so that the page is what they say.
    (results / "README.md").write_text(report({name: pd.read_csv(results / f"{name}.csv") for name in tables}))


if __name__ == "__main__":
    main()
