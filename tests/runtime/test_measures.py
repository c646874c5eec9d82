"""Openings, blinks and head motion, on real faces and on faces whose lids and lips were moved."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import (
    Blink,
    BlinkConfig,
    BlinkDetector,
    OptionError,
    Pose,
    PoseHistory,
    PoseSample,
    eye_opening,
    mouth_opening,
)

LIDS = ((37, 41), (38, 40), (43, 47), (44, 46))


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    return predictor(astronaut)[0]


def with_eyes(face, right=0.0, left=None):
    """The face with its eyes closed by a share of their opening."""
    points = face.landmarks.copy()
    for index, (upper, lower) in enumerate(LIDS):
        share = right if index < 2 or left is None else left
        points[upper] += share * (points[lower] - points[upper])
    return dataclasses.replace(face, landmarks=points)


def turned(face, pose, scale=1.0):
    points = (face.landmarks - face.landmarks.mean(axis=0)) @ pose.matrix().T * scale + 200
    return dataclasses.replace(face, landmarks=points.astype(np.float32))


def blinks_of(detector, face, shares, fps=30.0):
    """Every blink found while the eyes are closed by each of these shares in turn."""
    found = [detector(with_eyes(face, share), index / fps) for index, share in enumerate(shares)]
    return [blink for blink in found if blink]


OPEN, BLINK = [0.0] * 15, [0.4, 0.8, 0.9, 0.6, 0.3]


class TestOpenings:
    def test_open_eyes_of_a_photograph(self, face):
        opening = eye_opening(face)
        assert 0.2 < opening.right < 0.45 and 0.2 < opening.left < 0.45
        assert opening.mean == pytest.approx((opening.right + opening.left) / 2)

    def test_left_and_right_are_the_persons_own(self, face):
        opened, winking = eye_opening(face), eye_opening(with_eyes(face, right=0.9, left=0.0))
        assert winking.right < 0.3 * opened.right and winking.left == opened.left

    def test_smiling_mouth_is_open_more_than_a_closed_one(self, predictor, face, grace_hopper):
        [closed] = predictor(grace_hopper)
        assert mouth_opening(closed) < 0.06 < mouth_opening(face)

    @given(st.floats(-60, 60), st.floats(-40, 40), st.floats(-180, 180), st.floats(0.1, 20))
    def test_turning_and_size_change_nothing(self, face, yaw, pitch, roll, scale):
        other = turned(face, Pose(yaw, pitch, roll), scale)
        assert eye_opening(other).mean == pytest.approx(eye_opening(face).mean, rel=0.01)
        assert mouth_opening(other) == pytest.approx(mouth_opening(face), rel=0.01)

    def test_points_on_one_spot_are_closed(self, face):
        spot = dataclasses.replace(face, landmarks=np.zeros((68, 3), np.float32))
        assert eye_opening(spot).mean == 0 and mouth_opening(spot) == 0


class TestBlinks:
    def test_blink_is_found_with_its_times(self, face):
        [blink] = blinks_of(BlinkDetector(), face, OPEN + BLINK + OPEN)
        assert blink == Blink(pytest.approx(0.5), pytest.approx(20 / 30), pytest.approx(0.9, abs=0.02))

    @pytest.mark.parametrize("fps", [20, 60, 120])
    def test_seconds_count_and_not_frames(self, face, fps):
        times = np.arange(0, 2, 1 / fps)
        shares = np.interp(times, [1, 1.1, 1.15, 1.3], [0, 1, 1, 0])
        [blink] = blinks_of(BlinkDetector(), face, shares, fps)
        assert 1.0 <= blink.start <= 1.1 and 1.2 < blink.end <= 1.32

    def test_each_of_several_is_found(self, face):
        assert len(blinks_of(BlinkDetector(), face, (OPEN + BLINK) * 5 + OPEN)) == 5

    def test_eyes_that_stay_closed_are_no_blink(self, face):
        assert blinks_of(BlinkDetector(), face, OPEN + [0.9] * 60 + OPEN) == []

    def test_trembling_at_the_threshold_is_one_blink_at_most(self, face):
        shares = OPEN + [0.25, 0.35] * 8 + OPEN
        assert len(blinks_of(BlinkDetector(), face, shares)) <= 1

    def test_wink_of_one_eye_is_none(self, face):
        detector = BlinkDetector(BlinkConfig(closed=0.5))
        winks = [with_eyes(face, right=share, left=0.0) for share in OPEN + BLINK + OPEN]
        assert [detector(each, index / 30) for index, each in enumerate(winks)] == [None] * len(winks)

    @given(st.floats(0, 0.6))
    def test_narrow_eyes_blink_too(self, face, narrow):
        shares = [1 - (1 - narrow) * (1 - share) for share in OPEN + BLINK + OPEN]
        assert len(blinks_of(BlinkDetector(), face, shares)) == 1

    def test_starting_with_closed_eyes_is_learnt_from(self, face):
        detector = BlinkDetector()
        assert len(blinks_of(detector, face, [0.9] * 5 + OPEN * 3 + BLINK + OPEN)) == 1
        assert detector.level == pytest.approx(eye_opening(face).mean, rel=0.05)

    def test_tells_that_eyes_are_closed_now(self, face):
        detector = BlinkDetector()
        states = []
        for index, share in enumerate([0, 0, 0, 0.9, 0.9, 0]):
            detector(with_eyes(face, share), index / 30)
            states.append(detector.closed)
        assert states == [False, False, False, True, True, False]

    @pytest.mark.parametrize("time", [1.0, 0.5, math.nan, math.inf])
    def test_time_must_go_on(self, face, time):
        detector = BlinkDetector()
        detector(face, 1.0)
        with pytest.raises(OptionError, match="time="):
            detector(face, time)
        detector.reset()
        assert detector(face, 0.0) is None and detector.level == eye_opening(face).mean

    @pytest.mark.parametrize(
        "options", [{"closed": 0}, {"closed": 0.9}, {"opened": 1}, {"max_seconds": 0}, {"closed": math.nan}]
    )
    def test_value_out_of_range_is_named(self, options):
        with pytest.raises(OptionError, match=next(iter(options))):
            BlinkConfig(**options)


class TestPoseHistory:
    def test_keeps_the_last_seconds(self, face):
        history = PoseHistory(seconds=1)
        for index in range(50):
            history.add(face, index / 8)
        assert [sample.time for sample in history.samples] == [index / 8 for index in range(41, 50)]
        assert history.samples[-1] == PoseSample(49 / 8, face.pose)

    def test_angles_are_a_table(self, face):
        history = PoseHistory()
        history.add(face, 0.5)
        np.testing.assert_array_equal(history.angles(), [[0.5, face.pose.yaw, face.pose.pitch, face.pose.roll]])
        assert PoseHistory().angles().shape == (0, 4)

    @given(st.floats(-300, 300), st.floats(-300, 300), st.floats(-300, 300))
    def test_speed_is_that_of_a_steady_turn(self, face, yaw, pitch, roll):
        history = PoseHistory()
        for index in range(10):
            time = index / 30
            history.add(dataclasses.replace(face, pose=Pose(yaw * time, pitch * time, roll * time)), time)
        assert history.speed() == pytest.approx((yaw, pitch, roll), rel=1e-6, abs=1e-6)

    def test_speed_is_unknown_at_first(self, face):
        history = PoseHistory()
        assert history.speed() == (0, 0, 0)
        history.add(face, 0.0)
        assert history.speed() == (0, 0, 0)

    def test_time_must_go_on(self, face):
        history = PoseHistory()
        history.add(face, 1.0)
        with pytest.raises(OptionError, match="time="):
            history.add(face, 1.0)

    @pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf])
    def test_length_must_be_positive(self, seconds):
        with pytest.raises(OptionError, match="seconds="):
            PoseHistory(seconds)
