"""Exact rewrites of ONNX graphs, for speed: the same numbers, by operators that onnxruntime runs faster.

onnxruntime's CPU kernels keep activations in blocks of 16 channels (NCHWc). PRelu and Pad are not among the
operators that can; each one costs a reorder there and back. The passes here express them by convolutions,
Relu, Add and Concat, which can. Every pass edits the model in place, leaves alone what it does not know to be
equal, and returns how many places it changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper

Pass = Callable[[ModelProto], int]


def optimise(model: ModelProto) -> dict[str, int]:
    """Run every pass in order; gives the number of places each one changed."""
    passes: tuple[Pass, ...] = (fold_pads, grow_channels, replace_prelu, scrub_denormals)
    changed = {step.__name__: step(model) for step in passes}
    onnx.checker.check_model(model, full_check=True)
    return changed


def fold_pads(model: ModelProto) -> int:
    """Zero padding of height and width becomes the (asymmetric) ``pads`` of the convolution behind it."""
    graph = _Graph(model)
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


def grow_channels(model: ModelProto) -> int:
    """``Add(Pad(x), Conv(y))``, x padded by zero channels, becomes ``Concat(Add(x, Conv'(y)), Conv''(y))``.

    The convolution is split by output channels: those that meet x, and those that only met zeros. No
    multiplication is added.
    """
    graph = _Graph(model)
    changed = 0
    for pad in graph.of_kind("Pad"):
        amounts = graph.pad_amounts(pad)
        users = graph.users(pad.output[0])
        if amounts is None or np.delete(amounts, 5).any() or len(users) != 1 or users[0].op_type != "Add":
            continue
        add = users[0]
        other = add.input[1] if add.input[0] == pad.output[0] else add.input[0]
        conv = graph.producer(other)
        if conv is None or conv.op_type != "Conv" or len(graph.users(other)) != 1 or _attribute(conv, "group", 1) != 1:
            continue
        if graph.is_output(pad.output[0]) or graph.is_output(other):
            continue
        constants = [graph.constant(item) for item in conv.input[1:]]  # weight and, if there is one, bias
        if any(item is None for item in constants):
            continue
        growth = int(amounts[5])
        split = len(constants[0]) - growth  # type: ignore[arg-type]
        if growth == 0 or split < 1:
            continue
        name = add.name or add.output[0]
        parts = []
        for suffix, rows in (("low", slice(0, split)), ("high", slice(split, None))):
            part = NodeProto()
            part.CopyFrom(conv)
            part.name = f"{name}_{suffix}"
            part.output[0] = f"{name}_{suffix}_out"
            for index, item in enumerate(constants, start=1):
                part.input[index] = graph.add_constant(f"{name}_{suffix}_{index}", item[rows])  # type: ignore[index]
            parts.append(part)
        low, high = parts
        total = helper.make_node("Add", [low.output[0], pad.input[0]], [f"{name}_sum"], f"{name}_sum")
        join = helper.make_node("Concat", [f"{name}_sum", high.output[0]], [add.output[0]], f"{name}_join", axis=1)
        graph.replace(add, [low, high, total, join])
        graph.remove([pad, conv])
        changed += 1
    graph.prune()
    return changed


def replace_prelu(model: ModelProto) -> int:
    """``PRelu(x, a)`` becomes ``a * x + (1 - a) * Relu(x)``: two depthwise 1x1 convolutions and an Add.

    Only slopes (C, 1, 1), one a channel, are replaced: a single one does not say how many channels there are.
    """
    graph = _Graph(model)
    changed = 0
    for prelu in graph.of_kind("PRelu"):
        slope = graph.constant(prelu.input[1])
        if slope is None or slope.dtype != np.float32 or slope.ndim not in (3, 4):
            continue
        if slope.size == 1 or slope.shape[-3] != slope.size:
            continue
        slope = slope.reshape(-1)
        x, y = prelu.input[0], prelu.output[0]
        name = prelu.name or y
        shape = (len(slope), 1, 1, 1)
        linear = graph.add_constant(f"{name}_slope", slope.reshape(shape))
        # computed in float64: 1 - a rounds once
        rest = graph.add_constant(f"{name}_rest", (1 - slope.astype(np.float64)).astype(np.float32).reshape(shape))
        graph.replace(
            prelu,
            [
                helper.make_node("Relu", [x], [f"{name}_relu"], f"{name}_relu"),
                helper.make_node("Conv", [f"{name}_relu", rest], [f"{name}_pos"], f"{name}_pos", group=len(slope)),
                helper.make_node("Conv", [x, linear], [f"{name}_lin"], f"{name}_lin", group=len(slope)),
                helper.make_node("Add", [f"{name}_lin", f"{name}_pos"], [y], f"{name}_add"),
            ],
        )
        changed += 1
    graph.prune()
    return changed


def scrub_denormals(model: ModelProto) -> int:
    """Weights too small for a normal float32 become 0: processors compute with them a hundred times slower."""
    smallest = np.float32(np.finfo(np.float32).tiny).view(np.uint32)
    changed = 0
    for initializer in model.graph.initializer:
        array = numpy_helper.to_array(initializer)
        if array.dtype != np.float32:
            continue
        # by their bits: a processor told to flush denormals sees them as zeros already
        magnitude = array.view(np.uint32) & np.uint32(0x7FFFFFFF)
        if (denormal := (magnitude > 0) & (magnitude < smallest)).any():
            initializer.CopyFrom(numpy_helper.from_array(np.where(denormal, np.float32(0), array), initializer.name))
            changed += int(denormal.sum())
    return changed


class _Graph:
    """Look-ups in a graph that stay right while it is edited."""

    def __init__(self, model: ModelProto) -> None:
        self.graph = model.graph

    def of_kind(self, kind: str) -> list[NodeProto]:
        return [node for node in self.graph.node if node.op_type == kind]

    def users(self, tensor: str) -> list[NodeProto]:
        return [node for node in self.graph.node if tensor in node.input]

    def producer(self, tensor: str) -> NodeProto | None:
        return next((node for node in self.graph.node if tensor in node.output), None)

    def is_output(self, tensor: str) -> bool:
        return any(output.name == tensor for output in self.graph.output)

    def constant(self, name: str) -> NDArray[np.float32] | None:
        """The initializer of that name; None for a tensor that is computed or fed."""
        for initializer in self.graph.initializer:
            if initializer.name == name:
                return numpy_helper.to_array(initializer)  # type: ignore[return-value]
        return None

    def pad_amounts(self, pad: NodeProto) -> NDArray[np.int64] | None:
        """Begins and ends over N, C, H, W of a constant zero Pad, None for another kind of padding."""
        if _attribute(pad, "mode", b"constant") != b"constant":
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

    def add_constant(self, name: str, array: NDArray[np.float32]) -> str:
        self.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def replace(self, node: NodeProto, nodes: Iterable[NodeProto]) -> None:
        index = list(self.graph.node).index(node)
        self.graph.node.remove(node)
        for offset, new in enumerate(nodes):
            self.graph.node.insert(index + offset, new)

    def remove(self, nodes: Iterable[NodeProto]) -> None:
        for node in nodes:
            self.graph.node.remove(node)

    def prune(self) -> None:
        """Drop constants that nothing reads."""
        used = {name for node in self.graph.node for name in node.input}
        for initializer in [item for item in self.graph.initializer if item.name not in used]:
            self.graph.initializer.remove(initializer)


def _attribute(node: NodeProto, name: str, default: object) -> object:
    for attribute in node.attribute:
        if attribute.name == name:
            return helper.get_attribute_value(attribute)
    return default


def _takes_pads(node: NodeProto, tensor: str) -> bool:
    """Is it a convolution of ``tensor`` whose padding is written out?"""
    if node.op_type != "Conv" or node.input[0] != tensor or tensor in node.input[1:]:
        return False
    return _attribute(node, "auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")


def _add_pads(conv: NodeProto, amounts: NDArray[np.int64]) -> None:
    pads = np.array(_attribute(conv, "pads", [0, 0, 0, 0])) + amounts[[2, 3, 6, 7]]
    for attribute in [item for item in conv.attribute if item.name in ("pads", "auto_pad")]:
        conv.attribute.remove(attribute)
    conv.attribute.append(helper.make_attribute("pads", [int(value) for value in pads]))
