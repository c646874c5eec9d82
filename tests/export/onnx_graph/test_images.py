"""The first convolution reads the image as it lies in memory."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from export.onnx_graph import fold_transpose
from tests.export.onnx_graph.graphs import quick, weights

TRANSPOSE = helper.make_node("Transpose", ["image"], ["planes"], perm=[0, 3, 1, 2])
CAST = helper.make_node("Cast", ["planes"], ["float"], to=TensorProto.FLOAT)
CONV = helper.make_node("Conv", ["float", "w"], ["y"])
MUL = helper.make_node("Mul", ["float", "s"], ["scaled"])
CONV_OF_SCALED = helper.make_node("Conv", ["scaled", "w"], ["y"])


def network(nodes=(TRANSPOSE, CAST, CONV), constants=None, channels=3, outputs=("y",), sides=("h", "w")):
    """A graph from the image (N, H, W, C) uint8 to ``outputs``."""
    arrays = {"w": weights(4)} | (constants or {})
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", *sides, channels])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4) for name in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in arrays.items()],
    )
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(built, full_check=True)
    return built


def run(built, size=(9, 12), channels=3):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(built.SerializeToString(), options, providers=["CPUExecutionProvider"])
    image = np.random.default_rng(0).integers(0, 256, (2, *size, channels)).astype(np.uint8)
    return session.run(None, {"image": image})[0]


@quick
@given(
    st.integers(1, 4),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
    st.booleans(),
)
def test_same_convolution_of_rows_of_pixels(channels, kernel, strides, pads, fixed):
    conv = helper.make_node("Conv", ["float", "w"], ["y"], strides=strides, pads=pads)
    kernels = np.random.default_rng(1).normal(size=(4, channels, *kernel)).astype(np.float32) / 255
    sides = (9, 12) if fixed else ("h", "w")
    built = network([TRANSPOSE, CAST, conv], {"w": kernels}, channels, sides=sides)
    before = run(built, channels=channels)
    assert fold_transpose(built) == 1
    onnx.checker.check_model(built, full_check=True)
    assert [node.op_type for node in built.graph.node] == ["Reshape", "Unsqueeze", "Cast", "Conv"]
    np.testing.assert_allclose(run(built, channels=channels), before, rtol=0, atol=1e-4)


def test_what_stands_between_may_be_elementwise():
    nodes = [
        TRANSPOSE,
        CAST,
        helper.make_node("Sub", ["float", "gray"], ["centred"]),
        helper.make_node("Conv", ["centred", "w"], ["y"], pads=[1] * 4),
    ]
    built = network(nodes, {"gray": np.float32(127.5)})
    before = run(built)
    assert fold_transpose(built) == 1
    np.testing.assert_allclose(run(built), before, rtol=0, atol=1e-3)


def test_batch_keeps_its_name():
    built = network(sides=(9, 12))
    fold_transpose(built)
    inferred = onnx.shape_inference.infer_shapes(built, data_prop=True)
    [plane] = [value for value in inferred.graph.value_info if value.name == "planes"]
    assert [side.dim_param or side.dim_value for side in plane.type.tensor_type.shape.dim] == ["n", 1, 9, 36]


@pytest.mark.parametrize(
    "built",
    [
        network([helper.make_node("Transpose", ["image"], ["planes"], perm=[0, 3, 2, 1]), CAST, CONV]),
        network([TRANSPOSE, CAST, helper.make_node("Conv", ["float", "w"], ["y"], dilations=[2, 2])]),
        network([TRANSPOSE, CAST, helper.make_node("Conv", ["float", "w"], ["y"], auto_pad="SAME_UPPER")]),
        network([TRANSPOSE, CAST, helper.make_node("Conv", ["float", "w"], ["y"], group=3)], {"w": weights(3, 1)}),
        network([TRANSPOSE, CAST, CONV, helper.make_node("Relu", ["float"], ["z"])], outputs=("y", "z")),
        network([TRANSPOSE, CAST, CONV], outputs=("y", "float")),
        network(
            [
                TRANSPOSE,
                CAST,
                helper.make_node("Mul", ["float", "s"], ["scaled"]),
                helper.make_node("Conv", ["scaled", "w"], ["y"]),
            ],
            {"s": np.float32([1, 2, 3]).reshape(3, 1, 1)},
        ),
    ],
    ids=["turned", "dilated", "automatic padding", "groups", "a second reader", "a result", "a factor a channel"],
)
def test_other_transposes_stay(built):
    before = built.SerializeToString(deterministic=True)
    assert fold_transpose(built) == 0
    assert built.SerializeToString(deterministic=True) == before
