"""Times of frames: kept where they grow, and made to grow where they do not."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.media.video.frame_times import LONGEST_GAP, FrameTimes


def times(told, fps=25.0, lost=None):
    clock = FrameTimes(fps)
    return [clock(each, missing) for each, missing in zip(told, lost or [0] * len(told), strict=True)]


def test_variable_rates_are_kept_and_the_first_frame_is_at_zero():
    assert times([5.0, 5.04, 5.08, 5.5, 6.0]) == pytest.approx([0.0, 0.04, 0.08, 0.5, 1.0])


def test_frames_without_times_follow_at_the_nominal_rate():
    assert times([None, None, math.nan, None]) == pytest.approx([0, 0.04, 0.08, 0.12])


def test_damage_leaves_room_for_its_frames():
    assert times([None, None, None], lost=[0, 3, 0]) == pytest.approx([0, 0.16, 0.2])


def test_times_that_start_again_go_on():
    assert times([0, 0.04, 0.08, 0.12, 0.16, 0.20, 0.0, 0.04, 0.08]) == pytest.approx(
        [0, 0.04, 0.08, 0.12, 0.16, 0.20, 0.24, 0.28, 0.32]
    )


def test_frames_stored_out_of_order_keep_the_others_in_place():
    told = [0, 0.04, 0.12, 0.08, 0.16, 0.20]
    assert times(told) == pytest.approx([0, 0.04, 0.12, 0.14, 0.16, 0.20])


def test_repeated_times_stay_with_the_video():
    assert times([0, 0, 0.08, 0.08, 0.16]) == pytest.approx([0, 0.02, 0.08, 0.10, 0.16])


def test_break_of_more_than_an_hour_is_no_pause():
    assert times([0, 0.04, 95443.7, 95443.74]) == pytest.approx([0, 0.04, 0.08, 0.12])
    assert times([0, LONGEST_GAP - 1])[1] == LONGEST_GAP - 1


@given(
    st.lists(st.one_of(st.none(), st.floats(), st.floats(0, 10), st.sampled_from([0.0, 0.04, 0.08])), min_size=1),
    st.floats(0.1, 999),
)
def test_times_are_finite_and_grow_whatever_is_told(told, fps):
    found = times(told, fps)
    assert found[0] == 0
    assert all(math.isfinite(time) for time in found)
    assert all(later > earlier for earlier, later in itertools.pairwise(found))


@given(st.lists(st.floats(0.001, 100), min_size=1), st.floats(-1e5, 1e5))
def test_times_that_grow_are_kept(steps, start):
    told = [start]
    for step in steps:
        told.append(told[-1] + step)
    assert times(told) == pytest.approx([time - start for time in told], abs=1e-6)
