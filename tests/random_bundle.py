"""A bundle of small networks with random weights: two folds of each and, of the lesion networks, two seeds."""

from pathlib import Path
from typing import Any

import torch

from selcn.design.cells import mask_of, takes_cams
from selcn.networks.lesion import LesionSettings, build_lesion_network
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.symmetry import SymmetrySettings, build_symmetry_network
from selcn.prediction.bundle import METADATA, write_checksums
from selcn.prediction.metadata import metadata_of
from selcn.prediction.writing import write_state
from selcn.storage.artifacts import write_json
from selcn.workflow.inputs.bundles import symmetry_model_of

SIZE, FOLDS, SEEDS, TEMPERATURE = 64, (0, 1), (7, 8), 1.5
CLASSES = ("bcc", "mel", "nv")
ENCODER = "test_efficientnet"
HAIR = {"kernel": 17, "threshold": 10, "radius": 1, "reference_height": 450}
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
    torch.manual_seed(3)
    told = {
        "classes": CLASSES,
        "hair": {"method": "blackhat", "settings": HAIR},
        "pack": {"size": SIZE, "fit": "stretch"},
        "lae": {"factor": 1.4, "empty_masks": empty_masks},
    }
    model = symmetry_model_of(cell)
    parts = {
        "cell": cell,
        "protocol": "thesis" if averaged else "leakfree",
        "version": "0.0.0",
        "demo": True,
        "segmentation": {
            "architecture": "unet",
            "flips": True,
            "averaged": averaged,
            "settings": SEGMENTATION,
            "networks": {str(fold): write_segmentation(folder, fold) for fold in FOLDS},
        },
        "symmetry": {
            "model": model,
            "mask": model,
            "settings": SYMMETRY,
            "networks": {str(fold): write_symmetry(folder, fold) for fold in FOLDS},
        },
        "lesion": {
            "mask": mask_of(cell),
            "takes_cams": takes_cams(cell),
            "settings": LESION,
            "encoder": None,
            "networks": [write_lesion(folder, fold, seed, cell) for seed in SEEDS for fold in FOLDS],
            "temperature": TEMPERATURE,
        },
        "thresholds": {},
        "data": [],
        "metrics": {},
    }
    write_json(metadata_of(told, parts), folder / METADATA)
    write_checksums(folder)
    return folder


def write_segmentation(folder: Path, fold: int) -> str:
    network = build_segmentation_network("unet", SegmentationSettings.from_config(SEGMENTATION), None)
    return written(network, folder, f"weights/segmentation-{fold}.safetensors")


def write_symmetry(folder: Path, fold: int) -> str:
    network = build_symmetry_network(SymmetrySettings.from_config(SYMMETRY), None)
    return written(network, folder, f"weights/symmetry-{fold}.safetensors")


def write_lesion(folder: Path, fold: int, seed: int, cell: str) -> dict[str, object]:
    network = build_lesion_network(LesionSettings.from_config(LESION), None, len(CLASSES), takes_cams(cell))
    file = written(network, folder, f"weights/lesion-seed-{seed}-fold-{fold}.safetensors")
    return {"fold": fold, "seed": seed, "file": file}


def written(network: torch.nn.Module, folder: Path, name: str) -> str:
    write_state(network.state_dict(), folder / name)
    return name
