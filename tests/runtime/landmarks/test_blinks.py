"""Blinks, winks and longer closures, on a real face whose lids are moved."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import BlinkConfig, BlinkDetector, OptionError, eye_opening
from tests.runtime.landmarks.moved_lids import with_eyes

OPEN, BLINK = [0.0] * 15, [0.4, 0.8, 0.9, 0.6, 0.3]


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    return predictor(astronaut)[0]


def blinks_of(detector, face, shares, fps=30.0):
    """Every event found while the eyes are closed by each of these shares in turn."""
    found = [detector(with_eyes(face, share), index / fps) for index, share in enumerate(shares)]
    return [blink for blink in found if blink]


def test_blink_is_found_with_its_times(face):
    [blink] = blinks_of(BlinkDetector(), face, OPEN + BLINK + OPEN)
    assert (blink.kind, blink.eye) == ("blink", "both")
    assert (blink.start, blink.end, blink.depth) == pytest.approx((0.5, 20 / 30, 0.9), abs=0.02)
    assert blink.seconds == pytest.approx(5 / 30)


@pytest.mark.parametrize("fps", [20, 60, 120])
def test_seconds_count_and_not_frames(face, fps):
    times = np.arange(0, 2, 1 / fps)
    shares = np.interp(times, [1, 1.1, 1.15, 1.3], [0, 1, 1, 0])
    [blink] = blinks_of(BlinkDetector(), face, shares, fps)
    assert 1.0 <= blink.start <= 1.1 and 1.2 < blink.end <= 1.32


def test_each_of_several_is_found(face):
    assert len(blinks_of(BlinkDetector(), face, (OPEN + BLINK) * 5 + OPEN)) == 5


def test_trembling_at_the_threshold_is_one_blink_at_most(face):
    shares = OPEN + [0.25, 0.35] * 8 + OPEN
    assert len(blinks_of(BlinkDetector(), face, shares)) <= 1


@given(st.floats(0, 0.6))
def test_narrow_eyes_blink_too(face, narrow):
    shares = [1 - (1 - narrow) * (1 - share) for share in OPEN + BLINK + OPEN]
    assert len(blinks_of(BlinkDetector(), face, shares)) == 1


def test_starting_with_closed_eyes_is_learnt_from(face):
    detector = BlinkDetector()
    assert len(blinks_of(detector, face, [0.9] * 5 + OPEN * 3 + BLINK + OPEN)) == 1
    assert detector.level == pytest.approx(eye_opening(face).mean, rel=0.05)


def test_reports_eyes_that_are_closed_now(face):
    detector = BlinkDetector()
    states = []
    for index, share in enumerate([0, 0, 0, 0.9, 0.9, 0]):
        detector(with_eyes(face, share), index / 30)
        states.append(detector.closed)
    assert states == [False, False, False, True, True, False]


@pytest.mark.parametrize(
    "options", [{"closed": 0}, {"closed": 0.9}, {"opened": 1}, {"max_seconds": 0}, {"closed": math.nan}]
)
def test_value_out_of_range_is_named(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        BlinkConfig(**options)


@pytest.mark.parametrize(("frames", "kind"), [(21, "blink"), (33, "closure")])
def test_closure_is_what_lasts_longer_than_four_fifths_of_a_second(face, frames, kind):
    [event] = blinks_of(BlinkDetector(), face, OPEN + [0.9] * frames + OPEN)
    assert event.kind == kind


def test_long_closure_is_an_event_with_start_and_end(face):
    [closure] = blinks_of(BlinkDetector(), face, OPEN + [0.9] * 60 + OPEN)
    assert (closure.kind, closure.eye) == ("closure", "both")
    assert (closure.start, closure.end) == pytest.approx((0.5, 2.5))


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8, 1.0])
@pytest.mark.parametrize("seconds", [5, 40, 300])
def test_eyes_stay_closed_however_long_they_are_shut(face, share, seconds):
    detector, shut = BlinkDetector(), with_eyes(face, share)
    for index in range(90):
        detector(face, index / 30)
    for index in range(seconds * 10):
        assert detector(shut, 3 + index / 10) is None
        assert detector.closed and detector.closed_since == 3
    assert detector.closed_seconds == pytest.approx(seconds - 0.1)
    event = detector(face, 3 + seconds)
    assert (event.kind, event.start, event.end) == ("closure", 3, 3 + seconds)
    assert not detector.closed and detector.closed_since is None and detector.closed_seconds == 0


def test_eyes_that_close_slowly_are_closed_in_the_end(face):
    detector = BlinkDetector()
    for index in range(600):
        detector(with_eyes(face, min(max(index - 60, 0) / 150, 0.7)), index / 30)
    assert detector.closed


@pytest.mark.parametrize(("eyes", "eye"), [((0.9, 0.0), "right"), ((0.0, 0.9), "left"), ((0.9, 0.3), "right")])
def test_wink_is_told_from_a_blink(face, eyes, eye):
    detector = BlinkDetector()
    winks = [with_eyes(face, eyes[0] * share, eyes[1] * share) for share in OPEN + BLINK + OPEN]
    events, closed = [], []
    for index, each in enumerate(winks):
        events.append(detector(each, index / 30))
        closed.append(detector.closed)
    [wink] = [event for event in events if event]
    assert (wink.kind, wink.eye) == ("wink", eye) and wink.depth > 0.5
    assert not any(closed)


def test_wink_that_becomes_a_blink_is_one(face):
    detector = BlinkDetector()
    shares = [(0, 0)] * 15 + [(0.9, 0)] * 3 + [(0.9, 0.9)] * 3 + [(0, 0)] * 5
    events = [detector(with_eyes(face, *each), index / 30) for index, each in enumerate(shares)]
    assert [event.kind for event in events if event] == ["blink"]


def test_eyes_widened_in_surprise_do_not_become_the_open_ones(face):
    detector = BlinkDetector()
    for index, share in enumerate([0.0] * 90 + [-0.4] * 30 + [0.0] * 30):
        detector(with_eyes(face, share), index / 30)
        assert not detector.closed


@pytest.mark.parametrize("time", [math.nan, math.inf, None, "1"])
def test_time_is_a_finite_number(face, time):
    with pytest.raises(OptionError, match="time="):
        BlinkDetector()(face, time)


def test_earlier_time_is_another_video(face):
    detector = BlinkDetector()
    for index in range(20):
        detector(with_eyes(face, 0.9 if index > 10 else 0), index / 30)
    assert detector.closed
    assert detector(with_eyes(face, 0.2), 0.0) is None
    assert not detector.closed and detector.level == pytest.approx(eye_opening(with_eyes(face, 0.2)).mean)


def test_video_without_times_has_blinks(face):
    detector = BlinkDetector()
    events = [detector(with_eyes(face, share), 0.0) for share in OPEN + BLINK + OPEN]
    [blink] = [event for event in events if event]
    assert (blink.kind, blink.start) == ("blink", pytest.approx(0.5))
