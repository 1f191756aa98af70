"""The ONNX models of a bundle, and the script that runs them."""

import inspect
import shutil
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from selcn.data.hair.removal import METHODS
from selcn.design.trained_networks import ALL_FOLDS
from selcn.networks.settings import InputSettings
from selcn.networks.symmetry import SymmetryNetwork
from selcn.prediction.bundle import Bundle
from selcn.prediction.networks import lesion_networks, segmentation_networks, symmetry_networks
from selcn.prediction.onnx import predict
from selcn.prediction.onnx.graphs import LesionGraph, SegmentationGraph, SymmetryGraph
from selcn.prediction.onnx.precision import check_precision
from selcn.prediction.onnx.writing import OPSET, write_onnx
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
    examples = {
        "images": torch.zeros(2, size, size, 3, dtype=torch.uint8),
        "masks": torch.ones(2, size, size, dtype=torch.uint8),
    }
    symmetry = symmetry_networks(bundle, CPU)
    files: dict[str, Any] = {"segmentation": {}, "symmetry": {}}
    for fold, graph in segmentation_graphs(bundle, size):
        files["segmentation"][str(fold)] = f"onnx/segmentation-{fold}.onnx"
        target = bundle.path(files["segmentation"][str(fold)])
        write_onnx(graph, {"images": examples["images"]}, ["masks"], precision, target)
    for fold, network in symmetry.items():
        files["symmetry"][str(fold)] = f"onnx/symmetry-{fold}.onnx"
        graph = SymmetryGraph(network, input_of(bundle, "symmetry"), size)
        target = bundle.path(files["symmetry"][str(fold)])
        write_onnx(graph, examples, ["probabilities", "cams", "empty"], precision, target)
    files["lesion"] = "onnx/lesion.onnx"
    given = {"cams": example_cams(next(iter(symmetry.values())), input_of(bundle, "symmetry"))}
    graph = LesionGraph(lesion_networks(bundle, CPU), input_of(bundle, "lesion"), size)
    inputs = examples | (given if bundle.metadata["lesion"]["takes_cams"] else {})
    write_onnx(graph, inputs, ["networks", "lesion_cams", "features"], precision, bundle.path(files["lesion"]))
    copy_script(bundle)
    return {"precision": precision, "opset": OPSET, "files": files}


def segmentation_graphs(bundle: Bundle, size: int) -> Iterator[tuple[int, SegmentationGraph]]:
    """Yield the graph of each fold, or that of all networks together where they are averaged."""
    part, networks = bundle.metadata["segmentation"], segmentation_networks(bundle, CPU)
    together = {ALL_FOLDS: [*networks.values()]} if part["averaged"] else {fold: [networks[fold]] for fold in networks}
    for fold, members in together.items():
        yield fold, SegmentationGraph(members, input_of(bundle, "segmentation"), size, part["flips"])


def input_of(bundle: Bundle, stage: str) -> InputSettings:
    """Return the input settings of a stage's networks."""
    return InputSettings(**bundle.metadata[stage]["settings"]["input"])


def example_cams(network: SymmetryNetwork, settings: InputSettings) -> Tensor:
    """Return CAMs of two images, of the size of a symmetry network's, (2, h, w) float32."""
    with torch.no_grad():
        return network.features(torch.zeros(2, 3, settings.size, settings.size))[:, 0]


def copy_script(bundle: Bundle) -> None:
    """Copy predict.py into a bundle, and beside it the module that finds hair by the bundle's method."""
    method = inspect.getfile(METHODS[bundle.metadata["hair"]["method"]])
    for source, name in ((predict.__file__, "predict.py"), (method, "hair_mask.py")):
        with replacing(bundle.path(name)) as temporary:
            shutil.copyfile(source, temporary)
