"""Size of the networks: bytes, parameters and multiply-adds of the shipped files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import onnx
from onnx import numpy_helper

from runtime.engine import NARROW_BLOCK, WIDE_BLOCK, list_models, load_model


@dataclass(frozen=True, slots=True)
class Workload:
    """Size of one shipped network.

    Attributes:
        bytes: size of its file.
        parameters: number of the network's parameters in the manifest, without those that the export added.
        multiply_adds: multiply-adds of all convolutions and matrix products of the file for one input, including those
            that the exact rewrites added.
    """

    bytes: int
    parameters: int
    multiply_adds: int


def workloads() -> dict[str, Workload]:
    """Return the size of every shipped file, by its stem: a network's name, or that with its channel block."""
    found = {}
    for entry in list_models():
        for block in (WIDE_BLOCK, NARROW_BLOCK):
            file = load_model(entry.name, entry.role, block=block)
            found[file.path.stem] = Workload(len(file.content), entry.parameters, multiply_adds(file.content))
    return found


@lru_cache(maxsize=16)
def multiply_adds(content: bytes, side: int | None = None) -> int:
    """Count the multiply-adds of convolutions and matrix products of an ONNX file on one square input."""
    model = onnx.load_model_from_string(content)
    side = side or int({entry.key: entry.value for entry in model.metadata_props}["input_size"])
    for dimension, value in zip(model.graph.input[0].type.tensor_type.shape.dim, (1, side, side, 3), strict=True):
        dimension.dim_value = value
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    shapes = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in (*inferred.graph.value_info, *inferred.graph.output, *inferred.graph.input)
    }
    shapes |= {item.name: list(item.dims) for item in inferred.graph.initializer}
    shapes |= {
        node.output[0]: list(numpy_helper.to_array(node.attribute[0].t).shape)
        for node in inferred.graph.node
        if node.op_type == "Constant"
    }
    return sum(_of_node(node, shapes) for node in inferred.graph.node)


def _of_node(node: onnx.NodeProto, shapes: dict[str, list[int]]) -> int:
    if node.op_type == "Conv":
        # weights (outputs, inputs of the group, kernel height, kernel width), once for each output pixel
        return int(np.prod(shapes[node.output[0]]) * np.prod(shapes[node.input[1]][1:]))
    if node.op_type in ("Gemm", "MatMul"):
        transposed = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
        inner = shapes[node.input[0]][-2 if transposed else -1]
        return int(np.prod(shapes[node.output[0]]) * inner)
    return 0
