"""Capture: the newest frame is taken, late ones are counted, a camera may go and come back."""

from __future__ import annotations

import itertools
import threading

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import OptionError, VideoError
from runtime.live.camera.capture import STALLED, Capture
from runtime.live.state.status import Reconnect, State
from runtime.media.video.video_sink import VideoSink
from runtime.media.video.video_source import VideoSource
from tests.runtime.live.fakes import Clock, ScriptedCamera

SOON = Reconnect(first=0.001, longest=0.004, give_up=10.0)
IMAGES = [np.full((12, 16, 3), value, np.uint8) for value in range(0, 250, 25)]


def taken(capture, count):
    """The next frames, as many as that."""
    return [capture.read(5).frame for _ in range(count)]


def until(capture, state):
    """Wait for a state that is reached by itself."""
    for _ in range(2000):
        if capture.status.state is state:
            return capture.status
        capture.read(0.005)
    raise AssertionError(f"{capture.status} never became {state}")


def test_newest_frame_replaces_those_that_were_not_taken():
    go_on, all_given, end = (threading.Event() for _ in range(3))
    with Capture(ScriptedCamera([IMAGES[0], go_on, *IMAGES[1:], all_given.set, end])) as capture:
        assert capture.read(5).frame.index == 0
        go_on.set()
        all_given.wait(5)
        newest = capture.read(0).frame
        assert newest.index == len(IMAGES) - 1
        np.testing.assert_array_equal(newest.image, IMAGES[-1])
        assert capture.read(0) is None
        assert (capture.status.read, capture.status.dropped) == (len(IMAGES), len(IMAGES) - 2)
        end.set()


def test_nothing_is_read_before_the_first_frame_is_wanted():
    camera = ScriptedCamera([*IMAGES])
    with Capture(camera) as capture:
        assert capture.status.read == 0
    assert camera.feeds[0].closed


def test_times_of_a_camera_grow_by_the_clock_also_across_a_reconnection():
    clock = Clock()

    def later():
        clock.now += 0.5

    first, second = threading.Event(), threading.Event()
    camera = ScriptedCamera([later, IMAGES[0], first], [later, IMAGES[1], second])
    with Capture(camera, reconnect=SOON, clock=clock) as capture:
        frames = taken(capture, 1)
        first.set()
        frames += taken(capture, 1)
        second.set()
    assert [(frame.index, frame.time) for frame in frames] == [(0, 0.5), (1, 1.0)]


def test_times_of_a_camera_grow_where_the_clock_is_coarse():
    first, second = threading.Event(), threading.Event()
    with Capture(ScriptedCamera([IMAGES[0], first, IMAGES[1], second]), clock=Clock()) as capture:
        (one,) = taken(capture, 1)
        first.set()
        (two,) = taken(capture, 1)
        second.set()
    assert one.time < two.time


def test_file_plays_at_its_own_pace():
    clock = Clock()
    with Capture(ScriptedCamera(IMAGES[:3], live=False, fps=100.0), clock=clock) as capture:
        assert capture.read(5).frame.index == 0
        assert capture.read(0.1) is None
        clock.now += 0.011
        assert capture.read(5).frame.index == 1
        assert capture.read(0.1) is None
        clock.now += 5.0
        assert capture.read(5).frame.index == 2
        assert until(capture, State.ENDED).dropped == 0


def test_late_loop_drops_frames_of_a_file_and_sees_the_last():
    clock, given = Clock(), threading.Event()
    with Capture(ScriptedCamera([*IMAGES, given.set], live=False), clock=clock) as capture:
        assert capture.read(5).frame.index == 0
        clock.now += 100
        given.wait(5)
        assert capture.read(5).frame.index == len(IMAGES) - 1
        assert capture.status.dropped == len(IMAGES) - 2


def test_pause_stops_a_file_where_it_is():
    clock = Clock()
    with Capture(ScriptedCamera(IMAGES[:3], live=False, fps=100.0), clock=clock) as capture:
        assert capture.read(5).frame.index == 0
        capture.pause(True)
        capture.read(0.05)
        clock.now += 60
        assert capture.read(0.1) is None
        capture.pause(False)
        assert capture.read(0.05) is None
        clock.now += 0.011
        assert capture.read(5).frame.index == 1


def test_paused_camera_gives_a_fresh_frame_afterwards():
    go_on, passed, fresh, end = (threading.Event() for _ in range(4))
    script = [IMAGES[0], go_on, *IMAGES[1:5], passed.set, fresh, IMAGES[9], end]
    with Capture(ScriptedCamera(script)) as capture:
        taken(capture, 1)
        capture.pause(True)
        go_on.set()
        passed.wait(5)
        assert capture.read(0.01) is None
        capture.pause(False)
        fresh.set()
        (frame,) = taken(capture, 1)
        np.testing.assert_array_equal(frame.image, IMAGES[9])
        assert capture.status.dropped == 0
        end.set()


