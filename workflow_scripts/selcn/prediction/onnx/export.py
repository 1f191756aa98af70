"""The ONNX models of a bundle, and the script that runs them."""

import inspect
import shutil
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from selcn.data.hair.removal import METHODS
from selcn.design.trained_networks import ALL_FOLDS
from selcn.prediction.bundle import Bundle
from selcn.prediction.networks import lesion_networks, segmentation_networks, symmetry_networks
from selcn.prediction.onnx import predict
from selcn.prediction.onnx.graphs import LesionGraph, SegmentationGraph, SymmetryGraph, UnlikeGraph
from selcn.prediction.onnx.precision import FULL, check_precision
from selcn.prediction.onnx.writing import OPSET, write_onnx
from selcn.prediction.unlike import Unlike
from selcn.storage.artifacts import replacing
from selcn.training.images import CPU


def export_onnx(bundle: Bundle, precision: str) -> dict[str, Any]:
    """Write a bundle's networks as ONNX models, and the script that runs them, into its folder.

    Parameters
    ----------
    bundle
        Its weights are read; its checksums need not be written yet.
    precision
        How weights are stored; see `selcn.prediction.onnx.precision.PRECISIONS`.

    Returns
    -------
    dict
        What the metadata says of the models, its entry `onnx`: precision, opset, and the files by stage and fold.

    Raises
    ------
    ValueError
        The precision is unknown, or a model would be larger than ONNX allows.
    """
    check_precision(precision)
    size = bundle.metadata["pack"]["size"]
    # Two images, as torch takes a dimension of 1 for one that is always 1.
    images = {"images": torch.zeros(2, size, size, 3, dtype=torch.uint8)}
    masked = images | {"masks": torch.ones(2, size, size, dtype=torch.uint8)}
    masks, maps = segmentation_graphs(bundle, size), symmetry_graphs(bundle, size)
    lesion = LesionGraph(lesion_networks(bundle, CPU), bundle.input_of("lesion"), size)
    cams = example_cams(maps, masked) if bundle.metadata["lesion"]["takes_cams"] else {}
    files: dict[str, Any] = {
        "segmentation": {str(fold): f"onnx/segmentation-{fold}.onnx" for fold in masks},
        "symmetry": {str(fold): f"onnx/symmetry-{fold}.onnx" for fold in maps},
        "lesion": "onnx/lesion.onnx",
    }

    def write(names: Iterable[str], graphs: Iterable[nn.Module], inputs: Mapping[str, Tensor], *outputs: str) -> None:
        write_onnx(dict(zip(map(bundle.path, names), graphs, strict=True)), inputs, outputs, precision)

    write(files["segmentation"].values(), masks.values(), images, "masks")
    write(files["symmetry"].values(), maps.values(), masked, "probabilities", "cams", "empty")
    write([files["lesion"]], [lesion], masked | cams, "networks", "lesion_cams")
    files["unlike"] = "onnx/unlike.onnx"
    # The threshold was chosen in full precision; bytes would change scores by up to a quarter.
    write_onnx({bundle.path(files["unlike"]): unlike_graph(bundle, size)}, images, ["scores"], FULL)
    copy_script(bundle)
    return {"precision": precision, "opset": OPSET, "files": files}


def segmentation_graphs(bundle: Bundle, size: int) -> dict[int, nn.Module]:
    """Return the graph of each fold, or that of all networks together where they are averaged."""
    part, networks = bundle.metadata["segmentation"], segmentation_networks(bundle, CPU)
    together = {ALL_FOLDS: [*networks.values()]} if part["averaged"] else {fold: [networks[fold]] for fold in networks}
    settings = bundle.input_of("segmentation")
    return {fold: SegmentationGraph(members, settings, size, part["flips"]) for fold, members in together.items()}


def symmetry_graphs(bundle: Bundle, size: int) -> dict[int, nn.Module]:
    """Return the graph of each fold."""
    settings, networks = bundle.input_of("symmetry"), symmetry_networks(bundle, CPU)
    return {fold: SymmetryGraph(network, settings, size) for fold, network in networks.items()}


def unlike_graph(bundle: Bundle, size: int) -> nn.Module:
    """Return the graph of the score of images unlike the training data."""
    unlike = Unlike.open(bundle, CPU)
    return UnlikeGraph(unlike.score, unlike.settings, size)


def example_cams(graphs: Mapping[int, nn.Module], inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the CAMs that symmetry graphs make of their example, by the name of the lesion graph's input."""
    with torch.no_grad():
        return {"cams": next(iter(graphs.values()))(**inputs)[1]}


def copy_script(bundle: Bundle) -> None:
    """Copy predict.py into a bundle, and beside it the module that finds hair by the bundle's method."""
    method = inspect.getfile(METHODS[bundle.metadata["hair"]["method"]])
    for source, name in ((predict.__file__, "predict.py"), (method, "hair_mask.py")):
        with replacing(bundle.path(name)) as temporary:
            shutil.copyfile(source, temporary)
