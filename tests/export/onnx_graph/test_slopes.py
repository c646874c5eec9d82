"""PReLU becomes operators of the blocked layout, whatever its slopes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from onnx import helper

from export.onnx_graph import replace_prelu
from tests.export.onnx_graph.graphs import assert_rewritten, assert_untouched, kinds, model, quick, run


@quick
@given(st.integers(2, 9).flatmap(lambda n: arrays.arrays(np.float32, (n, 1, 1), elements=st.floats(-2, 2, width=32))))
def test_prelu_becomes_convolutions(slope):
    built = model([helper.make_node("PRelu", ["x", "s"], ["y"])], {"s": slope}, channels=len(slope))
    assert_rewritten(built, replace_prelu, channels=len(slope))
    assert kinds(built) == ["Conv", "Relu", "Conv", "Add"]


def test_positive_numbers_come_back_bit_for_bit():
    built = model([helper.make_node("PRelu", ["x", "s"], ["y"])], {"s": np.float32([0.1, 1.7, -3]).reshape(3, 1, 1)})
    before = run(built)[0]
    replace_prelu(built)
    positive = before[:, :2] > 0  # a negative slope makes positive numbers of negative ones
    np.testing.assert_array_equal(run(built)[0][:, :2][positive], before[:, :2][positive])


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
