"""A bundle of small networks with random weights: two folds of each and, of the lesion networks, two seeds."""

from pathlib import Path
from typing import Any

from benchmarks.random_bundle import RandomBundle, add_onnx

SIZE, FOLDS, SEEDS, TEMPERATURE = 64, (0, 1), (7, 8), 1.5
CLASSES = ("bcc", "mel", "nv")
ENCODER = "test_efficientnet"
SHARED: dict[str, Any] = {
    "input": {"size": SIZE, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    "training": {"batch_size": 2, "learning_rate": 0.001, "weight_decay": 0.0},
    "inference_batch_size": 4,
}
SEGMENTATION = SHARED | {"encoder": f"tu-{ENCODER}", "rank_weight": 0.05}
SYMMETRY = SHARED | {"backbone": "squeezenet1_0", "dropout": 0.5}
LESION = SHARED | {"encoder": ENCODER, "freeze_encoder": False, "dropout": 0.4, "head": "average"}


def write_random_bundle(
    folder: Path, cell: str = "cls-none_sym-off", averaged: bool = False, empty_masks: str = "whole_image"
) -> Path:
    """Write a bundle and return its folder; `averaged`: all segmentation networks predict every mask."""
    return RandomBundle(
        cell,
        CLASSES,
        SIZE,
        SEGMENTATION,
        SYMMETRY,
        LESION,
        (len(FOLDS),) * 3,
        SEEDS,
        flips=True,
        averaged=averaged,
        empty_masks=empty_masks,
        temperature=TEMPERATURE,
    ).write(folder)


def write_onnx_bundle(folder: Path, cell: str) -> Path:
    """Write a bundle with its ONNX models and script, and return its folder."""
    return add_onnx(write_random_bundle(folder, cell))
