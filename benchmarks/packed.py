"""Photographs packed as the rule packs them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from selcn.artifacts import sha256_of
from selcn.hair import read_image
from selcn.pack import PackSettings, pack_image
from selcn.stack import Stack, writing_rows


def pack(files: Sequence[Path], count: int, size: int, path: Path) -> Stack:
    """Write `count` packed images into an array, going through the files as often as it takes, and open it."""
    packed = [pack_image(read_image(file, sha256_of(file)), PackSettings(size)) for file in files[:count]]
    with writing_rows(path, count, (size, size, 3), np.uint8) as append:
        for number in range(count):
            append(packed[number % len(packed)])
    return Stack([str(path)], [f"{number:06d}" for number in range(count)])
