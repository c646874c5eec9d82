"""Translation of TensorFlow Lite operators to ONNX nodes, one by one.

The arithmetic and the channel counts are the original's; ``export.onnx_graph`` gives the graph the form that is fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.pretrained.tflite_file import Operator, TfliteGraph

OPSET = 17
IR_VERSION = 8


class GraphWriter:
    """Translates operators in order, keeping each tensor's ONNX name.

    Attributes:
        nodes, initializers: of the ONNX graph.
    """

    def __init__(self, source: TfliteGraph, *, network: str, middle: float, scale: float) -> None:
        """Begin with the image, uint8 BGR (N, H, W, 3), which the original takes as RGB ``(x - middle) / scale``.

        Args:
            source: the graph as ``read_graph`` returns it.
            network: its name in messages.
            middle: value that becomes 0.
            scale: values that become 1.
        """
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._source = source
        self._network = network
        self._middle, self._scale = middle, scale
        self._names: dict[int, str] = {}
        self._add_input(source.inputs[0])

    def add(self, operator: Operator) -> None:
        """Append the nodes of one operator."""
        if operator.relu:
            raise ValueError(f"{operator.kind} with a fused activation; {self._network} has operators of their own")
        writers = {
            "CONV_2D": self._add_convolution,
            "DEPTHWISE_CONV_2D": self._add_depthwise,
            "MAX_POOL_2D": self._add_max_pool,
            "PAD": self._add_channel_growth,
            "ADD": self._add_elementwise,
            "RELU": self._add_elementwise,
            "PRELU": self._add_prelu,
            "RESHAPE": self._add_head_reshape,
            "CONCATENATION": self._add_concatenation,
        }
        if operator.kind not in writers:
            raise ValueError(f"{operator.kind}: no such operator in {self._network}; supported are {sorted(writers)}")
        writers[operator.kind](operator)

    def rename(self, names: dict[int, str]) -> None:
        """Give tensors their public names."""
        renamed = {self._names[tensor]: name for tensor, name in names.items()}
        for node in self.nodes:
            node.input[:] = [renamed.get(each, each) for each in node.input]
            node.output[:] = [renamed.get(each, each) for each in node.output]

    def finish_points(self, tensor: int, name: str, shape: Sequence[int]) -> None:
        """Add a public output ``name`` (N, *shape) of a tensor whose height and width are 1."""
        sizes = self._constant(f"{name}_shape", np.array([0, *shape], np.int64))
        self._node("Reshape", [self._names[tensor], sizes], name)

    def model(
        self, name: str, sides: tuple[int | str, int | str], outputs: dict[str, list[int | str]], producer: str
    ) -> onnx.ModelProto:
        """Return the model.

        Args:
            name: of the graph.
            sides: height and width of the image; text leaves one free.
            outputs: shape of each output without the first dimension, by name; float32.
            producer: module that made it.
        """
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", *sides, 3])],
            [
                helper.make_tensor_value_info(each, TensorProto.FLOAT, ["batch", *shape])
                for each, shape in outputs.items()
            ],
            self.initializers,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name=producer)
        model.ir_version = IR_VERSION
        return model

    def _add_input(self, tensor: int) -> None:
        # Division is left to the first convolution's weights; the subtraction cannot go there, as the zeros that the
        # convolution pads with stand for the middle.
        self._node("Transpose", ["image"], "image_planes", perm=[0, 3, 1, 2])
        self._node("Cast", ["image_planes"], "image_float", to=TensorProto.FLOAT)
        self._names[tensor] = "image_float"
        if self._middle:
            middle = self._constant("mid_gray", np.float32(self._middle))
            self._node("Sub", ["image_float", middle], "image_centred")
            self._names[tensor] = "image_centred"

    def _add_convolution(self, operator: Operator) -> None:
        weights = self._weights(operator).transpose(0, 3, 1, 2)
        if operator.inputs[0] == self._source.inputs[0]:
            weights = weights[:, ::-1] / np.float32(self._scale)  # BGR in, RGB in training
        self._add_conv_node(operator, weights, group=1)

    def _add_depthwise(self, operator: Operator) -> None:
        weights = self._weights(operator).transpose(3, 0, 1, 2)
        if weights.shape[0] != self._source.shapes[operator.inputs[0]][3]:
            raise ValueError(f"DEPTHWISE_CONV_2D with weights {weights.shape}; {self._network} keeps the channel count")
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
            raise ValueError(f"PAD by {amounts.tolist()}; {self._network} only appends channels with it")
        name = self._name(target)
        appended = self._constant(f"{name}_amounts", np.array([0, 0, 0, 0, 0, amounts[3, 1], 0, 0], np.int64))
        self._node("Pad", [self._names[source], appended], name)

    def _add_elementwise(self, operator: Operator) -> None:
        kind = {"ADD": "Add", "RELU": "Relu"}[operator.kind]
        target = self._name(operator.outputs[0])
        self._node(kind, [self._names[tensor] for tensor in operator.inputs], target)

    def _add_prelu(self, operator: Operator) -> None:
        slopes = self._weights(operator)
        if slopes.shape[:2] != (1, 1):
            raise ValueError(f"PRELU with slopes {slopes.shape}; {self._network} has one for each channel")
        target = self._name(operator.outputs[0])
        slope = self._constant(f"{target}_slopes", slopes.reshape(-1, 1, 1))
        self._node("PRelu", [self._names[operator.inputs[0]], slope], target)

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
