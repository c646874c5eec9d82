"""Recordings play at the pace of what was seen, and can always be played."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import VideoError
from runtime.live.recorder import LONGEST_GAP, Recorder, fitted, save_screenshot
from runtime.media.video.video_source import VideoSource

FPS = 20.0


def picture(value, width=64, height=48):
    return np.full((height, width, 3), value, np.uint8)


def levels(path):
    """Brightness of each frame."""
    with VideoSource(path) as source:
        return [float(frame.image.mean()) for frame in source]


def test_frames_at_the_rate_of_the_file_are_kept_as_they_are(tmp_path):
    with Recorder(tmp_path, FPS) as recorder:
        path = recorder.start()
        for number in range(10):
            recorder.write(picture(20 * number), 7 + number / FPS)
    assert levels(path) == pytest.approx([20 * number for number in range(10)], abs=4)


def test_slow_pictures_are_held_and_fast_ones_passed_over(tmp_path):
    with Recorder(tmp_path, FPS) as recorder:
        slow = recorder.start(tmp_path / "slow.mp4")
        for number in range(5):
            recorder.write(picture(50 * number), 2 * number / FPS)
        fast = recorder.start(tmp_path / "fast.mp4")
        for number in range(9):
            recorder.write(picture(25 * number), number / FPS / 2)
    assert levels(slow) == pytest.approx([0, 0, 50, 50, 100, 100, 150, 150, 200], abs=6)
    assert len(levels(fast)) == 5


@given(st.lists(st.floats(0.001, 0.99 * LONGEST_GAP), min_size=1, max_size=40))
def test_length_is_that_of_what_was_seen(tmp_path_factory, gaps):
    recorder = Recorder(tmp_path_factory.mktemp("length"), FPS)
    recorder.start()
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    for moment in times:
        recorder.write(picture(100, 16, 16), float(moment))
    assert recorder.seconds == pytest.approx(times[-1] + 1 / FPS, abs=1.01 / FPS)
    recorder.close()


def test_long_pause_is_cut_out(tmp_path):
    with Recorder(tmp_path, FPS) as recorder:
        path = recorder.start()
        for moment in (0.0, 0.05, 600.0, 600.05, 3.0):
            recorder.write(picture(100), moment)
    assert len(levels(path)) == 5


def test_picture_of_another_size_is_fitted_into_the_first(tmp_path):
    with Recorder(tmp_path, FPS) as recorder:
        path = recorder.start()
        recorder.write(picture(200), 0.0)
        recorder.write(picture(200, 200, 50), 1 / FPS)
    with VideoSource(path) as source:
        first, second = (frame.image for frame in source)
    assert first.shape == second.shape == (48, 64, 3)
    assert second[24, 32].mean() > 180 and second[2, 32].mean() < 40


def test_nothing_is_written_while_nothing_is_recorded(tmp_path):
    with Recorder(tmp_path, FPS) as recorder:
        recorder.write(picture(0), 0.0)
        recorder.start()
        assert recorder.stop() is None
        assert recorder.stop() is None
    assert list(tmp_path.iterdir()) == []
    assert recorder.finished == []


def test_recording_is_finished_when_an_exception_passes(tmp_path):
    with pytest.raises(ZeroDivisionError), Recorder(tmp_path, FPS) as recorder:
        path = recorder.start()
        recorder.write(picture(90), 0.0)
        raise ZeroDivisionError
    assert levels(path) == pytest.approx([90], abs=4)
    assert recorder.finished == [path]


def test_names_do_not_collide(tmp_path):
    with Recorder(tmp_path, FPS) as recorder:
        for _ in range(3):
            recorder.start()
            recorder.write(picture(0), 0.0)
    screenshots = [save_screenshot(picture(0), tmp_path) for _ in range(3)]
    assert len(set(recorder.finished)) == 3
    assert len(set(screenshots)) == 3
    assert {path.suffix for path in tmp_path.iterdir()} == {".mp4", ".png"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a folder that not even root can write to")
def test_folder_that_cannot_be_written_to_is_an_error_at_once():
    with Recorder(Path("/proc"), FPS) as recorder:
        with pytest.raises(VideoError, match=r"^/proc/landmarks-.*\.mp4 cannot be written: "):
            recorder.start()
        assert not recorder.recording


def test_folder_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(VideoError, match="nowhere"):
        Recorder(tmp_path / "nowhere", FPS).start()
    with pytest.raises(VideoError, match="nowhere"):
        save_screenshot(picture(0), tmp_path / "nowhere")


@given(*[st.integers(1, 200)] * 4)
def test_fitted_pictures_have_the_size_asked_for_and_touch_two_edges(width, height, to_width, to_height):
    result = fitted(np.full((height, width, 3), 255, np.uint8), to_width, to_height)
    assert result.shape == (to_height, to_width, 3)
    light = (result == 255).all(axis=2)
    assert light.any(axis=0).all() or light.any(axis=1).all()
