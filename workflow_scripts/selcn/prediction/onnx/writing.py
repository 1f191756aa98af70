"""Graphs written as ONNX models."""

import logging
import warnings
from collections.abc import Mapping, Sequence

import onnx
import torch
from torch import Tensor, nn

# Of the default ONNX domain alone, and low enough for every runtime of the last three years.
OPSET = 18


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
    onnx.checker.check_model(model)
    return model


def without_traces(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of its own run, such as the paths of the code that it traced."""
    graph = model.graph
    for each in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        each.ClearField("metadata_props")
        each.ClearField("doc_string")
