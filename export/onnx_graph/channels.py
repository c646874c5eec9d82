"""Channel counts: rounded up to the blocks of onnxruntime's layout, and grown without a Pad."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper

from export.onnx_graph.graph import Graph, attribute
from runtime.engine import WIDE_BLOCK

SAME_CHANNELS = ("Relu", "PRelu", "MaxPool", "AveragePool", "Add")
"""Operators that keep the number of channels, and give zeros for channels of zeros."""


def align_channels(model: ModelProto, block: int = WIDE_BLOCK) -> int:
    """Fill incomplete blocks of channels with channels that are always zero: kernels with rows and columns of zeros.

    Tensors that must have the same number of channels (a sum's, a depthwise convolution's) are rounded up together,
    and only if nothing sees it: not where a result, a layout or an operator unknown here depends on the number.

    Args:
        model: the model, edited in place.
        block: channels in a block of onnxruntime's NCHWc kernels; other counts fall out of that layout.

    Returns:
        how many convolutions, slopes and paddings were changed.
    """
    graph = Graph(model)
    channels = {name: shape[1] for name, shape in graph.shapes().items() if len(shape) == 4 and shape[1]}
    roundable = _roundable(graph, channels)
    counts = {name: _round_up(channels[name], block) if name in roundable else channels[name] for name in channels}
    grown = {name for name in roundable if counts[name] != channels[name]}
    changed = 0
    for node in list(graph.graph.node):
        if not node.input or not {node.input[0], node.output[0]} & grown:
            continue
        source, target = node.input[0], node.output[0]
        if node.op_type == "Conv":
            group = counts[target] if _is_depthwise(graph, node) else 1
            _extend(graph, node, 1, (counts[target], counts[source] // group))
            if len(node.input) > 2 and node.input[2]:
                _extend(graph, node, 2, (counts[target],))
            if group > 1:
                [item] = [item for item in node.attribute if item.name == "group"]
                item.i = group
        elif node.op_type == "PRelu":
            _extend(graph, node, 1, (counts[target],))
        elif node.op_type == "Pad":
            _pad_by(graph, node, counts[target] - counts[source])
        else:
            continue
        changed += 1
    for value in [value for value in graph.graph.value_info if value.name in grown]:
        graph.graph.value_info.remove(value)
    graph.prune()
    return changed


def _roundable(graph: Graph, channels: dict[str, int]) -> set[str]:
    """Return the tensors whose channels may be rounded up: groups without a member that fixes their number."""
    group = {name: name for name in channels}

    def find(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    written = {name for node in graph.graph.node for name in node.output}
    fixed = {name for name in channels if name not in written or graph.is_output(name)}
    for node in graph.graph.node:
        tied, free = _roles(graph, node, channels)
        fixed |= {name for name in (*node.input, *node.output) if name in channels} - set(tied) - set(free)
        for first, second in itertools.pairwise(tied):
            group[find(first)] = find(second)
    blocked = {find(name) for name in fixed}
    return {name for name in channels if find(name) not in blocked}


def _roles(graph: Graph, node: NodeProto, channels: dict[str, int]) -> tuple[list[str], list[str]]:
    """Return a node's tensors that are rounded up together or not at all, and those that are free."""
    if any(name not in channels for name in node.output):
        return [], []
    source, target = (node.input[0] if node.input else ""), node.output[0]
    if source not in channels:
        return [], []
    if node.op_type == "Conv":
        parameters = [graph.constant(name) for name in node.input[1:] if name]
        if any(item is None or item.dtype != np.float32 for item in parameters) or _is_shared(graph, node):
            return [], []
        if _is_depthwise(graph, node):
            return [source, target], []
        return ([], [source, target]) if attribute(node, "group", 1) == 1 else ([], [])
    if node.op_type == "PRelu":
        slope = graph.constant(node.input[1])
        fits = slope is not None and slope.ndim == 3 and slope.shape == (channels[source], 1, 1)
        return ([source, target], []) if fits and not _is_shared(graph, node) else ([], [])
    if node.op_type == "Pad":
        amounts = graph.pad_amounts(node)
        fits = amounts is not None and not np.delete(amounts, 5).any() and not _is_shared(graph, node)
        return ([source, target], []) if fits else ([], [])
    if node.op_type in SAME_CHANNELS and len(node.output) == 1:
        inputs = [name for name in node.input if name]
        same = all(channels.get(name) == channels[target] for name in inputs)
        return ([*inputs, target], []) if same else ([], [])
    return [], []