def test_every_frame_is_taken_when_that_is_asked_for():
    with Capture(ScriptedCamera(IMAGES, live=False), every_frame=True) as capture:
        frames = taken(capture, len(IMAGES))
        assert [frame.index for frame in frames] == list(range(len(IMAGES)))
        status = until(capture, State.ENDED)
        assert (status.read, status.dropped) == (len(IMAGES), 0)
        assert capture.read(0) is None


def test_camera_cannot_wait_until_every_frame_was_taken():
    camera = ScriptedCamera([*IMAGES])
    with pytest.raises(OptionError, match="camera 0 is live"):
        Capture(camera, every_frame=True)
    assert camera.feeds[0].closed


@pytest.mark.parametrize("failure", [[], [VideoError("unplugged")], [cv2.error("driver")]], ids=["end", "error", "cv2"])
def test_camera_that_is_lost_is_found_again(failure):
    end = threading.Event()
    camera = ScriptedCamera([IMAGES[0], *failure], None, None, [IMAGES[1], end])
    with Capture(camera, reconnect=SOON) as capture:
        first, second = taken(capture, 2)
        np.testing.assert_array_equal(second.image, IMAGES[1])
        assert (first.index, second.index) == (0, 1)
        status = capture.status
        assert (status.state, status.reconnects, status.attempt) == (State.RUNNING, 1, 0)
        assert camera.feeds[0].closed
        end.set()


def test_lost_camera_is_visible_in_the_status():
    camera = ScriptedCamera([IMAGES[0]], None)
    with Capture(camera, reconnect=Reconnect(first=30.0, longest=30.0)) as capture:
        taken(capture, 1)
        assert until(capture, State.LOST).attempt == 1


def test_camera_that_opens_but_gives_nothing_is_still_lost():
    camera = ScriptedCamera([IMAGES[0]], [], [], [])
    with Capture(camera, reconnect=Reconnect(first=0.001, longest=0.001, give_up=0.2)) as capture:
        taken(capture, 1)
        with pytest.raises(VideoError, match=r"camera 0 was lost .* did not come back within 0\.2 s"):
            until(capture, State.ENDED)
        assert capture.status.reconnects == 0


def test_camera_that_stays_away_is_given_up():
    with Capture(ScriptedCamera([IMAGES[0]]), reconnect=Reconnect(0.001, 0.001, give_up=0.05)) as capture:
        taken(capture, 1)
        with pytest.raises(VideoError, match=r"plugged in"):
            until(capture, State.ENDED)


def test_camera_that_hangs_is_called_stalled():
    clock, end = Clock(), threading.Event()
    with Capture(ScriptedCamera([IMAGES[0], end, IMAGES[1]]), clock=clock) as capture:
        taken(capture, 1)
        assert capture.status.state is State.RUNNING
        clock.now += STALLED + 0.1
        assert capture.status.state is State.STALLED
        end.set()
        taken(capture, 1)
        assert capture.status.state is not State.STALLED


def test_camera_that_is_not_there_is_an_error_at_once():
    with pytest.raises(VideoError, match="is it connected"):
        Capture(ScriptedCamera())


def test_unforeseen_error_in_the_thread_reaches_the_loop():
    with Capture(ScriptedCamera([IMAGES[0], ZeroDivisionError("a bug")])) as capture:
        taken(capture, 1)
        with pytest.raises(ZeroDivisionError, match="a bug"):
            capture.read(5)
        assert capture.status.state is State.FAILED


def test_close_interrupts_every_kind_of_waiting():
    paused = Capture(ScriptedCamera(IMAGES, live=False, name="one"))
    full = Capture(ScriptedCamera(IMAGES, live=False, name="two"), every_frame=True)
    lost = Capture(ScriptedCamera([IMAGES[0]], name="three"), reconnect=Reconnect(first=60.0, longest=60.0))
    for capture in (paused, full, lost):
        taken(capture, 1)
        capture.pause(capture is paused)
        capture.close()
        capture.close()
        assert not any(thread.name == f"capture of {capture.name}" for thread in threading.enumerate())


@given(st.integers(1, 10_000), st.floats(0.01, 10), st.floats(1, 100))
def test_attempts_become_rarer_up_to_a_limit(attempt, first, factor):
    reconnect = Reconnect(first, first * factor)
    assert first <= reconnect.delay(attempt) <= reconnect.delay(attempt + 1) <= reconnect.longest


@pytest.mark.parametrize("values", [(0, 1, 1), (2, 1, 1), (1, 2, -1), (float("nan"), 1, 1)])
def test_impossible_ways_to_reconnect_are_refused(values):
    with pytest.raises(OptionError):
        Reconnect(*values)


def test_real_file_is_read_to_its_end(tmp_path):
    path = tmp_path / "clip.mp4"
    with VideoSink(path, 200) as sink:
        for image in itertools.chain(IMAGES, IMAGES):
            sink.write(cv2.resize(image, (64, 48)))
    with Capture(lambda: VideoSource(path), every_frame=True) as capture:
        assert not capture.live
        assert [frame.index for frame in taken(capture, 20)] == list(range(20))
        assert until(capture, State.ENDED).read == 20
