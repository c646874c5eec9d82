"""Expressions, and the order of lids and lips in them."""

import numpy as np
import pytest

from export.synthesis.head.assets import load_assets
from export.synthesis.head.closure import pose_face
from export.synthesis.head.expression import EXPRESSION_ODDS, neutral_expression, sample_expression
from export.synthesis.head.face_units import ExpressionKind
from export.synthesis.head.identity import control_points, sample_identity

ASSETS = load_assets()
LIDS = np.array([(37, 41), (38, 40), (43, 47), (44, 46)])
LIPS = np.array([(61, 67), (62, 66), (63, 65)])


def openings(weights, pairs, seed=0):
    """Heights of the pairs' upper points over their lower ones, decimetres."""
    control = control_points(ASSETS, sample_identity(np.random.default_rng(seed), ASSETS))
    points = ASSETS.point_map @ pose_face(ASSETS, control, weights)
    return points[pairs[:, 0], 1] - points[pairs[:, 1], 1]


def test_the_same_seed_gives_the_same_expression():
    one, other = (sample_expression(np.random.default_rng(3)) for _ in range(2))
    assert (one.kind, one.weights, one.gaze.tolist()) == (other.kind, other.weights, other.gaze.tolist())


def test_all_kinds_occur_and_name_units_that_exist():
    rng = np.random.default_rng(0)
    drawn = [sample_expression(rng) for _ in range(400)]
    assert {expression.kind for expression in drawn} == set(ExpressionKind)
    assert {name for expression in drawn for name in expression.weights} <= set(ASSETS.targets)
    assert all(0 <= weight <= 1 for expression in drawn for weight in expression.weights.values())


def test_the_odds_of_the_kinds_sum_to_one():
    assert sum(EXPRESSION_ODDS.values()) == pytest.approx(1)


def test_neutral_moves_nothing_but_crossed_lids():
    control = control_points(ASSETS, sample_identity(np.random.default_rng(0), ASSETS))
    np.testing.assert_allclose(pose_face(ASSETS, control, neutral_expression().weights), control, atol=0.02)


@pytest.mark.parametrize("seed", range(8))
def test_a_blink_closes_the_lids_in_order(seed):
    gaps = openings({"fu/eyeBlinkLeft": 1.0, "fu/eyeBlinkRight": 1.0}, LIDS, seed)
    assert gaps.min() > -1e-5
    assert gaps.max() < 0.006  # 0.6 mm


def test_half_a_blink_halves_the_opening():
    weights = {"fu/eyeBlinkLeft": 0.5, "fu/eyeBlinkRight": 0.5}
    np.testing.assert_allclose(openings(weights, LIDS), openings({}, LIDS) / 2, atol=0.01)


def test_squinting_and_looking_down_do_not_close_a_closed_eye_further():
    weights = {
        f"fu/{name}{side}": 1.0 for name in ("eyeBlink", "eyeSquint", "eyeLookDown") for side in ("Left", "Right")
    }
    assert openings(weights, LIDS).min() > -1e-5


def test_a_wink_leaves_the_other_eye_open():
    right, _, left, _ = openings({"fu/eyeBlinkRight": 1.0}, LIDS)
    assert right < 0.006 < 0.03 < left


def test_lids_and_lips_never_cross():
    rng = np.random.default_rng(2)
    for seed in range(40):
        weights = sample_expression(rng).weights
        assert openings(weights, LIDS, seed).min() > -1e-5
        assert openings(weights, LIPS, seed).min() > -1e-5


def test_an_open_jaw_parts_the_lips_and_the_teeth():
    assert openings({"fu/jawOpen": 0.6}, LIPS).min() > openings({}, LIPS).max() + 0.05
