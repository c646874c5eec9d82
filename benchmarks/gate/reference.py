"""The reference computation. It must never change: baselines are ratios to it."""

from __future__ import annotations

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from runtime.bench.timing import Compute

CHANNELS, SIDE, LAYERS = 32, 40, 3


def reference() -> Compute:
    """Return a computation of about a millisecond similar to the pipeline's: convolutions, warps, small numpy arrays.

    The convolutions take a third to a half of the time. It runs on one thread.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(_network(), options, providers=["CPUExecutionProvider"])
    draw = np.random.default_rng(0)
    image = draw.standard_normal((1, CHANNELS, SIDE, SIDE)).astype(np.float32)
    picture = draw.integers(0, 256, (480, 640, 3)).astype(np.uint8)
    matrix = np.array([[0.7, 0.2, -40.0], [-0.2, 0.7, 30.0]])
    points = draw.standard_normal((68, 3))

    def compute() -> object:
        session.run(None, {"image": image})
        for _ in range(2):
            cv2.warpAffine(picture, matrix, (192, 192), flags=cv2.INTER_LINEAR)
        for _ in range(8):
            np.sort(points @ points.T, axis=1).mean(axis=0)
        return None

    return compute


def _network() -> bytes:
    """Build a network of dense 3x3 convolutions with ReLU, the most expensive operators."""
    draw = np.random.default_rng(1)
    nodes, weights, name = [], [], "image"
    for layer in range(LAYERS):
        kernel = draw.standard_normal((CHANNELS, CHANNELS, 3, 3)).astype(np.float32) / (3 * CHANNELS**0.5)
        weights.append(numpy_helper.from_array(kernel, f"kernel{layer}"))
        nodes.append(helper.make_node("Conv", [name, f"kernel{layer}"], [f"sum{layer}"], pads=[1, 1, 1, 1]))
        name = "points" if layer == LAYERS - 1 else f"relu{layer}"
        nodes.append(helper.make_node("Relu", [f"sum{layer}"], [name]))
    shape = [1, CHANNELS, SIDE, SIDE]
    graph = helper.make_graph(
        nodes,
        "reference",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("points", TensorProto.FLOAT, shape)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()
