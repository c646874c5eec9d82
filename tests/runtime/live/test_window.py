"""``landmarks live`` in a real window: keys are pressed, the screen is looked at, and it is ended in every way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from runtime.errors import WindowError
from runtime.live import window as live_window
from runtime.media.drawing import Style
from runtime.media.video.video_sink import VideoSink
from runtime.media.video.video_source import VideoSource
from tests.runtime.live import xdisplay

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
LIVE = [sys.executable, "-m", "runtime", "live"]


@pytest.fixture(scope="module")
def display():
    if missing := xdisplay.missing_tools():
        pytest.skip(f"needs {', '.join(missing)}: apt-get install xvfb openbox xdotool imagemagick")
    if live_window.window_framework() is None:
        pytest.skip("this OpenCV has no windows")
    display = xdisplay.Display()
    yield display
    display.close()


@pytest.fixture(scope="module")
def swaying(astronaut):
    """A head that sways once to and fro, 640x480."""
    images = []
    for step in np.linspace(0, 2 * np.pi, 50, endpoint=False):
        turn = cv2.getRotationMatrix2D((224 + 8 * np.sin(step), 140), 6 * np.sin(2 * step), 1.5)
        turn[:, 2] += (130, 60)
        images.append(cv2.warpAffine(np.asarray(astronaut), turn, (640, 480), borderMode=cv2.BORDER_REFLECT))
    return images


@pytest.fixture(scope="module")
def clip(swaying, tmp_path_factory):
    """A minute: no key comes after its end, however slow the machine."""
    return video(tmp_path_factory.mktemp("clip") / "sway.mp4", swaying * 6)


@pytest.fixture(scope="module")
def short_clip(swaying, tmp_path_factory):
    """Ten frames, for commands that end with the file."""
    return video(tmp_path_factory.mktemp("clip") / "short.mp4", swaying[:10])


def video(path, images):
    with VideoSink(path, 5) as sink:
        for image in images:
            sink.write(image)
    return path


class Session:
    """A running ``landmarks live``."""

    def __init__(self, display, clip, folder, *options):
        command = [*LIVE, "--video", str(clip), "--out", str(folder), "--json", *options]
        self.process = subprocess.Popen(
            command, env=display.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.display = display

    def open(self):
        """Wait for the window and the first face."""
        self.window = self.display.window("^landmarks - ")
        self.first = self.display.wait_for(self.window, has_face)
        return self

    def press(self, *keys):
        self.display.press(self.window, *keys)

    def wait_for(self, condition):
        return self.display.wait_for(self.window, condition)

    def end(self):
        """Exit code, summary, and standard error."""
        out, errors = self.process.communicate(timeout=20)
        assert out, errors
        return self.process.returncode, json.loads(out), errors


@pytest.fixture
def start(display, clip, tmp_path):
    sessions = []

    def start(*options):
        sessions.append(Session(display, clip, tmp_path, *options))
        return sessions[-1].open()

    yield start
    for session in sessions:
        session.process.kill()
        session.process.communicate()


def near(picture, colour, tolerance=12):
    colour = np.array(colour, float)
    return cv2.countNonZero(cv2.inRange(picture, colour - tolerance, colour + tolerance))


def has_face(picture):
    """Return whether jaw, eyes, nose and lips are drawn."""
    return all(near(picture, colour) > 15 for colour in set(Style().colours.values()))


def seconds(path):
    with VideoSource(path) as source:
        return len(list(source)) / source.fps


def test_window_shows_the_face_and_obeys_the_keys(start, tmp_path, predictor):
    session = start()
    height, width = session.first.shape[:2]
    assert (width, height) == (640, 480)
    assert near(session.first[:280, :200], (172, 240, 150)) > 200, "the lit switches of the panel"
    (face,) = predictor(session.first)
    low, high = face.landmarks[:, :2].min(axis=0).astype(int), face.landmarks[:, :2].max(axis=0).astype(int)
    assert has_face(session.first[low[1] - 9 : high[1] + 9, low[0] - 9 : high[0] + 9]), "the drawing is on the face"

    session.press("h")
    dimmed = session.wait_for(lambda picture: picture.mean() < 0.6 * session.first.mean())
    assert near(dimmed, (250, 250, 250), 20) > 500, "white words"
    session.press("h")
    session.wait_for(has_face)

    began = time.monotonic()
    session.press("r")
    time.sleep(1.0)
    session.press("r")
    recorded = time.monotonic() - began

    session.press("c", "p")
    session.wait_for(lambda picture: not has_face(picture))
    session.press("c", "p", "n", "n")
    both = session.wait_for(lambda picture: picture.shape[1] > 1200 and has_face(picture[:, -640:]))
    assert has_face(both[:, :640])

    session.display.resize(session.window, 900, 700)
    session.wait_for(lambda picture: picture.shape[:2] == (700, 900) and has_face(picture))
    session.press("s", "q")
    code, summary, errors = session.end()
    assert (code, errors) == (0, "")
    assert summary["models"] == ["full", "trimmed"]
    recording, screenshot = summary["files"]
    assert [screenshot] == [str(path) for path in tmp_path.glob("*.png")]
    assert has_face(cv2.imread(screenshot))
    assert 0.5 < seconds(recording) <= recorded + 0.2, "at the pace of the screen"


def test_closed_window_ends_the_run_and_the_recording_plays(start, tmp_path):
    path = tmp_path / "out.mp4"
    session = start("--record", str(path))
    session.display.click_the_cross(session.window)
    code, summary, errors = session.end()
    assert (code, summary["ended"], errors) == (0, "window closed", "")
    assert seconds(path) > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_run_and_the_recording_plays(start, tmp_path, number):
    path = tmp_path / "out.mp4"
    session = start("--record", str(path))
    session.process.send_signal(number)
    code, summary, errors = session.end()
    assert (code, summary["ended"]) == (130, "interrupted")
    assert errors == "landmarks live: interrupted\n"
    assert seconds(path) > 0


def play(clip, environment):
    """The command with all frames of a short video, until it ends by itself."""
    command = [*LIVE, "--video", str(clip), "--fast"]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_end_of_file_closes_the_window(display, short_clip):
    # the platform that the message below names
    done = play(short_clip, display.environment | {"QT_QPA_PLATFORM": "xcb"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "end of file after 10 frames" in done.stdout
    assert "0 dropped" in done.stdout
    assert "show" in done.stdout


def test_platform_that_opencv_lacks_is_told_with_the_one_that_works(display, short_clip):
    if not live_window.window_framework().startswith("QT"):
        pytest.skip("this OpenCV's windows are not Qt's")
    done = play(short_clip, display.environment | {"QT_QPA_PLATFORM": "wayland"})
    assert done.returncode == 1
    assert done.stderr.endswith("run with QT_QPA_PLATFORM=xcb\n")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_missing_display_is_an_error_that_helps(clip, tmp_path):
    if live_window.window_framework() is None:
        pytest.skip("this OpenCV has no windows")
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    path = tmp_path / "out.mp4"
    done = subprocess.run(
        [*LIVE, "--video", str(clip), "--record", str(path)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("landmarks live: a window cannot be opened")
    assert "xvfb-run" in done.stderr and "--no-window" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_headless_opencv_is_named(monkeypatch):
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "  GUI:                           NONE\n    VTK: NO\n")
    with pytest.raises(WindowError, match=r"opencv-python-headless.*--no-window"):
        live_window.OpenCVWindow("landmarks", 640, 480)
