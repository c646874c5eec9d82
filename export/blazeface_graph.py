"""BlazeFace as an ONNX graph, written operator by operator from the TensorFlow Lite original.

The arithmetic is the original's; only its form changes to what onnxruntime runs in its blocked layout:
zero padding lives in the convolutions, and channel counts are rounded up with channels that are always zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.tflite_file import Operator, TfliteGraph

OPSET = 17
IR_VERSION = 8
# Widest channel block of onnxruntime's NCHWc kernels (AVX-512, ARM64); other counts fall out of that layout.
CHANNEL_BLOCK = 16
MID_GRAY = 127.5


def build_model(source: TfliteGraph, *, name: str, input_size: int | None) -> onnx.ModelProto:
    """Write BlazeFace with uint8 pixels in and the original's raw outputs.

    Input ``image``: uint8 (N, H, W, 3), BGR. Outputs: ``regressions`` float32 (N, A, 16), offsets from the
    anchor centres in input pixels (the second pair is width and height); ``logits`` float32 (N, A, 1), not
    clipped. The A anchors are in the original's order.

    Args:
        source: the graph as ``read_graph`` returns it.
        name: name of the ONNX graph.
        input_size: side of the square input, or None to leave it free (multiples of the largest stride).

    Raises:
        ValueError: the graph has an operator, or a use of one, that BlazeFace has not.
    """
    writer = _GraphWriter(source)
    regressions, logits = _outputs(source)
    for operator in source.operators:
        writer.add(operator)
    writer.rename({regressions: "regressions", logits: "logits"})
    height, width = ("height", "width") if input_size is None else (input_size, input_size)
    graph = helper.make_graph(
        writer.nodes,
        name,
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", height, width, 3])],
        [
            helper.make_tensor_value_info("regressions", TensorProto.FLOAT, ["batch", "anchors", 16]),
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "anchors", 1]),
        ],
        writer.initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="export.detector")
    model.ir_version = IR_VERSION
    return model


def _outputs(source: TfliteGraph) -> tuple[int, int]:
    by_width = {source.shapes[tensor][-1]: tensor for tensor in source.outputs}
    if set(by_width) != {16, 1}:
        raise ValueError(f"outputs have the widths {sorted(by_width)}; BlazeFace has 16 (regressions) and 1 (logits)")
    return by_width[16], by_width[1]


class _GraphWriter:
    """Translates operators in order, keeping each tensor's ONNX name and its rounded-up channel count."""

    def __init__(self, source: TfliteGraph) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._source = source
        self._names: dict[int, str] = {}
        self._channels: dict[int, int] = {}
        self._heads = {op.inputs[0] for op in source.operators if op.kind == "RESHAPE"}
        self._add_input(source.inputs[0])

    def add(self, operator: Operator) -> None:
        """Append the nodes of one operator."""
        if operator.relu:
            raise ValueError(f"{operator.kind} with a fused activation; BlazeFace has RELU operators of their own")
        writers = {
            "CONV_2D": self._add_convolution,
            "DEPTHWISE_CONV_2D": self._add_depthwise,
            "MAX_POOL_2D": self._add_max_pool,
            "PAD": self._add_channel_growth,
            "ADD": self._add_elementwise,
            "RELU": self._add_elementwise,
            "RESHAPE": self._add_head_reshape,
            "CONCATENATION": self._add_concatenation,
        }
        if operator.kind not in writers:
            raise ValueError(f"{operator.kind}: no such operator in BlazeFace; supported are {sorted(writers)}")
        writers[operator.kind](operator)

    def rename(self, names: dict[int, str]) -> None:
        """Give tensors their public names."""
        renamed = {self._names[tensor]: name for tensor, name in names.items()}
        for node in self.nodes:
            node.input[:] = [renamed.get(each, each) for each in node.input]
            node.output[:] = [renamed.get(each, each) for each in node.output]

    def _add_input(self, tensor: int) -> None:
        # Division by 127.5 is left to the first convolution's weights; the subtraction cannot go there,
        # as the zeros that the convolution pads with stand for mid-gray.
        self._node("Transpose", ["image"], "image_planes", perm=[0, 3, 1, 2])
        self._node("Cast", ["image_planes"], "image_float", to=TensorProto.FLOAT)
        mid_gray = self._constant("mid_gray", np.float32(MID_GRAY))
        self._node("Sub", ["image_float", mid_gray], "image_centred")
        self._names[tensor], self._channels[tensor] = "image_centred", 3

    def _add_convolution(self, operator: Operator) -> None:
        source, target = operator.inputs[0], operator.outputs[0]
        weights = self._weights(operator).transpose(0, 3, 1, 2)
        if source == self._source.inputs[0]:
            weights = weights[:, ::-1] / np.float32(MID_GRAY)  # BGR in, RGB in training
        # The heads' channels are results, so they keep their number.
        channels = weights.shape[0] if target in self._heads else _round_up(weights.shape[0])
        weights = _zero_extend(weights, (channels, self._channels[source]))
        self._add_conv_node(operator, weights, self._bias(operator, channels), group=1)

    def _add_depthwise(self, operator: Operator) -> None:
        weights = self._weights(operator).transpose(3, 0, 1, 2)
        if weights.shape[0] != self._source.shapes[operator.inputs[0]][3]:
            raise ValueError(f"DEPTHWISE_CONV_2D with weights {weights.shape}; BlazeFace keeps the channel count")
        channels = self._channels[operator.inputs[0]]
        weights = _zero_extend(weights, (channels, 1))
        self._add_conv_node(operator, weights, self._bias(operator, channels), group=channels)

    def _add_conv_node(
        self, operator: Operator, weights: NDArray[np.float32], bias: NDArray[np.float32], group: int
    ) -> None:
        target = self._name(operator.outputs[0], weights.shape[0])
        size = weights.shape[2]
        inputs = [
            self._names[operator.inputs[0]],
            self._constant(f"{target}_weights", weights),
            self._constant(f"{target}_bias", bias),
        ]
        self._node(
            "Conv", inputs, target, group=group, kernel_shape=[size, size],
            strides=[operator.stride] * 2, pads=_same_pads(size, operator),
        )  # fmt: skip

    def _add_max_pool(self, operator: Operator) -> None:
        source, size = operator.inputs[0], operator.pool_size
        target = self._name(operator.outputs[0], self._channels[source])
        self._node(
            "MaxPool", [self._names[source]], target, kernel_shape=[size, size],
            strides=[operator.stride] * 2, pads=_same_pads(size, operator),
        )  # fmt: skip

    def _add_channel_growth(self, operator: Operator) -> None:
        source, target = operator.inputs[0], operator.outputs[0]
        amounts = self._source.constants[operator.inputs[1]]
        if np.count_nonzero(amounts) != 1 or amounts[3, 1] <= 0:
            raise ValueError(f"PAD by {amounts.tolist()}; BlazeFace only appends channels with it")
        before, after = self._channels[source], _round_up(self._source.shapes[target][3])
        if before == after:
            # The new channels are among those that rounding up has already appended.
            self._names[target], self._channels[target] = self._names[source], after
            return
        # A 1x1 convolution by the identity stays in the blocked layout; Pad and Concat with zeros do not.
        name = self._name(target, after)
        weights = self._constant(f"{name}_weights", np.eye(after, before, dtype=np.float32)[:, :, None, None])
        self._node("Conv", [self._names[source], weights], name, kernel_shape=[1, 1])

    def _add_elementwise(self, operator: Operator) -> None:
        kind = {"ADD": "Add", "RELU": "Relu"}[operator.kind]
        target = self._name(operator.outputs[0], self._channels[operator.inputs[0]])
        self._node(kind, [self._names[tensor] for tensor in operator.inputs], target)

    def _add_head_reshape(self, operator: Operator) -> None:
        # (N, per cell x values, h, w) -> (N, h x w x per cell, values): by row, column, anchor of the cell.
        source, target = operator.inputs[0], operator.outputs[0]
        values = self._source.shapes[target][2]
        name = self._name(target, values)
        self._node("Transpose", [self._names[source]], f"{name}_last", perm=[0, 2, 3, 1])
        shape = self._constant(f"{name}_shape", np.array([0, -1, values], np.int64))
        self._node("Reshape", [f"{name}_last", shape], name)

    def _add_concatenation(self, operator: Operator) -> None:
        target = self._name(operator.outputs[0], self._channels[operator.inputs[0]])
        self._node("Concat", [self._names[tensor] for tensor in operator.inputs], target, axis=operator.axis)

    def _weights(self, operator: Operator) -> NDArray[np.float32]:
        return self._source.constants[operator.inputs[1]].astype(np.float32)

    def _bias(self, operator: Operator, channels: int) -> NDArray[np.float32]:
        return _zero_extend(self._source.constants[operator.inputs[2]].astype(np.float32), (channels,))

    def _name(self, tensor: int, channels: int) -> str:
        self._channels[tensor] = channels
        self._names[tensor] = f"t{tensor}"
        return self._names[tensor]

    def _constant(self, name: str, values: NDArray[np.generic] | np.float32) -> str:
        array = np.array(values)
        if array.dtype == np.float32:
            # Denormals cost many times a normal number's time and say nothing.
            array[np.abs(array) < np.finfo(np.float32).tiny] = 0
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))


def _round_up(channels: int) -> int:
    return -(-channels // CHANNEL_BLOCK) * CHANNEL_BLOCK


def _zero_extend(array: NDArray[np.float32], lengths: tuple[int, ...]) -> NDArray[np.float32]:
    """Append zeros along the leading axes until they have these lengths."""
    extra = [(0, length - size) for length, size in zip(lengths, array.shape, strict=False)]
    return np.pad(array, extra + [(0, 0)] * (array.ndim - len(extra)))


def _same_pads(size: int, operator: Operator) -> list[int]:
    """``pads`` (top, left, bottom, right) of TensorFlow's SAME for an input side divisible by the stride."""
    if not operator.same_padding:
        return [0] * 4
    before = max(size - operator.stride, 0) // 2
    # At stride 2 that is one row more at the end than is ever read. No value changes, but only with size - 1
    # in total does onnxruntime see that a block's two branches agree in shape, and fuse their sum.
    return [before] * 2 + [size - 1 - before] * 2
