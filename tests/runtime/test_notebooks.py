"""Pictures in notebooks and windows."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from runtime import Frame, ImageError, OptionError, Style, draw_faces, show
from runtime.live.window import window_framework
from tests.runtime.live import xdisplay

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    return predictor(astronaut)[0]


@pytest.fixture
def notebook(monkeypatch):
    """IPython as a kernel has it; gives what it displayed."""
    shown = []
    ipython, display = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    display.display = shown.append
    ipython.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return shown


def pixels(png):
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def test_a_notebook_shows_the_faces_on_the_picture(notebook, astronaut, face):
    show(astronaut, [face])
    show(astronaut, face, Style(points=False))
    show(astronaut)
    expected = draw_faces(astronaut, face), draw_faces(astronaut, face, Style(points=False)), astronaut
    for picture, image in zip(notebook, expected, strict=True):
        np.testing.assert_array_equal(pixels(picture._repr_png_()), image)


def test_large_pictures_are_shrunk(notebook):
    show(np.full((3000, 1500, 3), 90, np.uint8))
    assert pixels(notebook[0]._repr_png_()).shape == (1024, 512, 3)


def test_crops_and_frames_are_pictures(astronaut, face):
    crop = face.align(astronaut)
    np.testing.assert_array_equal(pixels(crop._repr_png_()), crop.image)
    np.testing.assert_array_equal(pixels(Frame(astronaut, 0, 0.0)._repr_png_()), astronaut)
    assert pixels(Frame(astronaut[:, :, 0], 0, 0.0)._repr_png_()).shape == astronaut.shape


def test_a_frames_result_shows_its_faces(predictor, astronaut):
    result = predictor.tracker()(astronaut, 0.0)
    figures = ElementTree.fromstring(result._repr_html_())
    assert figures.text == "1 faces" and len(list(figures.iter("figure"))) == 1


def test_arguments_are_checked_before_anything_is_shown(notebook, astronaut, face):
    with pytest.raises(ImageError):
        show(None)
    with pytest.raises(OptionError, match="faces: "):
        show(astronaut, [1])
    assert notebook == []


def test_a_terminal_without_a_display_is_told_so(tmp_path):
    code = (
        "import numpy, sys, types\n"
        "sys.modules['IPython'] = types.SimpleNamespace(get_ipython=lambda: object())\n"  # IPython in a terminal
        "import runtime\n"
        "try:\n    runtime.show(numpy.zeros((40, 40, 3), numpy.uint8))\n"
        "except runtime.WindowError as error:\n    print('refused:', error)"
    )
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    if sys.platform != "linux":
        pytest.skip("other systems have a display without a variable")
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.startswith("refused: "), done.stderr


def test_a_window_stays_until_a_key_is_pressed(astronaut, tmp_path):
    if missing := xdisplay.missing_tools():
        pytest.skip(f"needs {', '.join(missing)}: apt-get install xvfb openbox xdotool imagemagick")
    if window_framework() is None:
        pytest.skip("this OpenCV has no windows")
    cv2.imwrite(str(tmp_path / "photo.png"), astronaut)
    code = "import runtime; runtime.show(runtime.read_image('photo.png')); print('seen')"
    display = xdisplay.Display()
    try:
        environment = display.environment | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-c", code], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        window = display.window("^faces$")
        display.wait_for(window, lambda picture: picture.std() > 30)
        assert process.poll() is None
        display.press(window, "space")
        assert process.communicate(timeout=60)[0] == "seen\n"
    finally:
        display.close()
