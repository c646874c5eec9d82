"""Head pose over time."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import OptionError, Pose, PoseHistory, PoseSample


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    return predictor(astronaut)[0]


def test_keeps_the_last_seconds(face):
    history = PoseHistory(seconds=1)
    for index in range(50):
        history.add(face, index / 8)
    assert [sample.time for sample in history.samples] == [index / 8 for index in range(41, 50)]
    assert history.samples[-1] == PoseSample(49 / 8, face.pose)


def test_angles_are_a_table(face):
    history = PoseHistory()
    history.add(face, 0.5)
    np.testing.assert_array_equal(history.angles(), [[0.5, face.pose.yaw, face.pose.pitch, face.pose.roll]])
    assert PoseHistory().angles().shape == (0, 4)


@given(st.floats(-300, 300), st.floats(-300, 300), st.floats(-300, 300))
def test_speed_is_that_of_a_steady_turn(face, yaw, pitch, roll):
    history = PoseHistory()
    for index in range(10):
        time = index / 30
        history.add(dataclasses.replace(face, pose=Pose(yaw * time, pitch * time, roll * time)), time)
    assert history.speed() == pytest.approx((yaw, pitch, roll), rel=1e-6, abs=1e-6)


def test_speed_is_the_slope_of_the_line_of_least_squares(face):
    """By numpy's own fit, on angles that shake and begin anywhere."""
    random = np.random.default_rng(0)
    times = 7 + np.cumsum(random.uniform(0.02, 0.05, 40))
    angles = random.normal(20, 5, (40, 3))
    history = PoseHistory()
    for time, (yaw, pitch, roll) in zip(times, angles, strict=True):
        history.add(dataclasses.replace(face, pose=Pose(yaw, pitch, roll)), time)
    for seconds in (0.2, 0.5):
        last = times >= times[-1] - seconds
        expected = np.polyfit(times[last] - times[-1], angles[last], 1)[0]
        assert history.speed(seconds) == pytest.approx(tuple(expected), rel=1e-6)


@pytest.mark.parametrize("seconds", [0, -1, math.nan, "0.2"])
def test_speed_needs_a_positive_time(face, seconds):
    with pytest.raises(OptionError, match="seconds="):
        PoseHistory().speed(seconds)


def test_speed_is_unknown_at_first(face):
    history = PoseHistory()
    assert history.speed() == (0, 0, 0)
    history.add(face, 0.0)
    assert history.speed() == (0, 0, 0)


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf])
def test_length_must_be_positive(seconds):
    with pytest.raises(OptionError, match="seconds="):
        PoseHistory(seconds)


def test_same_time_once_more_counts_as_the_next_frame(face):
    history = PoseHistory()
    history.add(face, 1.0)
    history.add(face, 1.0)
    assert [sample.time for sample in history.samples] == pytest.approx([1, 1 + 1 / 30])


def test_earlier_time_starts_an_empty_history(face):
    history = PoseHistory()
    history.add(face, 1.0)
    history.add(face, 0.5)
    assert [sample.time for sample in history.samples] == [0.5]
