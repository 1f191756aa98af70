"""How near copies of an image, images of one lesion and images of different lesions are by the hash of duplicates.

    snakemake --profile profiles/local --directory study/frozen --configfile config/frozen.yaml \
        results/packed/{ham10000,symderm,isic2019,isic2016}/manifest.parquet
    python benchmarks/near_duplicates.py study/frozen docs/results/duplicates

Whether two images of different lesions show one lesion can only be judged by eye; `--figure` draws the nearest of those
that no id reveals. It is not for publication: the photographs are their owners'.
"""

import argparse
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts")]

from selcn.data.duplicates.confirm import CORRELATION, confirmed, correlation  # noqa: E402
from selcn.data.duplicates.groups import lesion_groups, unrevealed  # noqa: E402
from selcn.data.duplicates.hashes import hash_dataset, hash_images  # noqa: E402
from selcn.data.duplicates.images import Images  # noqa: E402
from selcn.data.duplicates.pairs import DISTANCE, near_duplicates, near_pairs  # noqa: E402
from selcn.report.figures.duplicates import draw, shown_pairs  # noqa: E402
from selcn.report.figures.style import drawn  # noqa: E402
from selcn.storage.artifacts import read_table  # noqa: E402 (its folder must be on the path)
from selcn.storage.row_arrays import ShardedArray, files_of_shards  # noqa: E402

DATASETS = ("ham10000", "symderm", "isic2019", "isic2016")
DISTANCES = (16, 24, 32, 36, 40, 44, 48, 52, 56)
PLANTED = 1000
MANY = 40_000


def encoded(image: np.ndarray, quality: int) -> np.ndarray:
    """Return an image as JPEG of a quality leaves it."""
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def cropped(image: np.ndarray, share: float) -> np.ndarray:
    """Return an image without a share of its width and height, a little more of it at the left and top."""
    size, lost = len(image), round(share * len(image))
    begin = -(-lost // 2)
    return cv2.resize(image[begin : size - lost + begin, begin : size - lost + begin], (size, size))


def resized(image: np.ndarray, share: float) -> np.ndarray:
    """Return an image that was made smaller and then as large as it was."""
    side = round(share * len(image))
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, image.shape[:2], interpolation=cv2.INTER_CUBIC)


COPIES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "JPEG of quality 30": lambda image: encoded(image, 30),
    "half the size": lambda image: resized(image, 0.5),
    "cropped by 2 %": lambda image: cropped(image, 0.02),
    "cropped by 4 %": lambda image: cropped(image, 0.04),
    "cropped by 10 %": lambda image: cropped(image, 0.1),
    "brightened by 20 %": lambda image: np.clip(image * 1.2, 0, 255).astype(np.uint8),
    "turned, cropped by 2 %, JPEG of quality 60": lambda image: encoded(cropped(np.rot90(image), 0.02), 60),
}


def open_study(study: Path) -> tuple[Images, dict[str, pd.DataFrame]]:
    """Return the packed images and the indices of a study."""
    images, indices = {}, {}
    for dataset in DATASETS:
        folder = study / "results/packed" / dataset
        ids = read_table(folder / "manifest.parquet")["image_id"].tolist()
        images[dataset] = ids, ShardedArray(files_of_shards(folder, "images.npy"), ids)
        indices[dataset] = read_table(study / "results/data" / dataset / "index.parquet")
    return images, indices


def planted_table(images: ShardedArray) -> list[str]:
    """Return, a line a kind of copy, the share of copies that are found."""
    rows = np.random.default_rng(0).choice(len(images), PLANTED, replace=False)
    originals = images[rows]
    hashes, lines = hash_images(originals), []
    for name, copy in COPIES.items():
        copies = np.stack([copy(image) for image in originals])
        both = zip(hashes, hash_images(copies), strict=True)
        bits = np.array([near_pairs(np.stack(pair), 255)[2][0] for pair in both])
        # Of the turned ones, too, in the orientation of the original.
        upright = copies if not name.startswith("turned") else np.rot90(copies, -1, axes=(1, 2))
        agree = np.array([correlation(*pair) for pair in zip(originals, np.ascontiguousarray(upright), strict=True)])
        shares = [(bits <= distance).mean() for distance in (32, 40, DISTANCE)]
        found = ((bits <= DISTANCE) & (agree >= CORRELATION)).mean()
        lines.append(f"| {name} | {np.median(bits):.0f} | {' | '.join(f'{share:.1%}' for share in [*shares, found])} |")
    return lines


def distances_table(pairs: pd.DataFrame, together: pd.Series) -> list[str]:
    """Return, a line a distance, how many pairs are that near: together or not, all or confirmed."""
    agree = pairs["correlation"] >= CORRELATION
    lines = []
    for distance in DISTANCES:
        near = pairs["distance"] <= distance
        counts = [near & together, near & ~together, near & agree & together, near & agree & ~together]
        lines.append(f"| {distance} | {' | '.join(str(count.sum()) for count in counts)} |")
    return lines


