"""ONNX files of face detectors with random weights: the formats of YuNet and of this project's detector."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STRIDES = (8, 16, 32)


def yunet_file(path, side=None, seed=0):
    """A graph with the inputs and outputs of YuNet's published files; ``side``: it takes that input alone."""
    widths = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
    sides = [side, side] if side else ["height", "width"]
    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, *sides])
    nodes, weights, outputs = [], [], []
    for kind, width in widths.items():
        for stride in STRIDES:
            name = f"{kind}_{stride}"
            nodes += _cells(f"{name}_logits", "input", stride, width, weights, seed, rows_first=True)
            nodes.append(helper.make_node("Sigmoid" if width == 1 else "Identity", [f"{name}_logits"], [name]))
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "cells", width]))
    return _save(path, image, nodes, weights, outputs, {})


def anchor_free_file(path, seed=0, **metadata):
    """A graph with the input and output of this project's detector."""
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", "height", "width", 3])
    nodes = [
        helper.make_node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
    ]
    weights = []
    for stride in STRIDES:
        nodes += _cells(f"cells_{stride}", "planes", stride, 15, weights, seed, rows_first=False)
    nodes.append(helper.make_node("Concat", [f"cells_{stride}" for stride in STRIDES], ["cells"], axis=2))
    output = helper.make_tensor_value_info("cells", TensorProto.FLOAT, ["batch", 15, "cells"])
    metadata = {"kind": "face-detector", "input_size": "320", "strides": "[8, 16, 32]"} | metadata
    return _save(path, image, nodes, weights, [output], metadata)


def _cells(name, source, stride, width, weights, seed, rows_first):
    """A convolution with a random kernel over each cell of a stride, and its map as a list of cells."""
    random = np.random.default_rng((seed, stride, width))
    kernel = random.normal(0, 1 / (255 * stride), (width, 3, stride, stride)).astype(np.float32)
    shape = np.array([0, -1, width] if rows_first else [0, width, -1], np.int64)
    weights.append(numpy_helper.from_array(kernel, f"{name}_kernel"))
    weights.append(numpy_helper.from_array(shape, f"{name}_shape"))
    conv = helper.make_node("Conv", [source, f"{name}_kernel"], [f"{name}_map"], strides=[stride, stride])
    turn = helper.make_node("Transpose", [f"{name}_map"], [f"{name}_rows"], perm=[0, 2, 3, 1])
    flat = f"{name}_rows" if rows_first else f"{name}_map"
    reshape = helper.make_node("Reshape", [flat, f"{name}_shape"], [name])
    return [conv, turn, reshape] if rows_first else [conv, reshape]


def _save(path, image, nodes, weights, outputs, metadata):
    graph = helper.make_graph(nodes, "detector", [image], outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
