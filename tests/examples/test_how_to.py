"""The examples of the how-to pages run as they are written, on a real photograph and a video of it."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from runtime import VideoSource

EXAMPLES = Path(__file__).parents[2] / "examples"
FRAMES = 5


@pytest.fixture
def folder(tmp_path, monkeypatch, astronaut):
    """A working folder with a photograph and a short video."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.png", astronaut)
    writer = cv2.VideoWriter("talk.mp4", cv2.VideoWriter.fourcc(*"mp4v"), 30, (512, 512))
    for _ in range(FRAMES):
        writer.write(astronaut)
    writer.release()
    return tmp_path


@pytest.fixture
def display():
    """An X server without a monitor."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x600x24", "-noreset", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        name = f":{pipe.readline().strip()}"
    yield {**os.environ, "DISPLAY": name}
    server.terminate()
    server.wait()


def load(name):
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


def run(name, *arguments):
    return load(name)["main"](arguments)


def run_apart(name, *arguments, environment=None):
    """Run an example in a process of its own, as a user does; gives what it printed."""
    command = [sys.executable, EXAMPLES / f"{name}.py", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout


def test_start(folder, capsys, astronaut):
    load("start")["main"]("photo.png", "marked.png")
    assert capsys.readouterr().out == "confidence 1.00, yaw +1 degrees, left eye at 246.1, 103.6\n"
    assert (cv2.imread("marked.png") != astronaut).any()


def test_numbered_points_is_the_drawing_of_the_page(folder):
    run("pictures/numbered_points", "photo.png", "points.svg")
    drawn, shown = (path.read_text() for path in (folder / "points.svg", EXAMPLES.parent / "docs/images/points.svg"))
    assert drawn.count("<circle") == 68
    assert [line.split(">")[-2] for line in drawn.splitlines() if "<text" in line] == [
        line.split(">")[-2] for line in shown.splitlines() if "<text" in line
    ]


def test_networks_says_licence_and_device(capsys):
    run("networks", "--model", "trimmed", "--device", "cuda:7")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("full, landmarks, 0.6") and lines[-2].startswith("on the CPU instead: ")
    assert lines[-1].startswith("trimmed: ('CPUExecutionProvider',) with 1 threads; Apache-2.0")


def test_small_faces(folder, capsys, astronaut):
    small = np.zeros((1536, 1536, 3), np.uint8)
    small[700:1212, 500:1012] = cv2.resize(astronaut, (512, 512))
    small[100:292, 100:292] = cv2.resize(astronaut, (192, 192), interpolation=cv2.INTER_AREA)
    cv2.imwrite("group.png", small)
    run("pictures/small_faces", "group.png")
    first, _, last = capsys.readouterr().out.splitlines()
    assert first == "detector_size=256: 1 faces; finds faces from 96 pixels on"
    assert last == "detector_size=1024: 2 faces; finds faces from 24 pixels on"


def test_processes(folder):
    (folder / "text.jpg").write_text("no picture")
    said = run_apart("pictures/processes", "photo.png", "text.jpg", "photo.png", "--processes", "1")
    assert said.startswith("text.jpg: text.jpg: not a picture")
    header, first, second = (folder / "faces.csv").read_text().splitlines()
    assert header.startswith("image,face,") and first == second


def test_video_file(folder, capsys):
    run("video/video_file", "talk.mp4", "marked.mp4")
    assert capsys.readouterr().out == "face 0: 5 frames, from 0.00 s to 0.13 s\n"
    with VideoSource("marked.mp4") as source:
        assert len(list(source)) == FRAMES


def test_blur_faces_hides_the_face(folder, predictor):
    run("video/blur_faces", "talk.mp4", "blurred.mp4")
    with VideoSource("blurred.mp4") as source:
        assert [predictor(frame.image) for frame in source] == [[]] * FRAMES


def test_drowsiness_is_silent_about_open_eyes(folder, capsys):
    run("video/drowsiness", "talk.mp4")
    assert capsys.readouterr().out == ""


def test_drowsiness_tells_of_closed_eyes(predictor, astronaut):
    """The lids are moved, since no photograph in the public domain has closed eyes."""
    [opened] = predictor(astronaut)
    points = opened.landmarks.copy()
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        points[upper] = points[lower] = (points[upper] + points[lower]) / 2
    closed = type(opened)(points, opened.box, opened.score, opened.confidence, opened.pose)
    driver = load("video/drowsiness")["Driver"]()
    messages = [driver.messages(opened, frame / 30) for frame in range(60)]
    assert messages == [[]] * 60
    assert driver.messages(closed, 2.0) == []
    messages = [driver.messages(closed, 2.0 + frame / 30) for frame in range(1, 60)]
    assert messages[-1] == ["eyes closed for 1.9 s"] or messages[-1] == ["eyes closed for 2.0 s"]


def test_camera(folder, display):
    assert run_apart("video/camera", "talk.mp4", environment=display) == ""


def test_tk_window(folder, display):
    pytest.importorskip("tkinter", reason="this Python has no Tk")
    code = f"import runpy; print(runpy.run_path({str(EXAMPLES / 'apps/tk_window.py')!r})['main']('talk.mp4'))"
    done = subprocess.run([sys.executable, "-c", code], env=display, check=True, capture_output=True, text=True)
    assert 1 <= int(done.stdout) <= FRAMES


def test_qt_window(folder):
    pytest.importorskip("PySide6", reason="PySide6 is not installed")
    code = f"import runpy; print(runpy.run_path({str(EXAMPLES / 'apps/qt_window.py')!r})['main']('talk.mp4'))"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert 1 <= int(done.stdout) <= FRAMES
