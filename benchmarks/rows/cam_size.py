"""The cache of CAMs on disk: a table of half-precision maps on the network's grid beside .npy files at input size."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch

from benchmarks.bench import Bench
from benchmarks.measuring import Line, Target
from benchmarks.packed import packed_pixels
from benchmarks.rows.grad_cam import SIZE, network_of, our_maps
from benchmarks.settings import symmetry_settings
from selcn.data.variants import VARIANTS
from selcn.storage.cam_table import write_cams


def write_table_of(maps: np.ndarray, path: Path) -> int:
    """Write maps (N, h, w) in 0..1 as the rule does, each as one of an image's variants, and return the bytes."""
    frame = pd.DataFrame(
        {
            "image_id": [f"ISIC_{24306 + number // len(VARIANTS):07d}" for number in range(len(maps))],
            "variant": [VARIANTS[number % len(VARIANTS)] for number in range(len(maps))],
            "predicted": "symmetric",
            "empty": False,
            "fold": np.int8(0),
        }
    )
    write_cams(frame, maps.astype(np.float16), path)
    return path.stat().st_size


def write_files_of(maps: np.ndarray, size: int, path: Path) -> int:
    """Write each map at the input's size to a .npy file, one after the other, and return the bytes of all."""
    total = 0
    for cam in maps:
        np.save(path, cv2.resize(cam.astype(np.float32), (size, size)))
        total += path.stat().st_size
    return total


def measure(bench: Bench) -> list[Line]:
    """Return kilobytes a map."""
    drawn, count, size = bench.size(64, 4), bench.size(2048, 16), bench.size(SIZE, 64)
    pixels = packed_pixels(
        bench.photographs.files, drawn, symmetry_settings(size).input, bench.folder / "images.npy", "cpu"
    )
    rows = torch.arange(count) % drawn
    made = torch.cat(our_maps(network_of(size, "cpu"), pixels, torch.arange(drawn), 32)).numpy()
    # Each copy differs in its last bits, or Parquet would find them equal.
    noise = np.random.default_rng(1).uniform(0.9, 1, (count, *made.shape[1:]))
    maps = made[rows.numpy()] * noise
    ours = write_table_of(maps, bench.folder / "cams.parquet") / count / 1024
    peer = write_files_of(maps, size, bench.folder / "cam.npy") / count / 1024
    return [
        Line(
            what=f"CAM cache on disk, {count} maps of {size} px images",
            unit="KiB/map",
            higher_is_better=False,
            ours=(ours,),
            peer=(peer,),
            peer_name="np.save of each map at input size, float32",
            target=Target("1/500", gain=500),
            floor=float(maps[0].size * 2 / 1024),
            note=f"{maps.shape[1]}x{maps.shape[2]} half-precision maps with their ids; the floor is the bare maps",
        )
    ]
