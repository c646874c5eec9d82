"""Zero padding moves into the convolutions behind it, and other padding stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from export.onnx_graph import fold_pads
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
