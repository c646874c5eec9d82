"""The live loop with a scripted camera and window, and real networks: keys, endings, recordings."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

from runtime.errors import VideoError
from runtime.live.app import LiveLoop, LiveOptions
from runtime.live.camera.capture import Capture
from runtime.live.state.controls import Controls
from runtime.live.state.networks import NetworkOptions, PredictorPool
from runtime.live.state.reading import PanelSize
from runtime.live.state.scene import GAP
from runtime.live.state.status import Reconnect
from runtime.live.summary import Ending
from runtime.live.window import NoWindow
from runtime.media.video.video_source import VideoSource
from tests.runtime.live.fakes import ScriptedCamera, ScriptedWindow, steadily

SOON = Reconnect(first=0.01, longest=0.02, give_up=0.5)


@pytest.fixture(scope="module")
def networks():
    with PredictorPool(NetworkOptions()) as networks:
        yield networks


@pytest.fixture(scope="module")
def images(astronaut):
    """A face that moves a little from frame to frame, 320x240."""
    whole = cv2.resize(np.asarray(astronaut), (384, 384), interpolation=cv2.INTER_AREA)
    return [np.ascontiguousarray(whole[0:240, 20 + x : 340 + x]) for x in (0, 1, 2, 3, 4, 3, 2, 1)]


@pytest.fixture
def camera(images):
    """A camera that never ends."""
    return ScriptedCamera(steadily(itertools.cycle(images)))


def play(camera, networks, window, *, stop=None, every_frame=False, reconnect=SOON, **options):
    with Capture(camera, every_frame=every_frame, reconnect=reconnect) as capture:
        return LiveLoop(capture, networks, window, LiveOptions(**options), stop=stop).run()


def video(images, times=1):
    """A file that is read as fast as it is taken."""
    return ScriptedCamera(list(images) * times, live=False, name="clip.mp4")


def frames_in(path):
    with VideoSource(path) as source:
        return [frame.image for frame in source]


def without_numbers(**values):
    return Controls(panel=PanelSize.OFF, **values)


# Endings: each of them leaves a recording that plays.


def test_end_of_file(images, networks, tmp_path):
    path = tmp_path / "out.mp4"
    summary = play(video(images), networks, ScriptedWindow({}), every_frame=True, record=path)
    assert summary.ended is Ending.END_OF_FILE
    assert (summary.frames, summary.dropped) == (8, 0)
    assert len(frames_in(path)) == 8
    assert summary.files == (str(path),)


@pytest.mark.parametrize("key", ["q", "Q", "\x1b"])
def test_key_that_quits(camera, networks, tmp_path, key):
    path = tmp_path / "out.mp4"
    summary = play(camera, networks, ScriptedWindow({5: key}), record=path)
    assert summary.ended is Ending.QUIT
    assert frames_in(path)


def test_window_that_is_closed(camera, networks, tmp_path):
    window = ScriptedWindow({})
    window.keys[5] = window.shut
    summary = play(camera, networks, window, record=tmp_path / "out.mp4")
    assert summary.ended is Ending.WINDOW_CLOSED
    assert frames_in(tmp_path / "out.mp4")


def test_stop_from_outside(camera, networks, tmp_path):
    stop = threading.Event()
    summary = play(camera, networks, ScriptedWindow({5: stop.set}), stop=stop, record=tmp_path / "out.mp4")
    assert summary.ended is Ending.INTERRUPTED
    assert frames_in(tmp_path / "out.mp4")


def test_keyboard_interrupt(camera, networks, tmp_path):
    def ctrl_c():
        raise KeyboardInterrupt

    summary = play(camera, networks, ScriptedWindow({5: ctrl_c}), record=tmp_path / "out.mp4")
    assert summary.ended is Ending.INTERRUPTED
    assert frames_in(tmp_path / "out.mp4")


def test_exception_in_the_loop_is_passed_on_after_the_recording_is_finished(camera, networks, tmp_path):
    def bug():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        play(camera, networks, ScriptedWindow({5: bug}), record=tmp_path / "out.mp4")
    assert frames_in(tmp_path / "out.mp4")


def test_camera_lost_for_good(images, networks, tmp_path):
    with pytest.raises(VideoError, match="did not come back"):
        play(ScriptedCamera(steadily(images)), networks, ScriptedWindow({}), record=tmp_path / "out.mp4")
    assert frames_in(tmp_path / "out.mp4")


def test_damaged_file(images, networks, tmp_path):
    damaged = ScriptedCamera([*images[:3], VideoError("clip.mp4: damaged")], live=False)
    with pytest.raises(VideoError, match="damaged"):
        play(damaged, networks, NoWindow(), every_frame=True, record=tmp_path / "out.mp4")
    assert len(frames_in(tmp_path / "out.mp4")) == 3


def test_camera_unplugged_and_back(images, networks, tmp_path):
    window = ScriptedWindow({})
    back = steadily(itertools.chain(images, iter(lambda: window.keys.setdefault(0, "q") and images[0], None)))
    camera = ScriptedCamera(steadily(images), None, None, None, back)
    summary = play(camera, networks, window, record=tmp_path / "out.mp4", controls=without_numbers())
    assert summary.ended is Ending.QUIT
    assert summary.reconnects == 1
    assert camera.opened == 5
    assert frames_in(tmp_path / "out.mp4")


def test_lost_camera_is_said_in_the_picture(images, networks):
    window, unplugged = ScriptedWindow({}), threading.Event()
    camera = ScriptedCamera([images[0], unplugged])
    window.keys[1] = unplugged.set

    def plug():
        if camera.opened == 1:  # the first attempt to have it back: the picture after the next one was made since
            window.keys[len(window.pictures) + 2] = "q"
        return camera()

    patient = replace(SOON, give_up=60)
    assert play(plug, networks, window, reconnect=patient, controls=without_numbers()).ended is Ending.QUIT
    before, banner = (picture[205:275, 200:440].astype(int) for picture in (window.pictures[0], window.pictures[-1]))
    assert np.median(banner) < 0.5 * np.median(before), "a dark panel"
    assert np.ptp(banner) > 150, "with light text"


# Without a window.


def test_without_window_and_recording_nothing_is_drawn(images, networks):
    summary = play(video(images, 3), networks, NoWindow(), every_frame=True)
    assert (summary.frames, summary.faces, summary.window, summary.shown) == (24, 1.0, None, None)
    assert {"full: network", "full: detect", "full: landmarks", "loop"} <= set(summary.stages)
    assert not {"draw", "show", "record"} & set(summary.stages)
    assert all(0 < times.p50 <= times.p90 <= times.p99 for times in summary.stages.values())
    assert summary.fps > 0 and summary.detected < 1


def test_summary_reads_well_and_is_json(images, networks):
    summary = play(video(images), networks, NoWindow(), every_frame=True)
    assert "clip.mp4, 320x240: end of file after 8 frames" in summary.to_text()
    values = summary.to_dict()
    assert values["ended"] == "end of file"
    assert values["stages"]["loop"].keys() == {"p50", "p90", "p99"}


# The picture and the keys.


def test_picture_shows_points_and_numbers_at_the_size_of_the_window(images, networks):
    window = ScriptedWindow({3: lambda: window.resize(800, 600), 8: "q"})
    play(ScriptedCamera(steadily(itertools.cycle(images))), networks, window)
    assert window.pictures[0].shape == (480, 640, 3)
    assert window.pictures[-1].shape == (600, 800, 3)
    plain = cv2.resize(images[0], (800, 600))
    changed = np.abs(window.pictures[-1].astype(int) - plain).max(axis=2) > 60
    assert changed[:200, :200].mean() > 0.3, "the panel of numbers"
    assert changed[100:500, 250:550].any(), "the face"


def test_window_of_another_shape_gets_bars_not_distortion(images, networks):
    window = ScriptedWindow({3: lambda: window.resize(1000, 480), 8: "q"})
    play(ScriptedCamera(steadily(itertools.cycle(images))), networks, window, controls=without_numbers())
    last = window.pictures[-1]
    assert last.shape == (480, 1000, 3)
    assert last[:400, :170].max() < 30 and last[:400, -170:].max() < 30
    assert last[100:300, 200:800].std() > 20


def test_side_by_side_shows_two_networks_and_widens_the_window(camera, networks):
    window = ScriptedWindow({3: "n", 6: "n", 12: "q"})
    summary = play(camera, networks, window, controls=without_numbers())
    assert summary.models == ("full", "trimmed")
    height, width = window.pictures[-1].shape[:2]
    assert height == 480 and width == pytest.approx(2 * 640 + GAP, abs=4)
    left, right = window.pictures[-1][:350, :640], window.pictures[-1][:350, 640 + GAP :]
    assert (left == right).all(axis=2).mean() > 0.9, "the same frame"
    assert (left != right).any(), "with the points of two networks"
    assert {"full: network", "trimmed: network"} <= set(summary.stages)


def test_key_switches_the_detector(camera, networks):
    summary = play(camera, networks, ScriptedWindow({2: "d", 12: "q"}))
    assert summary.detector == "blazeface-short"


def test_key_switches_tracking_off(images, networks):
    summaries = [
        play(ScriptedCamera(steadily(itertools.cycle(images))), networks, ScriptedWindow(keys))
        for keys in ({20: "q"}, {1: "t", 20: "q"})
    ]
    assert summaries[0].detected < 0.5 < summaries[1].detected


def test_presence_gate_is_not_counted_as_the_detector(networks):
    empty = [np.full((240, 320, 3), 127, np.uint8)] * 12
    summary = play(video(empty), networks, NoWindow(), every_frame=True)
    assert summary.detected < 0.5 < summary.gated and summary.detected + summary.gated == pytest.approx(1)
    assert {"full: presence gate", "full: detect"} <= set(summary.stages)
    assert "presence gate in" in summary.to_text()


@pytest.mark.parametrize("key", list("pcbam"))
def test_keys_change_what_is_drawn_at_once(images, networks, key):
    """On a paused picture, so that nothing else changes."""
    window = ScriptedWindow({3: " ", 5: "h", 7: "h", 9: key, 12: "q"})
    play(ScriptedCamera(steadily(itertools.repeat(images[0]))), networks, window, controls=without_numbers())
    before, after = window.pictures[7].astype(int), window.pictures[-1].astype(int)
    assert np.abs(before - after)[:380].max() > 60


def test_pause_stands_still_and_goes_on(camera, networks):
    window = ScriptedWindow({3: " ", 8: " ", 12: "q"})
    summary = play(camera, networks, window)
    assert summary.frames < 12 <= len(window.pictures)


def test_screenshot_is_what_is_shown_without_messages(camera, networks, tmp_path):
    window = ScriptedWindow({3: "h", 5: "s", 7: "q"})
    summary = play(camera, networks, window, folder=tmp_path)
    (path,) = tmp_path.iterdir()
    assert summary.files == (str(path),)
    picture = cv2.imread(str(path))
    assert picture.shape == window.pictures[-1].shape
    assert picture.mean() > 1.5 * window.pictures[5].mean(), "the help dims the window, not the file"


def test_recording_starts_and_stops_by_key(camera, networks, tmp_path):
    window = ScriptedWindow({2: "r", 10: "r", 12: "r", 16: "q"})
    summary = play(camera, networks, window, folder=tmp_path)
    assert len(summary.files) == 2
    assert all(frames_in(path) for path in summary.files)


def test_recording_has_no_dot_and_the_window_has(camera, networks, tmp_path):
    window = ScriptedWindow({6: "q"})
    play(camera, networks, window, record=tmp_path / "out.avi", controls=without_numbers())

    def red(image):
        corner = image[:60, -160:].astype(int)
        return ((corner[..., 2] > 200) & (corner[..., 1] < 120)).sum()

    assert red(window.pictures[-1]) > 20
    assert red(frames_in(tmp_path / "out.avi")[-1]) == 0


def test_what_cannot_be_written_is_said_and_the_loop_goes_on(camera, networks, tmp_path):
    window = ScriptedWindow({3: "s", 5: "r", 9: "q"})
    summary = play(camera, networks, window, folder=tmp_path / "nowhere")
    assert summary.ended is Ending.QUIT
    assert summary.files == ()


def test_key_before_the_first_frame_does_no_harm(images, networks, tmp_path):
    wait = threading.Event()
    camera = ScriptedCamera(itertools.chain([wait], steadily(itertools.cycle(images))))
    window = ScriptedWindow({1: "s", 2: "n", 3: "r", 4: wait.set, 9: "q"})
    summary = play(camera, networks, window, folder=tmp_path)
    assert summary.models == ("trimmed",)
    assert [path.suffix for path in tmp_path.iterdir()] == [".mp4"]


def test_full_screen_key_reaches_the_window(camera, networks):
    window = ScriptedWindow({2: "f", 4: "q"})
    play(camera, networks, window)
    assert window.full_screen
