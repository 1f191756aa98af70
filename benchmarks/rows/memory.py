"""Peak memory of a stage as its images grow: the rule's script that packs, on many rows of one small photograph."""

import sys
from contextlib import chdir
from pathlib import Path

from benchmarks import CLONE
from benchmarks.bench import Bench
from benchmarks.measuring import Line, Target
from benchmarks.processes import run

ROWS, QUICK_ROWS = (1_000, 10_000, 100_000), (10, 20)
# Sides of the packed image, and of the photograph that is packed again and again.
SIZE, WIDTH, HEIGHT = 16, 24, 18
FLAT = 1.25
INDEX, HAIR = "index.parquet", "hair/shard-0/manifest.parquet"


def prepare(folder: Path, count: int) -> None:
    """Write an index and a manifest of clean images that list one photograph under many names."""
    import cv2
    import numpy as np
    import pandas as pd

    from selcn.storage.artifacts import sha256_of, write_table

    photograph = folder / "hair/image.jpg"
    photograph.parent.mkdir(parents=True)
    cv2.imwrite(str(photograph), np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8))
    names = [f"ISIC_{number:07d}" for number in range(count)]
    hair = pd.DataFrame({"image_id": names, "path": photograph.name, "sha256": sha256_of(photograph)})
    index = pd.DataFrame({"image_id": names, "lesion_id": names, "label": "nv", "part": "train"})
    write_table(hair, folder / HAIR)
    write_table(index.assign(mask_path=None, mask_sha256=None), folder / INDEX)


def pack(folder: Path) -> None:
    """Run the rule's script in a folder, as Snakemake does."""
    from jobs import run_script

    packed = "results/packed/ham10000/shard-0"
    with chdir(folder):
        run_script(
            "pack_dataset",
            folder,
            {"index": INDEX, "hair": HAIR},
            {
                "images": f"{packed}/images.npy",
                "masks": f"{packed}/masks.npy",
                "manifest": f"{packed}/manifest.parquet",
            },
            {
                "settings": {"size": SIZE, "fit": "stretch"},
                "shard": {"shard": 0, "shards": 1, "dataset": "ham10000"},
            },
            {"dataset": "ham10000", "shard": "0"},
        )


def peak_of(count: int, folder: Path) -> float:
    """Return the most memory in MB that the packing of so many rows takes, in a process of its own."""
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.rows.memory", str(folder)]
    run([*command, str(count)], CLONE)
    return run(command, CLONE).megabytes


def measure(bench: Bench) -> list[Line]:
    """Return megabytes for each number of images."""
    counts = QUICK_ROWS if bench.quick else ROWS
    peaks = {count: peak_of(count, bench.folder / f"rows-{count}") for count in counts}
    least = counts[0]
    return [
        Line(
            what=f"memory of packing {count:,} images",
            unit="MB",
            higher_is_better=False,
            ours=(peaks[count],),
            peer=(peaks[least],),
            peer_name=f"the same, {least:,} images",
            target=Target(f"flat: at most {FLAT}x", gain=1 / FLAT),
            note=f"{SIZE} px, the whole job; its tables of ids and checksums have a row an image",
        )
        for count in counts[1:]
    ]


if __name__ == "__main__":
    place, *number = sys.argv[1:]
    if number:
        prepare(Path(place), int(number[0]))
    else:
        pack(Path(place))
