"""PReLU (He et al. 2015, arXiv:1502.01852) by operators of the blocked layout."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, helper

from export.onnx_graph.graph import Graph


def replace_prelu(model: ModelProto) -> int:
    """Turn ``PRelu(x, a)`` into ``x + (1 - a) * Relu(-x)``: two depthwise 1x1 convolutions, a Relu and an Add.

    onnxruntime fuses the Relu into the first convolution and the Add into the second, which leaves two passes over
    the memory. Of all such sums this one suits every slope, also below 0 and above 1, and gives positive numbers
    back bit for bit.

    Only slopes (C, 1, 1), one a channel, are replaced: a single one does not say how many channels there are.
    """
    graph = Graph(model)
    changed = 0
    for prelu in graph.of_kind("PRelu"):
        slope = graph.constant(prelu.input[1])
        if slope is None or slope.dtype != np.float32 or slope.ndim not in (3, 4):
            continue
        if slope.size == 1 or slope.shape[-3] != slope.size:
            continue
        x, y = prelu.input[0], prelu.output[0]
        name = prelu.name or y
        shape = (slope.size, 1, 1, 1)
        minus = graph.add_constant(f"{name}_minus", np.full(shape, -1, np.float32))
        # computed in float64: 1 - a rounds once
        rest = graph.add_constant(f"{name}_rest", (1 - slope.astype(np.float64)).astype(np.float32).reshape(shape))
        graph.replace(
            prelu,
            [
                helper.make_node("Conv", [x, minus], [f"{name}_flip"], f"{name}_flip", group=slope.size),
                helper.make_node("Relu", [f"{name}_flip"], [f"{name}_relu"], f"{name}_relu"),
                helper.make_node("Conv", [f"{name}_relu", rest], [f"{name}_part"], f"{name}_part", group=slope.size),
                helper.make_node("Add", [f"{name}_part", x], [y], f"{name}_add"),
            ],
        )
        changed += 1
    graph.prune()
    return changed
