"""Channels that are always zero fill the blocks up, where nothing sees them."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from export.onnx_graph import align_channels
from tests.export.onnx_graph.graphs import (
    amounts,
    assert_rewritten,
    assert_untouched,
    kinds,
    model,
    quick,
    run,
    weights,
)

LAST = helper.make_node("Conv", ["h", "last"], ["y"])


def shapes_of(built):
    return {item.name: tuple(item.dims) for item in built.graph.initializer}


def network(hidden, final=5, bias=True, extra=(), constants=None):
    """Conv to ``hidden`` channels, ``extra`` nodes from "g" to "h", Conv to ``final``."""
    inputs = ["x", "first", "bias"] if bias else ["x", "first"]
    nodes = [helper.make_node("Conv", inputs, ["g" if extra else "h"]), *extra, LAST]
    arrays = {"first": weights(hidden), "last": weights(final, hidden, 1)} | (constants or {})
    if bias:
        arrays["bias"] = np.linspace(-1, 1, hidden, dtype=np.float32)
    return model(nodes, arrays)


@quick
@given(st.integers(1, 40).filter(lambda count: count % 16), st.booleans())
def test_hidden_channels_are_rounded_up_and_results_are_not(hidden, bias):
    built = network(hidden, bias=bias)
    assert_rewritten(built, align_channels, places=2)
    whole = -(-hidden // 16) * 16
    assert shapes_of(built)["first"] == (whole, 3, 3, 3)
    assert shapes_of(built)["last"] == (5, whole, 1, 1)


@quick
@given(st.data())
def test_random_residual_networks_compute_the_same(data):
    """Blocks of depthwise and pointwise convolutions with sums, activations, pooling and growing channels."""
    count = data.draw(st.sampled_from([5, 12, 16, 24, 28]))
    nodes, constants = [helper.make_node("Conv", ["x", "stem"], ["t0"], pads=[1] * 4)], {"stem": weights(count)}
    for index in range(data.draw(st.integers(1, 3))):
        growth = data.draw(st.sampled_from([0, 0, 4, 8, 20]))
        source, skip = f"t{index}", f"t{index}"
        constants[f"d{index}"] = weights(count, 1, seed=index)
        constants[f"p{index}"] = weights(count + growth, count, 1, seed=index) / count
        if growth:
            constants[f"a{index}"] = amounts(channels=growth)
            nodes.append(helper.make_node("Pad", [source, f"a{index}"], [f"s{index}"]))
            skip = f"s{index}"
        nodes += [
            helper.make_node("Conv", [source, f"d{index}"], [f"e{index}"], group=count, pads=[1] * 4),
            helper.make_node("Conv", [f"e{index}", f"p{index}"], [f"f{index}"]),
            helper.make_node("Add", [f"f{index}", skip], [f"g{index}"]),
        ]
        count += growth
        if data.draw(st.booleans()):
            constants[f"q{index}"] = np.linspace(-1, 2, count, dtype=np.float32).reshape(-1, 1, 1)
            nodes.append(helper.make_node("PRelu", [f"g{index}", f"q{index}"], [f"h{index}"]))
        else:
            nodes.append(helper.make_node("Relu", [f"g{index}"], [f"h{index}"]))
        nodes.append(helper.make_node("MaxPool", [f"h{index}"], [f"t{index + 1}"], kernel_shape=[2, 2]))
    last = nodes[-1].output[0]
    constants["head"] = weights(3, count, 1) / count
    nodes.append(helper.make_node("Conv", [last, "head"], ["y"]))
    built = model(nodes, constants)
    before = run(built)
    align_channels(built)
    onnx.checker.check_model(built, full_check=True)
    np.testing.assert_allclose(run(built)[0], before[0], rtol=1e-4, atol=1e-4)
    inner = {name: shape for name, shape in shapes_of(built).items() if name[0] in "dp" or name == "stem"}
    assert all(shape[0] % 16 == 0 for shape in inner.values())


def test_growth_that_rounding_up_has_made_needs_no_pad():
    nodes = [
        helper.make_node("Conv", ["x", "first"], ["g"]),
        helper.make_node("Conv", ["g", "grow"], ["c"]),
        helper.make_node("Pad", ["g", "a"], ["p"]),
        helper.make_node("Add", ["c", "p"], ["h"]),
        LAST,
    ]
    constants = {"first": weights(24), "grow": weights(28, 24, 1), "a": amounts(channels=4), "last": weights(5, 28, 1)}
    built = model(nodes, constants)
    assert_rewritten(built, align_channels, places=4, tolerance=1e-4)
    assert kinds(built) == ["Conv", "Conv", "Add", "Conv"]


def test_growth_beyond_the_block_keeps_its_pad():
    nodes = [
        helper.make_node("Conv", ["x", "first"], ["g"]),
        helper.make_node("Pad", ["g", "a"], ["h"]),
        LAST,
    ]
    built = model(nodes, {"first": weights(24), "a": amounts(channels=24), "last": weights(5, 48, 1)})
    assert_rewritten(built, align_channels, places=2, tolerance=1e-4)
    [grown] = [numpy_helper.to_array(item) for item in built.graph.initializer if item.name == "a"]
    assert grown[5] == 16


def test_whole_blocks_stay():
    assert_untouched(network(32), align_channels)


def through(kind, *inputs, **attributes):
    return [helper.make_node(kind, ["g", *inputs], ["h"], **attributes)]


@pytest.mark.parametrize(
    "built",
    [
        model([helper.make_node("Conv", ["x", "w"], ["y"])], {"w": weights(5)}),
        network(20, extra=through("Transpose", perm=[0, 1, 3, 2])),
        network(20, extra=through("Sigmoid")),
        network(
            20, extra=[helper.make_node("Concat", ["g", "g"], ["h"], axis=1)], constants={"last": weights(5, 40, 1)}
        ),
        network(
            20,
            extra=[helper.make_node("Add", ["g", "one"], ["h"])],
            constants={"one": np.ones((1, 20, 1, 1), np.float32)},
        ),
        network(20, extra=[helper.make_node("PRelu", ["g", "s"], ["h"])], constants={"s": np.float32([0.5])}),
        network(20, extra=[helper.make_node("Conv", ["g", "w"], ["h"], group=2)], constants={"w": weights(20, 10, 1)}),
    ],
    ids=["a result", "a layout", "not zero at zero", "joined", "a constant added", "a single slope", "groups"],
)
def test_channels_that_something_sees_stay(built):
    assert_untouched(built, align_channels)


def test_kernels_that_two_convolutions_share_stay():
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["g"], pads=[1] * 4),
        helper.make_node("Conv", ["x", "w"], ["k"], pads=[1] * 4),
        helper.make_node("Add", ["g", "k"], ["h"]),
        LAST,
    ]
    assert_untouched(model(nodes, {"w": weights(20), "last": weights(5, 20, 1)}), align_channels)
