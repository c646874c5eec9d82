"""BlazeFace as an ONNX graph, written operator by operator from the TensorFlow Lite original.

The arithmetic and the channel counts are the original's; ``export.onnx_graph`` gives it the form that is fast.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.pretrained.tflite_file import Operator, TfliteGraph

OPSET = 17
IR_VERSION = 8
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
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="export.pretrained.blazeface"
    )
    model.ir_version = IR_VERSION
    return model


def _outputs(source: TfliteGraph) -> tuple[int, int]:
    by_width = {source.shapes[tensor][-1]: tensor for tensor in source.outputs}
    if set(by_width) != {16, 1}:
        raise ValueError(f"outputs have the widths {sorted(by_width)}; BlazeFace has 16 (regressions) and 1 (logits)")
    return by_width[16], by_width[1]


class _GraphWriter:
    """Translates operators in order, keeping each tensor's ONNX name."""

    def __init__(self, source: TfliteGraph) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._source = source
        self._names: dict[int, str] = {}
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
        self._names[tensor] = "image_centred"

    def _add_convolution(self, operator: Operator) -> None:
        weights = self._weights(operator).transpose(0, 3, 1, 2)
        if operator.inputs[0] == self._source.inputs[0]:
            weights = weights[:, ::-1] / np.float32(MID_GRAY)  # BGR in, RGB in training
        self._add_conv_node(operator, weights, group=1)

    def _add_depthwise(self, operator: Operator) -> None:
        weights = self._weights(operator).transpose(3, 0, 1, 2)
        if weights.shape[0] != self._source.shapes[operator.inputs[0]][3]:
            raise ValueError(f"DEPTHWISE_CONV_2D with weights {weights.shape}; BlazeFace keeps the channel count")
        self._add_conv_node(operator, weights, group=len(weights))

    def _add_conv_node(self, operator: Operator, weights: NDArray[np.float32], group: int) -> None:
        target = self._name(operator.outputs[0])
        size = weights.shape[2]
        inputs = [
            self._names[operator.inputs[0]],
            self._constant(f"{target}_weights", weights),
            self._constant(f"{target}_bias", self._source.constants[operator.inputs[2]].astype(np.float32)),
        ]
        self._node(
            "Conv", inputs, target, group=group, kernel_shape=[size, size],
            strides=[operator.stride] * 2, pads=_same_pads(size, operator),
        )  # fmt: skip

    def _add_max_pool(self, operator: Operator) -> None:
        source, size = operator.inputs[0], operator.pool_size
        target = self._name(operator.outputs[0])
        self._node(
            "MaxPool", [self._names[source]], target, kernel_shape=[size, size],
            strides=[operator.stride] * 2, pads=_same_pads(size, operator),
        )  # fmt: skip

    def _add_channel_growth(self, operator: Operator) -> None:
        source, target = operator.inputs[0], operator.outputs[0]
        amounts = self._source.constants[operator.inputs[1]]
        if np.count_nonzero(amounts) != 1 or amounts[3, 1] <= 0:
            raise ValueError(f"PAD by {amounts.tolist()}; BlazeFace only appends channels with it")
        name = self._name(target)
        appended = self._constant(f"{name}_amounts", np.array([0, 0, 0, 0, 0, amounts[3, 1], 0, 0], np.int64))
        self._node("Pad", [self._names[source], appended], name)

    def _add_elementwise(self, operator: Operator) -> None:
        kind = {"ADD": "Add", "RELU": "Relu"}[operator.kind]
        target = self._name(operator.outputs[0])
        self._node(kind, [self._names[tensor] for tensor in operator.inputs], target)

    def _add_head_reshape(self, operator: Operator) -> None:
        # (N, per cell x values, h, w) -> (N, h x w x per cell, values): by row, column, anchor of the cell.
        source, target = operator.inputs[0], operator.outputs[0]
        values = self._source.shapes[target][2]
        name = self._name(target)
        self._node("Transpose", [self._names[source]], f"{name}_last", perm=[0, 2, 3, 1])
        shape = self._constant(f"{name}_shape", np.array([0, -1, values], np.int64))
        self._node("Reshape", [f"{name}_last", shape], name)

    def _add_concatenation(self, operator: Operator) -> None:
        target = self._name(operator.outputs[0])
        self._node("Concat", [self._names[tensor] for tensor in operator.inputs], target, axis=operator.axis)

    def _weights(self, operator: Operator) -> NDArray[np.float32]:
        return self._source.constants[operator.inputs[1]].astype(np.float32)

    def _name(self, tensor: int) -> str:
        self._names[tensor] = f"t{tensor}"
        return self._names[tensor]

    def _constant(self, name: str, values: NDArray[np.generic] | np.float32) -> str:
        self.initializers.append(numpy_helper.from_array(np.array(values), name))
        return name

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))


def _same_pads(size: int, operator: Operator) -> list[int]:
    """Return ``pads`` (top, left, bottom, right) of TensorFlow's SAME for an input side divisible by the stride."""
    if not operator.same_padding:
        return [0] * 4
    before = max(size - operator.stride, 0) // 2
    # At stride 2 that is one row more at the end than is ever read. No value changes, but only with size - 1
    # in total does onnxruntime see that a block's two branches agree in shape, and fuse their sum.
    return [before] * 2 + [size - 1 - before] * 2
