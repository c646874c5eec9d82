"""Small graphs, and the question whether a rewrite changed a number in them."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from hypothesis import settings
from onnx import helper, numpy_helper

CHANNELS = 3
quick = settings(deadline=None, max_examples=25)


def model(nodes, constants, outputs=("y",), channels=CHANNELS, opset=17):
    """A graph from x (N, C, 8, 8) to ``outputs``."""
    sides = ["n", channels, 8, 8]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, sides)],
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None] * 4) for name in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(built, full_check=True)
    return built


def run(built, channels=CHANNELS, seed=0):
    """All outputs for two random images, computed without onnxruntime's own rewrites."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(built.SerializeToString(), options, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(seed).normal(size=(2, channels, 8, 8)).astype(np.float32)
    return session.run(None, {"x": x})


def kinds(built):
    return [node.op_type for node in built.graph.node]


def assert_rewritten(built, step, places=1, channels=CHANNELS, tolerance=1e-5):
    """The pass changes so many places and no number."""
    before = run(built, channels)
    assert step(built) == places
    onnx.checker.check_model(built, full_check=True)
    for old, new in zip(before, run(built, channels), strict=True):
        np.testing.assert_allclose(new, old, rtol=0, atol=tolerance)


def assert_untouched(built, step):
    before = built.SerializeToString(deterministic=True)
    assert step(built) == 0
    assert built.SerializeToString(deterministic=True) == before


def weights(outputs, inputs=CHANNELS, kernel=3, seed=1):
    return np.random.default_rng(seed).normal(size=(outputs, inputs, kernel, kernel)).astype(np.float32)


def amounts(top=0, left=0, bottom=0, right=0, channels=0):
    return np.array([0, 0, top, left, 0, channels, bottom, right], np.int64)
