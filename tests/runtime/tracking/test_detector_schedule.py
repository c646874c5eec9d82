"""When the detector runs in a stream, and when it searches turned frames."""

from __future__ import annotations

import pytest

from runtime.tracking.config import TrackingConfig
from runtime.tracking.detector_schedule import DetectorSchedule

FRAME = (480, 640, 3)
CONFIG = TrackingConfig(
    detect_every=0.5, search_every=0.1, search_empty_every=0.2, search_turned_every=1.0, gate_logit=-2.0, gate_rise=0.5
)


@pytest.fixture
def schedule():
    return DetectorSchedule(CONFIG)


def is_due(schedule, now, **state):
    return schedule.is_due(now, **{"tracking": False, "searching": False, "full": False, "at_once": False, **state})


def test_the_first_frame_is_due(schedule):
    assert is_due(schedule, 0.0)
    assert is_due(schedule, 0.0, tracking=True, full=True)


@pytest.mark.parametrize(
    ("pause", "state"),
    [
        (0.5, {"tracking": True}),
        (0.5, {"tracking": True, "searching": True, "full": True}),
        (0.1, {"tracking": True, "searching": True}),
        (0.1, {"searching": True}),
        (0.2, {}),
        (0.0, {"tracking": True, "full": True, "at_once": True}),
    ],
)
def test_the_pause_depends_on_what_is_tracked_and_lost(schedule, pause, state):
    schedule.detect(10.0)
    assert is_due(schedule, 10.0 + pause, **state)
    assert pause == 0 or not is_due(schedule, 10.0 + pause - 0.01, **state)


def test_an_alarm_comes_again_only_where_the_gate_rises(schedule):
    assert not schedule.is_alarm(-2.1)
    assert schedule.is_alarm(-2.0)
    assert not schedule.is_alarm(-1.6)
    assert schedule.is_alarm(-1.5)
    schedule.found()
    assert schedule.is_alarm(-2.0)


def test_turned_frames_are_searched_once_a_second_where_nothing_is_found(schedule):
    assert schedule.wants_turned(3.0, [], FRAME, tracking=False)
    assert not schedule.wants_turned(3.0, [], FRAME, tracking=False)
    assert not schedule.wants_turned(3.9, [], FRAME, tracking=False)
    assert schedule.wants_turned(4.0, [], FRAME, tracking=False)


def test_turned_frames_are_not_searched_while_a_face_is_tracked(schedule):
    assert not schedule.wants_turned(3.0, [], FRAME, tracking=True)
    assert schedule.wants_turned(3.1, [], FRAME, tracking=False)  # what was not searched does not count


def test_a_shot_cut_forgets_alarms_and_searches(schedule):
    assert schedule.is_alarm(0.0) and schedule.wants_turned(3.0, [], FRAME, tracking=False)
    schedule.cut()
    assert schedule.is_alarm(-2.0) and schedule.wants_turned(3.1, [], FRAME, tracking=False)


def test_another_stream_begins_like_the_first(schedule):
    schedule.detect(10.0)
    schedule.is_alarm(0.0)
    schedule.reset()
    assert is_due(schedule, 0.0) and schedule.is_alarm(-2.0)
