"""Bundles of networks with random weights, of a configuration's architectures and sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from selcn.design.cells import mask_of, takes_cams
from selcn.networks.lesion import LesionSettings, build_lesion_network
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.symmetry import SymmetrySettings, build_symmetry_network
from selcn.prediction.bundle import METADATA, Bundle, write_checksums
from selcn.prediction.metadata import metadata_of
from selcn.prediction.onnx.export import export_onnx
from selcn.prediction.onnx.precision import FULL
from selcn.prediction.unlike import FILE, KEPT, UnlikeScore
from selcn.prediction.writing import write_state
from selcn.storage.artifacts import write_json
from selcn.workflow.inputs.bundles import symmetry_model_of

HAIR = {"kernel": 17, "threshold": 10, "radius": 1, "reference_height": 450}


@dataclass(frozen=True)
class RandomBundle:
    """What a bundle of random networks is like.

    Attributes
    ----------
    segmentation, symmetry, lesion
        Settings as in `settings/<network>.yaml`.
    folds
        Of each of these three.
    averaged
        Whether all segmentation networks predict every mask.
    """

    cell: str
    classes: Sequence[str]
    size: int
    segmentation: Mapping[str, Any]
    symmetry: Mapping[str, Any]
    lesion: Mapping[str, Any]
    folds: tuple[int, int, int]
    seeds: Sequence[int] = (42,)
    architecture: str = "unet"
    flips: bool = False
    averaged: bool = False
    empty_masks: str = "whole_image"
    temperature: float = 1.5

    def write(self, folder: Path) -> Path:
        """Write the bundle; return its folder."""
        torch.manual_seed(3)
        told = {
            "classes": self.classes,
            "hair": {"method": "blackhat", "settings": HAIR},
            "pack": {"size": self.size, "fit": "stretch"},
            "lae": {"factor": 1.4, "empty_masks": self.empty_masks},
        }
        model = symmetry_model_of(self.cell)
        parts = {
            "cell": self.cell,
            "protocol": "thesis" if self.averaged else "leakfree",
            "version": "0.0.0",
            "demo": True,
            "segmentation": {
                "architecture": self.architecture,
                "flips": self.flips,
                "averaged": self.averaged,
                "settings": self.segmentation,
                "networks": self._networks(folder, "segmentation", self.folds[0]),
            },
            "symmetry": {
                "model": model,
                "mask": model,
                "settings": self.symmetry,
                "networks": self._networks(folder, "symmetry", self.folds[1]),
            },
            "lesion": {
                "mask": mask_of(self.cell),
                "takes_cams": takes_cams(self.cell),
                "settings": self.lesion,
                "encoder": None,
                "networks": [self._lesion(folder, fold, seed) for seed in self.seeds for fold in range(self.folds[2])],
                "temperature": self.temperature,
            },
            "thresholds": {},
            "known": None,
            "data": [],
            "metrics": {},
        }
        metadata = metadata_of(told, parts)
        metadata["unlike"] = write_random_unlike(Bundle(folder, metadata))
        write_json(metadata, folder / METADATA)
        write_checksums(folder)
        return folder

    def _networks(self, folder: Path, stage: str, folds: int) -> dict[str, str]:
        return {
            str(fold): _written(self._network(stage), folder, f"weights/{stage}-{fold}.safetensors")
            for fold in range(folds)
        }

    def _network(self, stage: str) -> nn.Module:
        if stage == "segmentation":
            return build_segmentation_network(
                self.architecture, SegmentationSettings.from_config(dict(self.segmentation)), None
            )
        return build_symmetry_network(SymmetrySettings.from_config(dict(self.symmetry)), None)

    def _lesion(self, folder: Path, fold: int, seed: int) -> dict[str, object]:
        settings = LesionSettings.from_config(dict(self.lesion))
        network = build_lesion_network(settings, None, len(self.classes), takes_cams(self.cell))
        name = f"weights/lesion-seed-{seed}-fold-{fold}.safetensors"
        return {"fold": fold, "seed": seed, "file": _written(network, folder, name)}


def add_onnx(folder: Path) -> Path:
    """Write the ONNX models and the script of a bundle that has none; return its folder."""
    bundle = Bundle.load(folder)
    write_json({**bundle.metadata, "onnx": export_onnx(bundle, FULL)}, folder / METADATA)
    write_checksums(folder)
    return folder


def write_random_unlike(bundle: Bundle) -> dict[str, float]:
    """Write a score of images unlike the training data, fitted to noise; return what the metadata says of it."""
    score = UnlikeScore(bundle.metadata["lesion"]["settings"]["encoder"], None)
    score.fit(np.random.default_rng(1).normal(size=(4, len(score.center))))
    score.save(bundle.path(FILE))
    return {"threshold": 1.0, "kept": KEPT}


def _written(network: nn.Module, folder: Path, name: str) -> str:
    write_state(network.state_dict(), folder / name)
    return name
