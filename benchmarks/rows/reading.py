"""Reading the training images of an epoch in shuffled batches: packed rows beside JPEG files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.bench import Bench
from benchmarks.measuring import Line, Target, rates, rounds
from benchmarks.packed import pack
from selcn.storage.row_arrays import ShardedArray
from selcn.training.images import gather

SIZE, BATCH = 256, 32
PEER = "cv2: imread, cvtColor, resize to 256x256 (INTER_AREA), np.stack, each epoch"


def from_rows(images: ShardedArray, order: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield batches (B, S, S, 3) uint8 of packed rows, as a training draws them."""
    for rows in order.split(BATCH):
        yield gather(images, rows, torch.device("cpu"))


def from_files(files: Sequence[Path], size: int, order: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield the same batches from JPEG files."""
    for rows in order.split(BATCH):
        images = [cv2.cvtColor(cv2.imread(str(files[row])), cv2.COLOR_BGR2RGB) for row in rows.tolist()]
        small = [cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA) for image in images]
        yield torch.from_numpy(np.stack(small))


def measure(bench: Bench) -> list[Line]:
    """Return images a second of one thread."""
    count, size = bench.size(512, 6), bench.size(SIZE, 32)
    files = bench.photographs.repeated(count)
    images = pack(bench.photographs.files, count, size, bench.folder / "images.npy")
    order = torch.randperm(count, generator=torch.Generator().manual_seed(1))
    runs = {
        "ours": lambda: [None for _ in from_rows(images, order)],
        "peer": lambda: [None for _ in from_files(files, size, order)],
    }
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    seconds = {name: rates(count, values) for name, values in rounds(runs, bench.size(5, 1)).items()}
    # Each byte is read from the page cache and written once.
    floor = 1 / bench.ceilings["one"].floor(moved=2 * size * size * 3)
    return [
        Line(
            what=f"reading the training set of an epoch, {size} px, batches of {BATCH}",
            unit="images/s",
            higher_is_better=True,
            ours=seconds["ours"],
            peer=seconds["peer"],
            peer_name=PEER,
            target=Target("20x", gain=20),
            floor=floor,
            note=f"{count} images stand for an epoch; one thread each; files and rows in the page cache",
        )
    ]
