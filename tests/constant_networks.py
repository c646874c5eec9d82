"""ONNX files of networks that give the same numbers for every picture."""

from __future__ import annotations

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from runtime.engine.model_registry import LANDMARK_CONTRACT

ANCHORS = ((16, 2), (32, 6))


def anchors_of(side, anchors=ANCHORS):
    """Number of anchors of a square input."""
    return sum((side // stride) ** 2 * count for stride, count in anchors)


def blazeface_file(path, outputs=None, *, shape=(1, 256, 256, 3), dtype=TensorProto.UINT8, **metadata):
    """A detector of BlazeFace's format; ``outputs``: regressions and logits, by default those of no face."""
    if outputs is None:
        outputs = np.zeros((1, anchors_of(256), 16), np.float32), np.full((1, anchors_of(256), 1), -9, np.float32)
    image = helper.make_tensor_value_info("image", dtype, list(shape))
    nodes, infos = [], []
    for name, value in zip(("regressions", "logits"), outputs, strict=True):
        nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value)))
        infos.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), None))
    metadata = {"kind": "face-detector", "input_size": "256", "anchors": json.dumps(ANCHORS)} | metadata
    return _save(path, nodes, [image], infos, [], metadata)


def landmark_file(path, points=None, confidence=0.99, *, batch="n", side=192, **metadata):
    """A landmark network; ``points`` (68, 3) in crop pixels, by default spread over the crop."""
    if points is None:
        points = np.random.default_rng(0).uniform(50, 150, (68, 3))
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, [batch, side, side, 3])
    nodes = [helper.make_node("Shape", ["image"], ["crops"], start=0, end=1)]
    infos, weights = [], []
    for name, value in (("points", points), ("confidence", [confidence])):
        value = np.asarray(value, np.float32)
        weights.append(numpy_helper.from_array(value[None], f"{name}_value"))
        weights.append(numpy_helper.from_array(np.array(value.shape, np.int64), f"{name}_shape"))
        nodes.append(helper.make_node("Concat", ["crops", f"{name}_shape"], [f"{name}_shapes"], axis=0))
        nodes.append(helper.make_node("Expand", [f"{name}_value", f"{name}_shapes"], [name]))
        infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *value.shape]))
    metadata = LANDMARK_CONTRACT | {"input_size": str(side), "crop_scale": "1.35"} | metadata
    return _save(path, nodes, [image], infos, weights, metadata)


def _save(path, nodes, inputs, outputs, weights, metadata):
    graph = helper.make_graph(nodes, "constant", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path
