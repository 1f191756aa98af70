"""Photographs packed as the rule packs them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from selcn.data.images import read_image
from selcn.data.packing import PackSettings, pack_image
from selcn.networks.settings import InputSettings
from selcn.storage.artifacts import sha256_of
from selcn.storage.row_arrays import ShardedArray, writing_rows
from selcn.training.images import Pixels
from selcn.training.residency import resident


def pack(files: Sequence[Path], count: int, size: int, path: Path) -> ShardedArray:
    """Write `count` packed images into an array, going through the files as often as it takes, and open it."""
    packed = [pack_image(read_image(file, sha256_of(file)), PackSettings(size)) for file in files[:count]]
    with writing_rows(path, count, (size, size, 3), np.uint8) as append:
        for number in range(count):
            append(packed[number % len(packed)])
    return ShardedArray([str(path)], [f"{number:06d}" for number in range(count)])


def packed_pixels(files: Sequence[Path], count: int, settings: InputSettings, path: Path, device: str) -> Pixels:
    """Pack images at the input's size, and return them whole, as a network's batches are made of them on a device."""
    where = torch.device(device)
    return Pixels(resident(pack(files, count, settings.size, path), where), None, settings, where)
