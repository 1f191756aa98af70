"""A bundle with small ONNX files of the bundles' inputs and outputs, to test what runs them."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from onnx import numpy_helper, parser

from selcn.data.images import encode_jpeg
from selcn.storage.artifacts import write_json

HEAD = '<ir_version: 8, opset_import: ["": 17]>\n'
# Dark pixels are lesion.
SEGMENTATION = """segmentation (uint8[B,64,64,3] images) => (uint8[B,64,64] masks)
<float limit = {%f}, int64[1] axes = {3}, int64[1] one = {1}> {
    pixels = Cast<to=1>(images)
    grey = ReduceMean<axes=[3], keepdims=0>(pixels)
    dark = Less(grey, limit)
    masks = Cast<to=2>(dark)
}"""
# Eight by eight means of the masked image, 0 to 1; `values` has their features.
FEATURES = """
    pixels = Cast<to=1>(images)
    grey = ReduceMean<axes=[3], keepdims=0>(pixels)
    laid = Cast<to=1>(masks)
    masked = Mul(grey, laid)
    plane = Unsqueeze(masked, one)
    means = AveragePool<kernel_shape=[8,8], strides=[8,8]>(plane)
    shares = Div(means, most)
    values = Reshape(shares, flat)
"""
SYMMETRY = (
    """symmetry (uint8[B,64,64,3] images, uint8[B,64,64] masks)
 => (float[B,2] probabilities, float[B,8,8] cams, bool[B] empty)
<int64[1] one = {1}, float most = {255.0}, int64[2] flat = {-1, 64}, float none = {0.0}> {"""
    + FEATURES
    + """
    logits = MatMul(values, weight)
    probabilities = Softmax<axis=1>(logits)
    cams = Squeeze(shares, one)
    highest = ReduceMax<axes=[1,2], keepdims=0>(cams)
    empty = Equal(highest, none)
}"""
)
LESION = (
    """lesion (uint8[B,64,64,3] images, uint8[B,64,64] masks, float[B,8,8] cams)
 => (float[B,N,4] networks, float[B,8,8] lesion_cams)
<int64[1] one = {1}, float most = {255.0}, int64[2] flat = {-1, 64}, int64[3] by_network = {-1, 3, 4}> {"""
    + FEATURES
    + """
    given = Reshape(cams, flat)
    fused = Add(values, given)
    logits = MatMul(fused, weight)
    rows = Reshape(logits, by_network)
    networks = Softmax<axis=2>(rows)
    squares = Mul(shares, shares)
    lesion_cams = Squeeze(squares, one)
}"""
)
# How much more green than red an image is.
UNLIKE = """unlike (uint8[B,64,64,3] images) => (float[B] scores) <int64[1] one = {1}> {
    pixels = Cast<to=1>(images)
    colours = ReduceMean<axes=[1,2], keepdims=0>(pixels)
    greener = MatMul(colours, weight)
    rows = Relu(greener)
    scores = Squeeze(rows, one)
}"""


METADATA = {
    "schema": 1,
    "version": "0.0.0",
    "name": "SE-LCN cls-lae_sym-seg, leakfree",
    "intended_use": "Research use only; not a medical device.",
    "cell": "cls-lae_sym-seg",
    "protocol": "leakfree",
    "classes": ["akiec", "bcc", "mel", "nv"],
    "symmetry_classes": ["asymmetric", "symmetric"],
    "hair": {
        "method": "blackhat",
        "settings": {"kernel": 17, "threshold": 10, "radius": 1, "reference_height": 450},
    },
    "pack": {"size": 64, "fit": "stretch"},
    "lae": {"factor": 1.4, "empty_masks": "whole_image"},
    "segmentation": {
        "architecture": "unet",
        "flips": False,
        "averaged": False,
        "settings": {"encoder": "tu-toy"},
        "networks": {str(fold): f"weights/segmentation-{fold}.safetensors" for fold in range(2)},
    },
    "symmetry": {
        "model": "seg",
        "mask": "seg",
        "settings": {"backbone": "toy"},
        "networks": {str(fold): f"weights/symmetry-{fold}.safetensors" for fold in range(3)},
    },
    "lesion": {
        "mask": "lae",
        "takes_cams": True,
        "settings": {"encoder": "toy"},
        "encoder": None,
        "networks": [{"fold": fold, "seed": 42, "file": f"weights/lesion-{fold}.safetensors"} for fold in range(3)],
        "temperature": 1.7,
    },
    "thresholds": {},
    "onnx": {
        "files": {
            "segmentation": {str(fold): f"onnx/segmentation-{fold}.onnx" for fold in range(2)},
            "symmetry": {str(fold): f"onnx/symmetry-{fold}.onnx" for fold in range(3)},
            "lesion": "onnx/lesion.onnx",
            "unlike": "onnx/unlike.onnx",
        }
    },
    "unlike": {"threshold": 0.05},
    "demo": True,
    "data": [{"name": "Toy lesions", "images": 12, "images_trained_on": 9, "terms": "none"}],
}


def write_toy_bundle(folder: Path) -> dict[str, Any]:
    """Write metadata.json and the ONNX files of a bundle, and return its metadata."""
    generator = np.random.default_rng(0)
    files = METADATA["onnx"]["files"]
    for fold, name in files["segmentation"].items():
        _save(SEGMENTATION % (110 + 20 * int(fold)), folder / name)
    for name in files["symmetry"].values():
        _save(SYMMETRY, folder / name, generator.normal(size=(64, 2)))
    _save(LESION, folder / files["lesion"], generator.normal(size=(64, 12)))
    _save(UNLIKE, folder / files["unlike"], np.array([[-1], [1], [0]]) / 255)
    write_json(METADATA, folder / "metadata.json")
    return METADATA


def toy_photograph(seed: int, skin: tuple[int, int, int] = (215, 170, 150)) -> bytes:
    """Return a JPEG of a dark lesion with a few hairs on noisy skin of a colour."""
    rng = np.random.default_rng(seed)
    height, width = 150, 200
    image = np.full((height, width, 3), skin, np.uint8)
    cv2.ellipse(image, (width // 2, height // 2), (width // 5, height // 4), 30 * seed, 0, 360, (95, 60, 45), -1)
    for start, end in rng.integers(0, (width, height), (4, 2, 2)):
        cv2.line(image, tuple(map(int, start)), tuple(map(int, end)), (60, 45, 40), 1)
    noise = rng.normal(0, 4, image.shape)
    return encode_jpeg(np.clip(image + noise, 0, 255).astype(np.uint8))


def _save(text: str, path: Path, weight: np.ndarray | None = None) -> None:
    model = parser.parse_model(HEAD + text)
    if weight is not None:
        model.graph.initializer.append(numpy_helper.from_array(weight.astype(np.float32), "weight"))
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
