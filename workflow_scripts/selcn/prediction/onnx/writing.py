"""Graphs written as ONNX models."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
import torch
from onnxscript import optimizer
from torch import Tensor, nn

from selcn.prediction.onnx.precision import store_weights
from selcn.storage.artifacts import replacing

# Of the default ONNX domain alone, and low enough for every runtime of the last three years.
OPSET = 18
# Of a model with its weights in one file, in bytes: a limit of the format.
_LARGEST = 2**31


def write_onnx(
    graphs: Mapping[Path, nn.Module], inputs: Mapping[str, Tensor], outputs: Sequence[str], precision: str
) -> None:
    """Write graphs that differ in their weights alone as ONNX models whose batch size is free, each in one file.

    Parameters
    ----------
    graphs
        By the file to write, in evaluation mode.
    inputs
        Examples of the inputs by name, in the order of the graphs' arguments; two images each.
    outputs
        Names of the outputs.
    precision
        How weights are stored; see `selcn.prediction.onnx.precision`.

    Raises
    ------
    ValueError
        A file would be larger than ONNX allows.
    """
    for target, graph in graphs.items():
        check_size(graph, target.name)
    # Tracing takes most of the time, and its result has every weight by its name.
    program = traced(next(iter(graphs.values())), inputs, outputs)
    for target, graph in graphs.items():
        weights = graph.state_dict()
        # torch leaves out what no output depends on, such as batch norm's counters.
        program.apply_weights({name: weights[name] for name in program.model.graph.initializers if name in weights})
        model = optimizer.optimize(program.model_proto)
        without_traces(model)
        store_weights(model, precision)
        onnx.checker.check_model(model)
        with replacing(target) as temporary:
            onnx.save(model, temporary)


def check_size(graph: nn.Module, name: str) -> None:
    """Refuse a graph that would be larger than ONNX allows; `name` is the file's.

    Raises
    ------
    ValueError
        Says by how much.
    """
    size = sum(weights.nbytes for weights in graph.state_dict().values())
    if size >= _LARGEST:
        raise ValueError(
            f"{name}: the networks have {size / 1e9:.1f} GB of weights, and an ONNX model may have 2.1 GB; train the "
            "cell with fewer seeds, or predict with the library alone"
        )


def traced(graph: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> torch.onnx.ONNXProgram:
    """Return a graph as torch exports it."""
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings(), torch.no_grad():
        # torch warns of its own internals.
        warnings.simplefilter("ignore")
        return torch.onnx.export(
            graph.eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=tuple({0: batch} for _ in inputs),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
            optimize=False,
        )


def without_traces(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of its own run, such as the paths of the code that it traced."""
    graph = model.graph
    for each in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        each.ClearField("metadata_props")
        each.ClearField("doc_string")
