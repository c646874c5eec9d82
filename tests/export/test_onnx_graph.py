"""Every rewrite computes the same, and leaves alone what it does not know to be equal."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from onnx import helper, numpy_helper

from export.onnx_graph import fold_pads, grow_channels, optimise, replace_prelu, scrub_denormals

CHANNELS = 3
quick = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


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


# -- fold_pads


@quick
@given(
    st.tuples(*[st.integers(0, 3)] * 4),
    st.integers(1, 3),
    st.integers(1, 2),
    st.integers(1, 2),
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
    st.booleans(),
)
def test_pads_move_into_the_convolution(sides, kernel, stride, dilation, own, depthwise):
    conv = helper.make_node(
        "Conv",
        ["p", "w"],
        ["y"],
        strides=[stride] * 2,
        dilations=[dilation] * 2,
        pads=own,
        group=CHANNELS if depthwise else 1,
    )
    built = model(
        [helper.make_node("Pad", ["x", "a"], ["p"]), conv],
        {"a": amounts(*sides), "w": weights(CHANNELS if depthwise else 4, 1 if depthwise else CHANNELS, kernel)},
    )
    assert_rewritten(built, fold_pads)
    assert kinds(built) == ["Conv"]
    assert [item.name for item in built.graph.initializer] == ["w"]


def test_pad_of_several_convolutions_moves_into_each():
    nodes = [
        helper.make_node("Pad", ["x", "a", "zero"], ["p"]),
        helper.make_node("Conv", ["p", "w"], ["c"]),
        helper.make_node("Conv", ["p", "v"], ["d"]),
        helper.make_node("Add", ["c", "d"], ["y"]),
    ]
    constants = {"a": amounts(0, 0, 1, 1), "zero": np.float32(0), "w": weights(4), "v": weights(4, seed=2)}
    built = model(nodes, constants)
    assert_rewritten(built, fold_pads, places=2)
    assert kinds(built) == ["Conv", "Conv", "Add"]


def test_pad_before_an_unpadded_auto_pad_moves():
    nodes = [
        helper.make_node("Pad", ["x", "a"], ["p"]),
        helper.make_node("Conv", ["p", "w"], ["y"], auto_pad="VALID"),
    ]
    assert_rewritten(model(nodes, {"a": amounts(1, 2, 3, 0), "w": weights(4)}), fold_pads)


def pad_then(conv_inputs=("p", "w"), pad_inputs=("x", "a"), extra=(), outputs=("y",), constants=None, **attributes):
    conv_attributes = {"auto_pad": attributes.pop("auto_pad")} if "auto_pad" in attributes else {}
    nodes = [
        helper.make_node("Pad", list(pad_inputs), ["p"], **attributes),
        helper.make_node("Conv", list(conv_inputs), ["y"], **conv_attributes),
        *extra,
    ]
    return model(nodes, {"a": amounts(1, 1, 1, 1), "w": weights(4)} | (constants or {}), outputs)


@pytest.mark.parametrize(
    "built",
    [
        pad_then(mode="reflect"),
        pad_then(mode="edge"),
        pad_then(pad_inputs=("x", "a", "one"), constants={"one": np.float32(1)}),
        pad_then(constants={"a": amounts(1, 1, -1, 0)}),
        pad_then(constants={"a": amounts(1, 1, 1, 1, channels=1), "w": weights(4, CHANNELS + 1)}),
        pad_then(constants={"a": np.array([1, 0, 1, 1, 0, 0, 1, 1], np.int64)}),
        pad_then(auto_pad="SAME_UPPER"),
        pad_then(extra=[helper.make_node("Relu", ["p"], ["z"])], outputs=("y", "z")),
        pad_then(outputs=("y", "p")),
        pad_then(pad_inputs=("w", "a"), conv_inputs=("x", "p"), constants={"w": weights(4, kernel=1)}),
    ],
    ids=[
        "reflect",
        "edge",
        "of ones",
        "cropping",
        "of channels",
        "of images",
        "automatic padding",
        "a second user",
        "a graph output",
        "of weights",
    ],
)
def test_other_pads_stay(built):
    assert_untouched(built, fold_pads)


def test_computed_amounts_stay():
    nodes = [
        helper.make_node("Constant", [], ["a"], value=numpy_helper.from_array(amounts(1, 1, 1, 1))),
        helper.make_node("Pad", ["x", "a"], ["p"]),
        helper.make_node("Conv", ["p", "w"], ["y"]),
    ]
    assert_untouched(model(nodes, {"w": weights(4)}), fold_pads)


# -- grow_channels


def growing(
    growth=2, flipped=False, bias=True, kernel=1, extra=(), outputs=("y",), conv_outputs=None, pad=None, **attributes
):
    """y = Pad(x) + Conv(Relu(x)), x padded by ``growth`` channels."""
    total = CHANNELS + growth if conv_outputs is None else conv_outputs
    group = attributes.get("group", 1)
    constants = {
        "a": amounts(channels=growth) if pad is None else pad,
        "w": weights(total, CHANNELS // group, kernel),
    }
    if bias:
        constants["b"] = np.random.default_rng(3).normal(size=total).astype(np.float32)
    nodes = [
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("Pad", ["x", "a"], ["p"]),
        helper.make_node("Conv", ["r", "w", "b"] if bias else ["r", "w"], ["c"], pads=[kernel // 2] * 4, **attributes),
        helper.make_node("Add", ["c", "p"] if flipped else ["p", "c"], ["y"]),
        *extra,
    ]
    return model(nodes, constants, outputs)


@quick
@given(st.integers(1, 5), st.booleans(), st.booleans(), st.sampled_from([1, 3]))
def test_growth_becomes_a_concatenation(growth, flipped, bias, kernel):
    built = growing(growth, flipped, bias, kernel)
    assert_rewritten(built, grow_channels)
    assert sorted(kinds(built)) == ["Add", "Concat", "Conv", "Conv", "Relu"]


def test_growth_adds_no_multiplication():
    built = growing()
    size = sum(np.prod(item.dims) for item in built.graph.initializer if item.name != "a")
    grow_channels(built)
    assert sum(np.prod(item.dims) for item in built.graph.initializer) == size


@pytest.mark.parametrize(
    "built",
    [
        growing(growth=0),
        growing(conv_outputs=1),
        growing(growth=3, group=3),
        growing(extra=[helper.make_node("Relu", ["c"], ["z"])], outputs=("y", "z")),
        growing(extra=[helper.make_node("Relu", ["p"], ["z"])], outputs=("y", "z")),
        growing(outputs=("y", "c")),
        growing(outputs=("y", "p")),
        growing(pad=np.array([0, 1, 0, 0, 0, 1, 0, 0], np.int64)),
    ],
    ids=[
        "of nothing",
        "broadcast sum",
        "grouped convolution",
        "convolution used twice",
        "pad used twice",
        "convolution is an output",
        "pad is an output",
        "zeros in front",
    ],
)
def test_other_growths_stay(built):
    assert_untouched(built, grow_channels)


def test_pad_added_to_itself_stays():
    nodes = [helper.make_node("Pad", ["x", "a"], ["p"]), helper.make_node("Add", ["p", "p"], ["y"])]
    assert_untouched(model(nodes, {"a": amounts(channels=2)}), grow_channels)


def test_convolution_with_computed_weights_stays():
    built = growing()
    [weight] = [item for item in built.graph.initializer if item.name == "w"]
    constant = helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(numpy_helper.to_array(weight)))
    built.graph.node.insert(0, constant)
    built.graph.initializer.remove(weight)
    assert_untouched(built, grow_channels)


# -- replace_prelu


@quick
@given(st.integers(2, 9).flatmap(lambda n: arrays.arrays(np.float32, (n, 1, 1), elements=st.floats(-2, 2, width=32))))
def test_prelu_becomes_convolutions(slope):
    built = model([helper.make_node("PRelu", ["x", "s"], ["y"])], {"s": slope}, channels=len(slope))
    assert_rewritten(built, replace_prelu, channels=len(slope))
    assert kinds(built) == ["Relu", "Conv", "Conv", "Add"]


def test_two_prelus_with_the_same_slopes_are_both_replaced():
    nodes = [helper.make_node("PRelu", ["x", "s"], ["h"]), helper.make_node("PRelu", ["h", "s"], ["y"])]
    built = model(nodes, {"s": np.float32([0.1, 0.5, -0.3]).reshape(3, 1, 1)})
    assert_rewritten(built, replace_prelu, places=2)


@pytest.mark.parametrize(
    "slope",
    [np.float32([0.25]), np.full((1, 1, 1), 0.25, np.float32), np.full(8, 0.25, np.float32), np.full((3, 8, 8), 0.25)],
    ids=["single", "single of rank 3", "per column", "per element"],
)
def test_other_slopes_stay(slope):
    built = model([helper.make_node("PRelu", ["x", "s"], ["y"])], {"s": slope.astype(np.float32)})
    assert_untouched(built, replace_prelu)


# -- scrub_denormals


@given(arrays.arrays(np.float32, st.integers(0, 12), elements=st.floats(width=32, allow_nan=False)))
def test_only_denormals_become_zero(values):
    tiny = np.finfo(np.float32).tiny
    built = model([helper.make_node("Relu", ["x"], ["y"])], {})
    built.graph.initializer.append(numpy_helper.from_array(values, "v"))
    expected = [value if abs(value) >= tiny else np.float32(0) for value in values]
    assert scrub_denormals(built) == sum(0 < abs(value) < tiny for value in values)
    np.testing.assert_array_equal(numpy_helper.to_array(built.graph.initializer[0]), np.array(expected, np.float32))


def test_other_types_and_scalars_are_no_trouble():
    constants = {"i": np.array([1, 2], np.int64), "d": np.float64(1e-310), "s": np.float32(1e-40)}
    built = model([helper.make_node("Relu", ["x"], ["y"])], constants)
    assert scrub_denormals(built) == 1
    values = {item.name: numpy_helper.to_array(item) for item in built.graph.initializer}
    assert values["s"] == 0 and values["s"].shape == () and values["d"] == 1e-310


# -- all together


def test_passes_work_together():
    nodes = [
        helper.make_node("Pad", ["x", "a"], ["p"]),
        helper.make_node("Conv", ["p", "w"], ["h"], strides=[2, 2]),
        helper.make_node("PRelu", ["h", "s"], ["g"]),
        helper.make_node("Pad", ["g", "grow"], ["q"]),
        helper.make_node("Conv", ["g", "v", "b"], ["k"]),
        helper.make_node("Add", ["q", "k"], ["m"]),
        helper.make_node("PRelu", ["m", "t"], ["y"]),
    ]
    constants = {
        "a": amounts(0, 0, 1, 1),
        "w": weights(4),
        "s": np.full((4, 1, 1), 0.3, np.float32),
        "grow": amounts(channels=2),
        "v": weights(6, 4, 1),
        "b": np.float32([1e-40, 1, 2, 3, 4, 5]),
        "t": np.full((6, 1, 1), -0.2, np.float32),
    }
    built = model(nodes, constants)
    before = run(built)
    assert optimise(built) == {"fold_pads": 1, "grow_channels": 1, "replace_prelu": 2, "scrub_denormals": 1}
    np.testing.assert_allclose(run(built)[0], before[0], rtol=0, atol=1e-5)
    assert not {"Pad", "PRelu"} & set(kinds(built))
    assert optimise(built) == {"fold_pads": 0, "grow_channels": 0, "replace_prelu": 0, "scrub_denormals": 0}
