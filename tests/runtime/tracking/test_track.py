"""Which boxes belong together, and where a face can have come to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.detection.nms import iou
from runtime.landmarks.region_of_interest import Region
from runtime.pipeline.stages import Found
from runtime.tracking.track import LOST_REACH, REACH, Track, match

squares = st.lists(
    st.builds(lambda x, y, side: np.float32([x, y, x + side, y + side]), *[st.floats(0, 100)] * 2, st.floats(1, 80)),
    max_size=5,
)


def found(x, y, side=100.0):
    """A face whose region lies here."""
    look = np.zeros(768, np.float32)
    look[:2] = 0.6, 0.8
    return Found(np.zeros((68, 3), np.float32), Region(x, y, side), np.zeros(4, np.float32), 1.0, look)


def walking(speed):
    """A track that went to the right for a second, seen last at (300, 0) at 1 s."""
    track = Track(0, 0.0, found(300 - speed, 0), 0.9, None)
    for index in range(1, 31):
        track.update(found(300 - speed + speed * index / 30, 0), index / 30)
    return track


class TestMatch:
    @given(squares, squares, st.floats(0.05, 1))
    def test_each_box_has_one_partner_that_overlaps_enough(self, first, second, threshold):
        pairs = match(first, second, threshold)
        rows, columns = [row for row, _ in pairs], [column for _, column in pairs]
        assert len(set(rows)) == len(rows) and len(set(columns)) == len(columns)
        overlaps = [float(iou(first[row], second[column][None])[0]) for row, column in pairs]
        assert overlaps == sorted(overlaps, reverse=True) and all(each >= threshold for each in overlaps)

    @given(squares, squares, st.floats(0.05, 1))
    def test_no_pair_is_left_that_could_be_made(self, first, second, threshold):
        pairs = match(first, second, threshold)
        free = [box for index, box in enumerate(first) if index not in {row for row, _ in pairs}]
        others = [box for index, box in enumerate(second) if index not in {column for _, column in pairs}]
        assert not any(float(iou(box, other[None])[0]) >= threshold for box in free for other in others)

    def test_the_best_pair_comes_first(self):
        """The first box overlaps both, the second only one: greedy by overlap, not by order."""
        one, two = np.float32([0, 0, 10, 10]), np.float32([4, 0, 14, 10])
        assert match([one, two], [two + np.float32([0.5, 0, 0.5, 0])], 0.1) == [(1, 0)]


class TestMotion:
    def test_standing_face_is_expected_where_it_was(self):
        assert walking(0).expected(1.5) == Region(300, 0, 100)

    def test_walking_face_is_expected_further_on(self):
        assert walking(90).expected(1 + 1 / 30).x == pytest.approx(303, abs=0.1)

    def test_expectation_has_an_end(self):
        assert walking(300).expected(60).x == pytest.approx(300 + 100 * REACH)

    def test_face_can_come_back_anywhere_on_its_way(self):
        track = walking(90)
        assert track.off_course(Region(300, 0, 100), 2) == 0
        assert track.off_course(Region(345, 0, 100), 2) == pytest.approx(0, abs=0.01)
        assert track.off_course(Region(345, 70, 100), 2) == pytest.approx(0.7, abs=0.01)
        assert track.off_course(Region(250, 0, 100), 2) == pytest.approx(0.5, abs=0.01)
        assert track.off_course(Region(300 + 100 * (LOST_REACH + 1), 0, 100), 1000) == pytest.approx(1, abs=0.01)

    def test_look_changes_slowly(self):
        track, other = walking(0), found(300, 0)
        hidden = Found(other.points, other.region, other.box, 1.0, -other.look)
        track.update(hidden, 1 + 1 / 30)
        assert track.likeness(other) == pytest.approx(1) and track.likeness(hidden) == pytest.approx(-1)
        for index in range(2, 60):
            track.update(hidden, 1 + index / 30)
        assert track.likeness(hidden) == pytest.approx(1)
