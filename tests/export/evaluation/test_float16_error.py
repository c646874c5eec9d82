"""The cost of rounded weights is measured in pixels and in error."""

from __future__ import annotations

import numpy as np
import pytest

from export.evaluation.float16_error import compare_points

TRUTH = np.zeros((2, 68, 3), np.float32)
TRUTH[:, 45, 0] = 100  # the eyes' distance


def test_shift_is_a_distance_in_the_plane():
    exact, rounded = TRUTH + 1, TRUTH + 1
    rounded[0, 0] += (3, 4, 50)
    result = compare_points(rounded, exact, TRUTH)
    assert result.largest == 5
    assert result.mean == pytest.approx(5 / (2 * 68))


def test_cost_is_the_share_by_which_the_error_grows():
    exact, rounded = TRUTH.copy(), TRUTH.copy()
    exact[..., 0] += 2
    rounded[..., 0] += 2.1
    result = compare_points(rounded, exact, TRUTH)
    assert (result.exact_nme, result.nme) == pytest.approx((2, 2.1), rel=1e-5)
    assert result.cost == pytest.approx(0.05, rel=1e-4)
    assert "0.100 px on average and 0.10 px at most, NME 2.000 becomes 2.100 (+5.00%)" in str(result)
