"""Graphs written as ONNX models."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from selcn.prediction.onnx.precision import store_weights
from selcn.storage.artifacts import replacing

# Of the default ONNX domain alone, and low enough for every runtime of the last three years.
OPSET = 18
# Of a model with its weights in one file, in bytes: a limit of the format.
_LARGEST = 2**31


def write_onnx(
    graph: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str], precision: str, target: Path
) -> None:
    """Write a graph as an ONNX model in one file; see `to_onnx` and `selcn.prediction.onnx.precision.store_weights`.

    Raises
    ------
    ValueError
        The file would be larger than ONNX allows.
    """
    size = sum(weights.nbytes for weights in graph.state_dict().values())
    if size >= _LARGEST:
        raise ValueError(
            f"{target.name}: the networks have {size / 1e9:.1f} GB of weights, and an ONNX model may have 2.1 GB; "
            "train the cell with fewer seeds, or predict with the library alone"
        )
    model = to_onnx(graph, inputs, outputs)
    store_weights(model, precision)
    onnx.checker.check_model(model)
    with replacing(target) as temporary:
        onnx.save(model, temporary)


def to_onnx(graph: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> onnx.ModelProto:
    """Return a graph as an ONNX model whose batch size is free.

    Parameters
    ----------
    graph
        In evaluation mode.
    inputs
        Examples of the inputs by name, in the order of the graph's arguments; two images each.
    outputs
        Names of the outputs.
    """
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings(), torch.no_grad():
        # torch warns of its own internals.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph.eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=tuple({0: batch} for _ in inputs),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    model = program.model_proto
    without_traces(model)
    return model


def without_traces(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of its own run, such as the paths of the code that it traced."""
    graph = model.graph
    for each in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        each.ClearField("metadata_props")
        each.ClearField("doc_string")
