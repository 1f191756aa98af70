"""A cascade without networks, whose predictions follow from an image's pixels; and a folder that is its bundle."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from selcn.data.hair.black_hat import BlackHatSettings
from selcn.data.packing import PackSettings
from selcn.evaluation.calibration import with_temperature
from selcn.prediction.bundle import write_checksums
from selcn.prediction.preparing import Preparation, Prepared
from selcn.prediction.result import ImagePrediction, KnownImage
from selcn.storage.artifacts import write_json

SIZE, CLASSES, TEMPERATURE = 32, ("bkl", "mel", "nv"), 2.0
PREPARATION = Preparation(BlackHatSettings(), PackSettings(SIZE))
TOLD = {
    "schema": 1,
    "cell": "cls-none_sym-off",
    "protocol": "leakfree",
    "classes": list(CLASSES),
    "lesion": {"temperature": TEMPERATURE, "networks": [{"fold": 0, "seed": 1}, {"fold": 1, "seed": 1}]},
    "unlike": {"threshold": 0.9},
}


def fake_bundle(folder: Path) -> SimpleNamespace:
    """Write a bundle of metadata alone."""
    write_json(TOLD, folder / "metadata.json")
    write_checksums(folder)
    return SimpleNamespace(folder=folder, metadata=TOLD)


def prediction_of(packed: np.ndarray, sha256: str = "0" * 64, **changes) -> ImagePrediction:
    """Return a prediction by the mean colour of a packed image, uint8 (S, S, 3)."""
    size = len(packed)
    red, green, blue = packed.reshape(-1, 3).mean(axis=0) / 255
    networks = np.array([[red, green, blue + 0.1], [red + 0.1, green + 0.2, blue + 0.1]], np.float32)
    networks /= networks.sum(axis=1, keepdims=True)
    scaled = with_temperature(networks, TEMPERATURE)
    mask = np.zeros((size, size), bool)
    mask[size // 4 : size // 2, size // 4 : size // 2] = True
    cam = np.array([[0, 0.25], [0.5, 1]], np.float32)
    values = {
        "sha256": sha256,
        "packed": packed,
        "hair_share": 0.0,
        "mask": mask,
        "box": (size // 5, size // 5, size // 2 + 2, size // 2 + 2),
        "lesion_found": True,
        "segmentation_fold": 1,
        "symmetry_fold": 0,
        "symmetry": np.array([0.25, 0.75], np.float32),
        "symmetry_cam": cam.astype(np.float16),
        "networks": networks,
        "probabilities": with_temperature(networks.mean(axis=0, keepdims=True), TEMPERATURE)[0],
        "low": scaled.min(axis=0),
        "high": scaled.max(axis=0),
        "lesion_cam": cam,
        "unlike_score": float(blue),
        "unlike": bool(blue > 0.9),
        "known": None,
    }
    return ImagePrediction(**values | changes)


@dataclass
class FakeCascade:
    """Stands for a `selcn.prediction.cascade.Cascade`; `seen` has the checksums of every batch."""

    bundle: SimpleNamespace
    preparation: Preparation = PREPARATION
    seen: list[list[str]] = field(default_factory=list)
    known: dict[str, KnownImage] = field(default_factory=dict)

    def prepare(self, source, sha256: str) -> Prepared:
        return replace(self.preparation.prepare(source), sha256=sha256)

    def predict_prepared(self, batch) -> list[ImagePrediction]:
        self.seen.append([image.sha256 for image in batch])
        return [
            prediction_of(image.packed, image.sha256, hair_share=image.hair_share, known=self.known.get(image.sha256))
            for image in batch
        ]
