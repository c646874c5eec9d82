"""What a graph costs in onnxruntime's blocked layout, counted: for processors that are not at hand.

The rules are those of onnxruntime's NCHWc transformer (``core/optimizer/nchwc_transformer.cc``): a convolution stays in
the layout if its input channels fill blocks or are fewer than one block, and those of a depthwise one fill blocks; its
output channels are rounded up to blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import ModelProto, NodeProto

from export.onnx_graph.graph import Graph, attribute

FOLLOWERS = (
    "Relu",
    "LeakyRelu",
    "Sigmoid",
    "Clip",
    "Add",
    "Mul",
    "Concat",
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
)
"""Operators that stay in the layout where their inputs are in it."""


@dataclass(frozen=True, slots=True)
class GraphCost:
    """Counted cost of one run.

    Attributes:
        nodes: number of nodes that compute; each costs some microseconds, however small its tensor.
        multiply_adds: of the convolutions, as the graph asks for them.
        padded: the same with channels rounded up to blocks, as the kernels compute them.
        outside: number of convolutions that fall out of the layout.
        reorders: number of tensors that pass from one layout to the other.
    """

    nodes: int
    multiply_adds: int
    padded: int
    outside: int
    reorders: int


def graph_cost(model: ModelProto, block: int, sides: tuple[int, int] = (256, 256)) -> GraphCost:
    """Count what a graph costs on processors with this channel block.

    Args:
        model: a model with float32 kernels.
        block: channels in a block of the layout.
        sides: height and width of the input where the model leaves them open.
    """
    graph = Graph(_of_size(model, sides))
    shapes = graph.shapes()
    blocked: set[str] = set()
    asked = padded = outside = nodes = 0
    crossings: set[tuple[str, bool]] = set()
    for node in graph.graph.node:
        if node.op_type in ("Constant", "Cast") and not set(node.input) & set(shapes):
            continue
        nodes += 1
        data = [name for name in node.input if name in shapes and graph.constant(name) is None]
        inside = False
        if node.op_type == "Conv":
            work, rounded, inside = _convolution(graph, node, shapes[node.output[0]], block)
            asked, padded, outside = asked + work, padded + rounded, outside + (not inside)
        elif node.op_type in FOLLOWERS:
            inside = bool(data) and all(name in blocked for name in data)
        for name in data:
            plain_rgb = node.op_type == "Conv" and inside and (shapes[name][1] or 0) < block
            if (name in blocked) != inside and not plain_rgb:
                crossings.add((name, inside))
        blocked |= set(node.output) if inside else set()
    return GraphCost(nodes, asked, padded, outside, len(crossings))


def _of_size(model: ModelProto, sides: tuple[int, int]) -> ModelProto:
    """Return a copy with an input (1, H, W, 3) of these sides, where they are open."""
    copy = ModelProto()
    copy.CopyFrom(model)
    _, *free, _ = copy.graph.input[0].type.tensor_type.shape.dim
    for side, value in zip(free, sides, strict=True):
        if not side.dim_value:
            side.dim_value = value
    del copy.graph.value_info[:]
    return copy


def _convolution(graph: Graph, node: NodeProto, shape: list[int | None], block: int) -> tuple[int, int, bool]:
    """Return multiply-adds as asked for, with whole blocks, and whether the convolution stays in the layout."""
    kernel = graph.constant(node.input[1])
    assert kernel is not None
    outputs, inputs = kernel.shape[:2]
    pixels = int(np.prod([side or 1 for side in shape[2:]]))
    work = pixels * int(kernel.size)
    groups = attribute(node, "group", 1)
    assert isinstance(groups, int)
    if groups > 1:
        inside = inputs == 1 and outputs == groups and outputs % block == 0
        return work, work, inside
    inside = inputs < block or inputs % block == 0
    return work, work // outputs * (-(-outputs // block) * block) if inside else work, inside
