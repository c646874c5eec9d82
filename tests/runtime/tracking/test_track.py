"""Places that a tracked face can have reached."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.landmarks.region_of_interest import Region
from runtime.pipeline.frame_pipeline import FoundFace
from runtime.tracking.track import APPEARANCE_SECONDS, LOST_REACH, MOTION_SECONDS, REACH, Track


def found(x, y, side=100.0, sign=1):
    """A face whose region lies here; ``sign`` -1 gives it the opposite appearance."""
    region, crop = Region(x, y, side), np.zeros((192, 192, 3), np.uint8)
    face = FoundFace(np.zeros((68, 3), np.float32), region, np.zeros(4, np.float32), 1.0, crop, region)
    appearance = np.zeros(768, np.float32)
    appearance[:2] = 0.6 * sign, 0.8 * sign
    face._appearance.append(appearance)
    return face


def walking(speed):
    """A track that went to the right for a second, seen last at (300, 0) at 1 s."""
    track = Track(0, 0.0, found(300 - speed, 0), 0.9, None)
    for index in range(1, 31):
        track.update(found(300 - speed + speed * index / 30, 0), index / 30)
    return track


class TestMotion:
    def test_standing_face_is_expected_where_it_was(self):
        assert walking(0).expected(1.5) == Region(300, 0, 100)

    def test_walking_face_is_expected_further_on(self):
        assert walking(90).expected(1 + 1 / 30).x == pytest.approx(303, abs=0.1)

    def test_motion_is_measured_in_seconds_whatever_the_frame_rate(self):
        track = Track(0, 0.0, found(0, 0), 0.9, None)
        track.update(found(6, 12), MOTION_SECONDS)  # the mean motion takes up all but 1 / e of a change in this time
        share, seconds = 1 - 1 / np.e, 0.01
        expected = track.expected(MOTION_SECONDS + seconds)
        assert expected.x == pytest.approx(6 + share * 6 / MOTION_SECONDS * seconds)
        assert expected.y == pytest.approx(12 + share * 12 / MOTION_SECONDS * seconds)

    def test_expectation_has_an_end(self):
        assert walking(300).expected(60).x == pytest.approx(300 + 100 * REACH)

    def test_face_can_come_back_anywhere_on_its_way(self):
        track = walking(90)
        assert track.distance_from_path(Region(300, 0, 100), 2) == 0
        assert track.distance_from_path(Region(345, 0, 100), 2) == pytest.approx(0, abs=0.01)
        assert track.distance_from_path(Region(345, 70, 100), 2) == pytest.approx(0.7, abs=0.01)
        assert track.distance_from_path(Region(250, 0, 100), 2) == pytest.approx(0.5, abs=0.01)
        assert track.distance_from_path(Region(300 + 100 * (LOST_REACH + 1), 0, 100), 1000) == pytest.approx(
            1, abs=0.01
        )

    def test_appearance_changes_by_all_but_a_share_of_e_in_its_time(self):
        track = Track(0, 0.0, found(0, 0), 0.9, None)
        track.update(found(0, 0, sign=-1), APPEARANCE_SECONDS)
        np.testing.assert_allclose(track.appearance[:2], (2 / np.e - 1) * np.array([0.6, 0.8]), rtol=1e-5)

    def test_appearance_changes_slowly(self):
        track, other = walking(0), found(300, 0)
        hidden = found(300, 0, sign=-1)
        track.update(hidden, 1 + 1 / 30)
        assert track.likeness(other) == pytest.approx(1) and track.likeness(hidden) == pytest.approx(-1)
        for index in range(2, 60):
            track.update(hidden, 1 + index / 30)
        assert track.likeness(hidden) == pytest.approx(1)
