"""Openings of eyes and mouth, on real faces and on faces whose lids were moved."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import Pose, eye_opening, mouth_opening
from tests.runtime.landmarks.moved_lids import with_eyes


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    return predictor(astronaut)[0]


def turned(face, pose, scale=1.0):
    points = (face.landmarks - face.landmarks.mean(axis=0)) @ pose.matrix().T * scale + 200
    return dataclasses.replace(face, landmarks=points.astype(np.float32))


def test_open_eyes_of_a_photograph(face):
    opening = eye_opening(face)
    assert 0.2 < opening.right < 0.45 and 0.2 < opening.left < 0.45
    assert opening.mean == pytest.approx((opening.right + opening.left) / 2)


def test_left_and_right_are_the_persons_own(face):
    opened, winking = eye_opening(face), eye_opening(with_eyes(face, right=0.9, left=0.0))
    assert winking.right < 0.3 * opened.right and winking.left == opened.left


def test_smiling_mouth_is_open_more_than_a_closed_one(predictor, face, grace_hopper):
    [closed] = predictor(grace_hopper)
    assert mouth_opening(closed) < 0.06 < mouth_opening(face)


@given(st.floats(-60, 60), st.floats(-40, 40), st.floats(-180, 180), st.floats(0.1, 20))
def test_turning_and_size_change_nothing(face, yaw, pitch, roll, scale):
    other = turned(face, Pose(yaw, pitch, roll), scale)
    assert eye_opening(other).mean == pytest.approx(eye_opening(face).mean, rel=0.01)
    assert mouth_opening(other) == pytest.approx(mouth_opening(face), rel=0.01)


def test_points_on_one_spot_are_closed(face):
    spot = dataclasses.replace(face, landmarks=np.zeros((68, 3), np.float32))
    assert eye_opening(spot).mean == 0 and mouth_opening(spot) == 0


def test_face_far_smaller_than_a_pixel_has_the_same_openings(face):
    small = turned(face, Pose(0, 0, 0), scale=1e-3)
    small = dataclasses.replace(small, landmarks=small.landmarks - np.float32(200))
    assert mouth_opening(small) == pytest.approx(mouth_opening(face), rel=0.05)


def test_openings_are_mean_gaps_over_widths(face):
    points = np.zeros((68, 3), np.float32)
    points[[36, 39]] = [0, 0, 0], [3, 0, 4]  # 5 wide, through the picture's plane
    points[[37, 41]] = [1, 1, 1], [1, -1, 1]  # 2 apart
    points[[38, 40]] = [2, 2, 2], [2, -2, 2]  # 4 apart
    points[[42, 45]] = [10, 0, 0], [18, 0, 0]  # 8 wide
    points[[43, 47]] = [12, 0, 0], [12, 3, 0]  # 3 apart
    points[[44, 46]] = [14, 0, 0], [14, 0, 5]  # 5 apart
    points[[61, 67]] = [7, 20, 0], [7, 21, 0]  # 1 apart
    points[[62, 66]] = [9, 20, 0], [9, 22, 0]  # 2 apart
    points[[63, 65]] = [11, 20, 0], [11, 26, 0]  # 6 apart
    known = dataclasses.replace(face, landmarks=points)
    assert (eye_opening(known).right, eye_opening(known).left) == (pytest.approx(3 / 5), pytest.approx(4 / 8))
    assert mouth_opening(known) == pytest.approx(3 / 18)  # of outer eye corners 18 apart
