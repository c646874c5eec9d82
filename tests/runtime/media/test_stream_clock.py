"""One rule for the times of a stream."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime import BlinkDetector, OptionError, Perclos, PoseHistory, Predictor
from runtime.media.stream_clock import StreamClock

TIMES = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=30)


@given(TIMES)
def test_time_grows_until_another_stream_begins(times):
    clock, last = StreamClock(), -math.inf
    for time in times:
        again = clock.advance(time)
        assert again or clock.now > last
        last = clock.now


def test_earlier_time_begins_another_stream():
    clock = StreamClock()
    assert [clock.advance(time) for time in (5.0, 6.0, 6.0, 5.0)] == [False, False, False, True]
    assert clock.now == 5


@pytest.mark.parametrize("time", [math.nan, math.inf, -math.inf, 1e12, None, "1", True])
def test_time_that_is_no_finite_number_is_named(time):
    with pytest.raises(OptionError, match="time="):
        StreamClock().advance(time)


@settings(max_examples=15)
@given(TIMES)
def test_trackers_and_measures_take_the_same_times(face_and_image, times):
    face, image, tracker = face_and_image
    tracker.reset()
    measures = (BlinkDetector(), Perclos(), PoseHistory().add, lambda _, time: tracker(image, time))
    for time in times:
        for measure in measures:
            measure(face, time)


@pytest.fixture(scope="module")
def face_and_image(predictor, astronaut):
    small = astronaut[::8, ::8].copy()
    with Predictor("trimmed", detector="blazeface-short") as quick:
        yield predictor(astronaut)[0], small, quick.tracker()
