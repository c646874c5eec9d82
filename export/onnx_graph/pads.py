"""Zero padding as an operator of its own: moved into the convolutions behind it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto

from export.onnx_graph.graph import Graph, attribute, set_attribute


def fold_pads(model: ModelProto) -> int:
    """Fold zero padding of height and width into the (asymmetric) ``pads`` of the convolutions behind it."""
    graph = Graph(model)
    changed = 0
    for pad in graph.of_kind("Pad"):
        amounts = graph.pad_amounts(pad)
        users = graph.users(pad.output[0])
        if amounts is None or amounts[[0, 1, 4, 5]].any() or graph.is_output(pad.output[0]):
            continue
        if not all(_takes_pads(user, pad.output[0]) for user in users):
            continue
        for conv in users:
            _add_pads(conv, amounts)
            conv.input[0] = pad.input[0]
        graph.remove([pad])
        changed += len(users)
    graph.prune()
    return changed


def _takes_pads(node: NodeProto, tensor: str) -> bool:
    """Return whether it is a convolution of ``tensor`` with explicit padding."""
    if node.op_type != "Conv" or node.input[0] != tensor or tensor in node.input[1:]:
        return False
    return attribute(node, "auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")


def _add_pads(conv: NodeProto, amounts: NDArray[np.int64]) -> None:
    pads = np.array(attribute(conv, "pads", [0, 0, 0, 0])) + amounts[[2, 3, 6, 7]]
    set_attribute(conv, "auto_pad", "NOTSET")
    set_attribute(conv, "pads", [int(value) for value in pads])
