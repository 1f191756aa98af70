"""Weights of ONNX models in fewer bits: the files become smaller, and all is computed in single precision as before.

`onnxruntime.quantization` also computes in integers, and cannot store the weights of convolutions alone in fewer bits.
The operators Cast and Mul, which restore the weights here, are in every runtime, which applies them once, when it loads
the model.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

FULL = "float32"
PRECISIONS = (FULL, "float16", "int8")
"""How weights can be stored."""

# Operators whose second input may be a network's weights.
_WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_LARGEST = 127


def check_precision(precision: str) -> None:
    """Refuse a precision that is none of `PRECISIONS`.

    Raises
    ------
    ValueError
        Names those that are.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"bundle.precision is {precision!r}; expected one of {', '.join(PRECISIONS)}")


def store_weights(model: onnx.ModelProto, precision: str) -> None:
    """Store a model's weights in another precision; biases and statistics, which are few, stay as they are.

    Parameters
    ----------
    model
        Changed in place.
    precision
        One of `PRECISIONS`. In int8 each output channel of a convolution has a scale of its own.

    """
    if precision == "float32":
        return
    graph = model.graph
    weights = {node.input[1] for node in graph.node if node.op_type in _WEIGHTED}
    kept = [tensor for tensor in graph.initializer if tensor.name not in weights]
    nodes = []
    for tensor in graph.initializer:
        if tensor.name in weights:
            smaller, restoring = _in_half(tensor) if precision == "float16" else _in_bytes(tensor)
            kept.extend(smaller)
            nodes.extend(restoring)
    nodes.extend(graph.node)
    graph.CopyFrom(helper.make_graph(nodes, graph.name, graph.input, graph.output, kept))


def _in_half(tensor: onnx.TensorProto) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    half = numpy_helper.to_array(tensor).astype(np.float16)
    name = f"{tensor.name}.float16"
    return [numpy_helper.from_array(half, name)], [_cast(name, tensor.name)]


def _in_bytes(tensor: onnx.TensorProto) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    values = numpy_helper.to_array(tensor)
    highest = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
    scale = (np.where(highest > 0, highest, 1) / _LARGEST).astype(np.float32)
    names = [f"{tensor.name}.{part}" for part in ("int8", "scale", "float32")]
    stored = np.rint(values / scale).astype(np.int8)
    smaller = [numpy_helper.from_array(stored, names[0]), numpy_helper.from_array(scale, names[1])]
    return smaller, [_cast(names[0], names[2]), helper.make_node("Mul", [names[2], names[1]], [tensor.name])]


def _cast(source: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], to=onnx.TensorProto.FLOAT)
