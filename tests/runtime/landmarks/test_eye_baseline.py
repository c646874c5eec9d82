"""How fast the level of a person's open eyes is learnt, on eyes whose openings are set by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runtime import Face, Pose
from runtime.landmarks.eye_baseline import OpenEyes

CLOSED = 0.5


def face_with(opening):
    """A face whose eyes are 10 pixels wide and open by a share of that."""
    points = np.zeros((68, 3), np.float32)
    for corner, upper, lower in ((36, (37, 38), (41, 40)), (42, (43, 44), (47, 46))):
        points[corner + 3, 0] = 10
        points[list(upper), 1], points[list(lower), 1] = -5 * opening, 5 * opening
    return Face(points, np.float32([0, 0, 10, 10]), 1.0, 1.0, Pose(0, 0, 0))


def level_after(openings, step=0.1):
    """The level of open eyes after frames with these openings."""
    eyes = OpenEyes()
    for index, opening in enumerate(openings):
        eyes.measure(face_with(opening), index * step, CLOSED)
    return eyes.level.mean


def approach(start, end, seconds, constant):
    """Where an exponential approach from start to end is after so many seconds."""
    return end + (start - end) * math.exp(-seconds / constant)


def test_level_rises_fast_in_the_first_two_seconds():
    assert level_after([0.2] + [0.3] * 5) == pytest.approx(approach(0.2, 0.3, 0.5, 0.3), rel=1e-4)


def test_level_rises_slowly_afterwards():
    assert level_after([0.2] * 31 + [0.3] * 5) == pytest.approx(approach(0.2, 0.3, 0.5, 3), rel=1e-4)


def test_level_learnt_from_shut_eyes_rises_fast_whenever_they_open():
    # one step, from 0.1 to more than twice as much
    assert level_after([0.1] * 31 + [0.25]) == pytest.approx(approach(0.1, 0.25, 0.1, 0.3), rel=1e-4)


def test_level_falls_slowly_while_the_eyes_are_open_and_not_while_they_are_closed():
    assert level_after([0.3] * 31 + [0.2] * 5) == pytest.approx(approach(0.3, 0.2, 0.5, 10), rel=1e-4)
    assert level_after([0.3] * 31 + [0.1] * 5) == pytest.approx(0.3)


def test_openings_are_shares_of_the_level():
    eyes = OpenEyes()
    eyes.measure(face_with(0.4), 0.0, CLOSED)
    share = eyes.measure(face_with(0.1), 0.1, CLOSED)
    assert (share.right, share.left) == pytest.approx((0.25, 0.25))


def test_time_that_goes_back_forgets_the_person():
    eyes = OpenEyes()
    eyes.measure(face_with(0.4), 10.0, CLOSED)
    eyes.measure(face_with(0.2), 1.0, CLOSED)
    assert eyes.level.mean == pytest.approx(0.2)
