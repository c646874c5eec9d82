"""Channels grow without a Pad, and without a multiplication more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from export.onnx_graph import grow_channels
from tests.export.onnx_graph.graphs import (
    CHANNELS,
    amounts,
    assert_rewritten,
    assert_untouched,
    kinds,
    model,
    quick,
    weights,
)


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


def test_activation_of_the_sum_is_done_before_the_halves_are_joined():
    """A Relu behind a Concat is fused into nothing."""
    built = growing(extra=[helper.make_node("Relu", ["y"], ["z"])], outputs=("z",))
    assert_rewritten(built, grow_channels)
    assert sorted(kinds(built)) == ["Add", "Concat", "Conv", "Conv", "Relu", "Relu", "Relu"]
    assert kinds(built)[-1] == "Concat"


@pytest.mark.parametrize("outputs", [("y",), ("y", "z")])
def test_sum_that_others_read_keeps_its_activation_behind_it(outputs):
    extra = [helper.make_node("Relu", ["y"], ["z"])] if "z" in outputs else []
    built = growing(extra=extra, outputs=outputs)
    assert_rewritten(built, grow_channels)
    assert kinds(built)[-1] == ("Relu" if extra else "Concat")


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