def joined_table(hidden: pd.DataFrame) -> list[str]:
    """Return, a line a pair of data sets, how many pairs no id reveals."""
    sides = np.sort(hidden[["dataset_a", "dataset_b"]].to_numpy(), axis=1)
    counts = pd.DataFrame(sides).value_counts().sort_index()
    return [f"| {first}, {second} | {count} |" for (first, second), count in counts.items()]


def seconds_of_many() -> float:
    """Return how long the search among `MANY` random hashes takes."""
    hashes = np.random.default_rng(0).integers(0, 2**64, (MANY, 2, 4), dtype=np.uint64)
    begun = time.monotonic()
    near_pairs(hashes)
    return time.monotonic() - begun


def draw_hidden(path: Path, hidden: pd.DataFrame, images: Images, indices: dict[str, pd.DataFrame]) -> None:
    """Draw the nearest pairs that no id reveals."""
    pairs = shown_pairs(hidden, images, indices)
    with drawn(path, demo=False) as figure:
        draw(figure, pairs)


def ham_pairs(images: Images, hashes: dict, lesion: pd.Series) -> tuple[list[str], int, int]:
    """Return HAM10000's table of distances, and how many pairs of one lesion and of different lesions it has."""
    near = near_duplicates({"ham10000": hashes["ham10000"]}, max(DISTANCES))
    near = confirmed(near, images, least=-1)
    together = near["image_id_a"].map(lesion) == near["image_id_b"].map(lesion)
    sizes = lesion.groupby(lesion).size()
    same = int((sizes * (sizes - 1) // 2).sum())
    return distances_table(near, together), same, len(lesion) * (len(lesion) - 1) // 2 - same


def measure(images: Images, indices: dict[str, pd.DataFrame]) -> tuple[str, pd.DataFrame]:
    """Return the results as Markdown, and the pairs that no id reveals."""
    begun = time.monotonic()
    hashes = {dataset: (ids, hash_dataset(array)) for dataset, (ids, array) in images.items()}
    hashed = time.monotonic()
    candidates = near_duplicates(hashes)
    searched = time.monotonic()
    pairs = confirmed(candidates, images)
    hidden = unrevealed(pairs, indices)
    before, after = (lesion_groups(indices, chosen)["group"] for chosen in (pairs.iloc[:0], pairs))
    largest = [group.value_counts().max() for group in (before, after)]
    distances, same, different = ham_pairs(images, hashes, indices["ham10000"].set_index("image_id")["lesion_id"])
    planted, many = planted_table(images["ham10000"][1]), seconds_of_many()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    count = sum(len(ids) for ids, _ in images.values())
    parts = ", ".join(f"{dataset} {len(ids):,}" for dataset, (ids, _) in images.items())
    size, join = images["ham10000"][1].shape[1], "\n".join
    text = f"""# Near-duplicates

`python benchmarks/near_duplicates.py`, on one of {os.cpu_count()} cores of {platform.machine()}, Python
{platform.python_version()}. Images packed at {size} pixels: {parts}.

## Planted copies

Of {PLANTED:,} images of HAM10000: the median of the bits, of 255, in which the hashes of image and copy differ; the
share of copies within some numbers of bits; and the share that is found: within {DISTANCE} bits, and with grey values
that correlate by at least {CORRELATION}.

| copy | median | 32 | 40 | {DISTANCE} | found |
| --- | --- | --- | --- | --- | --- |
{join(planted)}

## Pairs of HAM10000

How many pairs are within a distance, of the {same:,} pairs of images of one lesion and of the {different:,} of
different lesions; confirmed: of these, with grey values that correlate.

| bits | one lesion | different lesions | one lesion, confirmed | different lesions, confirmed |
| --- | --- | --- | --- | --- |
{join(distances)}

## All data sets together

{len(candidates)} pairs of photographs within {DISTANCE} bits, {len(pairs)} of them confirmed. No id of an image or
lesion puts {len(hidden)} of these together. With them there are {after.nunique():,} groups of images instead of
{before.nunique():,}; the largest has {largest[1]} images, without them {largest[0]}.

| data sets | pairs that no id reveals |
| --- | --- |
{join(joined_table(hidden))}

## Time and memory

Hashing {count:,} images took {hashed - begun:.1f} s, the search among them {searched - hashed:.1f} s, and the search
among {MANY:,} random hashes {many:.1f} s; all in at most {peak:.0f} MB.
"""
    return text, hidden


def main(study: Path, out: Path, figure: Path | None) -> None:
    images, indices = open_study(study)
    text, hidden = measure(images, indices)
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text(text)
    if figure:
        draw_hidden(figure, hidden, images, indices)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="working directory of a study whose four data sets are packed")
    parser.add_argument("out", type=Path, help="folder for README.md")
    parser.add_argument("--figure", type=Path, help="draw the nearest pairs that no id reveals into this PNG file")
    arguments = parser.parse_args()
    main(arguments.study, arguments.out, arguments.figure)
