"""The image as it lies in memory, pixel by pixel, read by the first convolution without a transposition."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, NodeProto, helper

from export.onnx_graph.graph import Graph, attribute, set_attribute

ELEMENTWISE = ("Cast", "Sub", "Add", "Mul", "Div")


def fold_transpose(model: ModelProto) -> int:
    """Turn a convolution of ``Transpose(image)`` into one of the image viewed as (N, 1, H, W * C).

    A row of pixels is a row of W * C numbers, in which a kernel of C planes and ``w`` columns is a single plane of
    ``w * C`` columns that moves by C at a time. Same products, same sums; the Transpose, which is slower than the
    arithmetic of a small network's first convolution allows, is gone. Between the two may stand elementwise
    operators whose other operand is a single constant.
    """
    graph = Graph(model)
    shapes = graph.shapes()
    changed = 0
    for transpose in graph.of_kind("Transpose"):
        channels = (shapes.get(transpose.input[0]) or [None])[-1]
        if list(attribute(transpose, "perm", [])) != [0, 3, 1, 2] or channels is None:  # type: ignore[call-overload]
            continue
        chain = _elementwise_chain(graph, transpose)
        if chain is None:
            continue
        *between, conv = chain
        weight = graph.constant(conv.input[1])
        if weight is None or weight.ndim != 4 or weight.shape[1] != channels or not _is_plain(conv):
            continue
        outputs, _, height, width = weight.shape
        name = transpose.name or transpose.output[0]
        # 0 copies a side: the batch stays a named one, and onnxruntime can add in place
        rows = graph.add_constant(f"{name}_rows", np.array([0, 0, -1], np.int64))
        plane = graph.add_constant(f"{name}_plane", np.array([1], np.int64))
        rewritten = weight.transpose(0, 2, 3, 1).reshape(outputs, 1, height, width * channels)
        conv.input[1] = graph.add_constant(f"{name}_weight", rewritten)
        set_attribute(conv, "kernel_shape", [height, width * channels])
        strides, pads = attribute(conv, "strides", [1, 1]), attribute(conv, "pads", [0, 0, 0, 0])
        set_attribute(conv, "strides", _times(strides, [1, channels]))
        set_attribute(conv, "pads", _times(pads, [1, channels] * 2))
        new = [
            helper.make_node("Reshape", [transpose.input[0], rows], [f"{name}_flat"], f"{name}_flat"),
            helper.make_node("Unsqueeze", [f"{name}_flat", plane], [transpose.output[0]], f"{name}_unsqueezed"),
        ]
        graph.replace(transpose, new)
        _forget_shapes(model, [node.output[0] for node in (transpose, *between)])
        changed += 1
    graph.prune()
    return changed


def _elementwise_chain(graph: Graph, transpose: NodeProto) -> list[NodeProto] | None:
    """Return the elementwise operators behind a Transpose and the convolution that ends them, each the only reader."""
    chain: list[NodeProto] = []
    tensor = transpose.output[0]
    while True:
        users = graph.users(tensor)
        if len(users) != 1 or graph.is_output(tensor):
            return None
        [node] = users
        if node.op_type == "Conv":
            return [*chain, node] if node.input[0] == tensor and tensor not in node.input[1:] else None
        if node.op_type not in ELEMENTWISE:
            return None
        others = [graph.constant(name) for name in node.input if name != tensor]
        if any(other is None or other.size != 1 for other in others):
            return None
        chain.append(node)
        tensor = node.output[0]


def _is_plain(conv: NodeProto) -> bool:
    """Return whether it has no groups, no dilation and explicit padding."""
    return (
        attribute(conv, "group", 1) == 1
        and list(attribute(conv, "dilations", [1, 1])) == [1, 1]  # type: ignore[call-overload]
        and attribute(conv, "auto_pad", b"NOTSET") == b"NOTSET"
    )


def _times(values: object, factors: list[int]) -> list[int]:
    return [int(value) * factor for value, factor in zip(values, factors, strict=True)]  # type: ignore[call-overload]


def _forget_shapes(model: ModelProto, tensors: list[str]) -> None:
    """Drop recorded shapes of tensors that have another one now."""
    for value in [item for item in model.graph.value_info if item.name in tensors]:
        model.graph.value_info.remove(value)
