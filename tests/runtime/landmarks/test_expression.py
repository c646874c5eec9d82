"""Measures of brows and mouth, on real faces and on faces whose points were moved."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import (
    FACE_PARTS,
    OptionError,
    Pose,
    brow_raise,
    eye_opening,
    face_measures,
    mouth_corner_lift,
    mouth_opening,
    mouth_width,
)
from runtime.face_parts import eye_distance


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    """A smiling face."""
    return predictor(astronaut)[0]


@pytest.fixture(scope="module")
def earnest(predictor, grace_hopper):
    """A face with a closed mouth."""
    return predictor(grace_hopper)[0]


def moved(face, points, sideways=0.0, up=0.0):
    """The face with some points moved along the head's own axes, in outer eye corner distances."""
    landmarks = face.landmarks.copy()
    unit = float(eye_distance(landmarks))
    across, down = face.pose.matrix()[:, 0], face.pose.matrix()[:, 1]
    landmarks[list(points)] += (unit * (sideways * across - up * down)).astype(np.float32)
    return dataclasses.replace(face, landmarks=landmarks)


def turned(face, pose, scale):
    points = (face.landmarks - face.landmarks.mean(axis=0)) @ pose.matrix().T * scale + 200
    return dataclasses.replace(face, landmarks=points.astype(np.float32))


def test_a_smile_is_wide_and_lifts_the_corners(face, earnest):
    assert mouth_width(face) > 0.7 > mouth_width(earnest)
    assert mouth_corner_lift(face) > 0.07 > mouth_corner_lift(earnest)


@pytest.mark.parametrize("side", ["right", "left"])
def test_raised_brow_counts_for_its_own_side(earnest, side):
    before, after = brow_raise(earnest), brow_raise(moved(earnest, FACE_PARTS[f"{side}_brow"], up=0.06))
    other = {"right": "left", "left": "right"}[side]
    assert getattr(after, side) - getattr(before, side) == pytest.approx(0.06, abs=1e-3)
    assert getattr(after, other) == pytest.approx(getattr(before, other))
    assert after.mean == pytest.approx((after.right + after.left) / 2)


def test_lids_do_not_raise_the_brows(earnest):
    closed = moved(earnest, [37, 38, 43, 44], up=-0.08)
    assert eye_opening(closed).mean < eye_opening(earnest).mean
    assert brow_raise(closed) == brow_raise(earnest)


def test_lifted_corners_and_a_wider_mouth_are_measured(earnest):
    assert mouth_corner_lift(moved(earnest, [48, 54], up=0.05)) == pytest.approx(
        mouth_corner_lift(earnest) + 0.05, abs=1e-3
    )
    assert mouth_width(moved(earnest, [54], sideways=0.1)) == pytest.approx(mouth_width(earnest) + 0.1, abs=5e-3)


@given(st.floats(-60, 60), st.floats(-40, 40), st.floats(-180, 180), st.floats(0.1, 20))
def test_turning_and_size_change_nothing(face, yaw, pitch, roll, scale):
    expected = face_measures(face).to_dict()
    assert face_measures(turned(face, Pose(yaw, pitch, roll), scale)).to_dict() == pytest.approx(expected, abs=2e-3)


def test_all_measures_are_those_of_the_functions(face):
    measures = face_measures(face)
    assert (measures.eye_opening_right, measures.eye_opening_left) == (eye_opening(face).right, eye_opening(face).left)
    assert measures.mouth_opening == mouth_opening(face) and measures.mouth_width == mouth_width(face)
    assert measures.mouth_corner_lift == mouth_corner_lift(face)
    assert (measures.brow_raise_right, measures.brow_raise_left) == (brow_raise(face).right, brow_raise(face).left)
    assert list(measures.to_dict()) == [field.name for field in dataclasses.fields(measures)]


@pytest.mark.parametrize("measure", [brow_raise, mouth_width, mouth_corner_lift, face_measures])
def test_a_list_of_faces_is_refused(face, measure):
    with pytest.raises(OptionError, match=r"take one of the list, such as faces\[0\]"):
        measure([face])
