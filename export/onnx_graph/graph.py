"""Look-ups in an ONNX graph that stay right while it is edited."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper


class Graph:
    """A model's graph: who reads and writes a tensor, which tensors are constant, and edits of nodes."""

    def __init__(self, model: ModelProto) -> None:
        self.model = model
        self.graph = model.graph

    def of_kind(self, kind: str) -> list[NodeProto]:
        """Return all nodes of an operator, in order."""
        return [node for node in self.graph.node if node.op_type == kind]

    def users(self, tensor: str) -> list[NodeProto]:
        """Return the nodes that read a tensor, each once."""
        return [node for node in self.graph.node if tensor in node.input]

    def producer(self, tensor: str) -> NodeProto | None:
        """Return the node that writes a tensor; None for an input or a constant."""
        return next((node for node in self.graph.node if tensor in node.output), None)

    def is_output(self, tensor: str) -> bool:
        """Return whether the tensor is a result of the whole graph."""
        return any(output.name == tensor for output in self.graph.output)

    def constant(self, name: str) -> NDArray[np.float32] | None:
        """Return the initializer of that name; None for a tensor that is computed or fed."""
        for initializer in self.graph.initializer:
            if initializer.name == name:
                return numpy_helper.to_array(initializer)  # type: ignore[return-value]
        return None

    def shapes(self) -> dict[str, list[int | None]]:
        """Return the shapes of all tensors that onnx can infer, None for a free side."""
        inferred = onnx.shape_inference.infer_shapes(self.model).graph
        return {
            value.name: [side.dim_value or None for side in value.type.tensor_type.shape.dim]
            for value in (*inferred.value_info, *inferred.input, *inferred.output)
            if value.type.tensor_type.HasField("shape")
        }

    def pad_amounts(self, pad: NodeProto) -> NDArray[np.int64] | None:
        """Return begins and ends over N, C, H, W of a constant zero Pad, None for another kind of padding."""
        if attribute(pad, "mode", b"constant") != b"constant":
            return None
        if len(pad.input) > 2 and pad.input[2]:
            value = self.constant(pad.input[2])
            if value is None or value.any():
                return None
        amounts = self.constant(pad.input[1])
        # opset 18 may name the axes that the amounts are for
        if amounts is None or len(amounts) != 8 or (amounts < 0).any() or any(pad.input[3:]):
            return None
        return amounts.astype(np.int64)

    def add_constant(self, name: str, array: NDArray[np.generic]) -> str:
        """Add an initializer; gives its name back."""
        self.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def replace(self, node: NodeProto, nodes: Iterable[NodeProto]) -> None:
        """Put nodes in the place of one."""
        index = list(self.graph.node).index(node)
        self.graph.node.remove(node)
        for offset, new in enumerate(nodes):
            self.graph.node.insert(index + offset, new)

    def remove(self, nodes: Iterable[NodeProto]) -> None:
        """Take nodes out; what they wrote must not be read any more."""
        for node in nodes:
            self.graph.node.remove(node)

    def prune(self) -> None:
        """Drop constants that nothing reads."""
        used = {name for node in self.graph.node for name in node.input} | {item.name for item in self.graph.output}
        for initializer in [item for item in self.graph.initializer if item.name not in used]:
            self.graph.initializer.remove(initializer)


def attribute(node: NodeProto, name: str, default: object) -> object:
    """Return an attribute's value, or the default that the operator gives it."""
    for item in node.attribute:
        if item.name == name:
            return helper.get_attribute_value(item)
    return default


def set_attribute(node: NodeProto, name: str, value: object) -> None:
    """Write an attribute, in place of what it was."""
    for item in [item for item in node.attribute if item.name == name]:
        node.attribute.remove(item)
    node.attribute.append(helper.make_attribute(name, value))
