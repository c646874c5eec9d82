"""Depth errors on heads whose depth is known to the digit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.evaluation.depth import depth_errors, depth_rows, fitted_depth, mean_head
from tests.export.heads import SHAPE, perfect_test, posed_heads

POSES = np.array([[0, 0, 0], [10, 5, -3], [-20, -8, 12], [35, 2, 0], [-60, 10, 20]], float)
ANGLE = st.floats(-70, 70)


def values(rows, column):
    return {row.name: row.means[column].value for row in rows}


def test_error_is_in_percent_of_the_eye_distance_and_blind_to_the_origin():
    truth = np.zeros((1, 68))
    guess = truth + 7
    guess[0, 0] += 68
    # the mean moves by 1: one point is 67 off, all others 1
    errors = depth_errors(guess, truth, np.array([50.0]))
    assert errors[0, :2] == pytest.approx([134, 2])


@given(ANGLE, st.floats(-35, 35), st.floats(-35, 35), st.floats(0.2, 5))
def test_fitted_head_has_the_depth_of_the_head_it_is(yaw, pitch, roll, scale):
    points = posed_heads([(yaw, pitch, roll)], scale=80 * scale)
    np.testing.assert_allclose(fitted_depth(SHAPE, points[..., :2]), points[..., 2], atol=1e-6 * scale)


def test_fitted_head_of_a_stretched_picture_has_the_mean_of_both_scales():
    points = posed_heads([(0, 0, 0)], scale=80)
    stretched = points[..., :2] * [1.5, 1]
    np.testing.assert_allclose(fitted_depth(SHAPE, stretched), points[..., 2] * 1.25, atol=1e-6)


def test_mean_head_forgets_pose_and_size():
    heads = np.concatenate([posed_heads(POSES), posed_heads(POSES, scale=33)])
    expected = SHAPE - SHAPE.mean(axis=0)
    np.testing.assert_allclose(mean_head(heads, np.tile(POSES, (2, 1))), expected, atol=1e-9)


def test_perfect_network_has_no_error_and_a_flat_face_has_the_faces_depth():
    rows = depth_rows(perfect_test(POSES))
    assert values(rows, "network")["all points"] == 0
    truth = posed_heads(POSES)[..., 2]
    assert values(rows, "flat face")["all points"] == pytest.approx(np.abs(truth).mean() / 80 * 100)


def test_hidden_points_do_not_count_as_visible():
    perfect = perfect_test(POSES)
    predicted, hidden = perfect.predicted.copy(), perfect.hidden.copy()
    predicted[:, 3, 2] += 40
    predicted[:, 4, 2] -= 40
    hidden[:, 3:5] = True
    rows = values(depth_rows(perfect_test(POSES, predicted=predicted, hidden=hidden)), "network")
    assert rows["all points"] == pytest.approx(80 / 68 / 80 * 100)
    assert rows["visible points"] == pytest.approx(0, abs=1e-9)


def test_rows_by_yaw_share_the_faces():
    rows = depth_rows(perfect_test(POSES))
    assert [row.faces for row in rows] == [5, 5, 2, 1, 1, 1]