def _is_depthwise(graph: Graph, conv: NodeProto) -> bool:
    """Return whether each group has one input and one output."""
    weight = graph.constant(conv.input[1])
    return (
        weight is not None and weight.shape[1] == 1 and len(weight) > 1 and attribute(conv, "group", 1) == len(weight)
    )


def _is_shared(graph: Graph, node: NodeProto) -> bool:
    """Return whether another node reads one of this one's constants."""
    return any(len(graph.users(name)) > 1 for name in node.input[1:] if name and graph.constant(name) is not None)


def _round_up(channels: int, block: int) -> int:
    return -(-channels // block) * block


def _extend(graph: Graph, node: NodeProto, index: int, lengths: tuple[int, ...]) -> None:
    """Append zeros to a node's constant along the leading axes until they have these lengths."""
    [initializer] = [item for item in graph.graph.initializer if item.name == node.input[index]]
    array = numpy_helper.to_array(initializer)
    extra = [(0, length - size) for length, size in zip(lengths, array.shape, strict=False)]
    extended = np.pad(array, extra + [(0, 0)] * (array.ndim - len(extra)))
    initializer.CopyFrom(numpy_helper.from_array(extended, initializer.name))


def _pad_by(graph: Graph, pad: NodeProto, growth: int) -> None:
    """Append so many channels; none at all removes the Pad."""
    if growth:
        [initializer] = [item for item in graph.graph.initializer if item.name == pad.input[1]]
        amounts: NDArray[np.int64] = numpy_helper.to_array(initializer).copy()  # type: ignore[assignment]
        amounts[5] = growth
        initializer.CopyFrom(numpy_helper.from_array(amounts, initializer.name))
        return
    for user in graph.users(pad.output[0]):
        user.input[:] = [pad.input[0] if name == pad.output[0] else name for name in user.input]
    graph.remove([pad])


def grow_channels(model: ModelProto) -> int:
    """Turn ``Add(Pad(x), Conv(y))``, x padded by zero channels, into ``Concat(Add(x, Conv'(y)), Conv''(y))``.

    The convolution is split by output channels: those that meet x, and those that only met zeros. No
    multiplication is added. A Relu of the sum is done before the halves are joined, where it can be fused.
    """
    graph = Graph(model)
    changed = 0
    for pad in graph.of_kind("Pad"):
        amounts = graph.pad_amounts(pad)
        users = graph.users(pad.output[0])
        if amounts is None or np.delete(amounts, 5).any() or len(users) != 1 or users[0].op_type != "Add":
            continue
        add = users[0]
        other = add.input[1] if add.input[0] == pad.output[0] else add.input[0]
        conv = graph.producer(other)
        if conv is None or conv.op_type != "Conv" or len(graph.users(other)) != 1 or attribute(conv, "group", 1) != 1:
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
        new = [low, high, helper.make_node("Add", [low.output[0], pad.input[0]], [f"{name}_sum"], f"{name}_sum")]
        halves, result = [f"{name}_sum", high.output[0]], add.output[0]
        users = graph.users(result)
        if len(users) == 1 and users[0].op_type == "Relu" and not graph.is_output(result):
            new += [helper.make_node("Relu", [half], [f"{half}_relu"], f"{half}_relu") for half in halves]
            halves, result = [f"{half}_relu" for half in halves], users[0].output[0]
            graph.remove(users)
        new.append(helper.make_node("Concat", halves, [result], f"{name}_join", axis=1))
        graph.replace(add, new)
        graph.remove([pad, conv])
        changed += 1
    graph.prune()
    return changed
