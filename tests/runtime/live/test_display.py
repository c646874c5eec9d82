"""A window that cannot be opened: the error names the remedy that works on this desktop."""

from __future__ import annotations

import sys

import pytest

from runtime.errors import WindowError
from runtime.live import window as live_window

NO_PLUGIN = 'qt.qpa.plugin: Could not find the Qt platform plugin "wayland" in "cv2/qt/plugins"'
NO_SCREEN = "qt.qpa.xcb: could not connect to display"
NOT_LOADED = 'qt.qpa.plugin: Could not load the Qt platform plugin "xcb" in "cv2/qt/plugins" even though it was found.'


@pytest.fixture
def desktop(monkeypatch):
    """A pretended desktop: what is wrong with each platform of Qt; None where a window opens."""

    def check(environment, **problems):
        probe = lambda given: problems[given.get("QT_QPA_PLATFORM", "xcb")]  # noqa: E731
        monkeypatch.setattr(live_window, "_probe", probe)
        monkeypatch.setattr(live_window, "window_framework", lambda: "QT5")
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(live_window.os, "environ", environment)
        live_window.check_display()

    return check


def test_x11_opens(desktop):
    desktop({"DISPLAY": ":0"}, xcb=None)


@pytest.mark.parametrize("platform", ["wayland", "offscreen"])
def test_wayland_with_xwayland_needs_the_platform_of_x11(desktop, platform):
    environment = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": platform}
    with pytest.raises(WindowError, match=rf"QT_QPA_PLATFORM={platform} is set.*run with QT_QPA_PLATFORM=xcb$"):
        desktop(environment, **{platform: NO_PLUGIN, "xcb": None})


def test_wayland_without_xwayland_needs_both(desktop):
    environment = {"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "wayland"}
    with pytest.raises(WindowError, match=r"apt-get install xwayland.*then run with QT_QPA_PLATFORM=xcb"):
        desktop(environment, wayland=NO_PLUGIN, xcb=NO_SCREEN)
    with pytest.raises(WindowError, match="apt-get install xwayland") as caught:
        desktop({"WAYLAND_DISPLAY": "wayland-0"}, xcb=NO_SCREEN)
    assert "QT_QPA_PLATFORM" not in str(caught.value)


def test_no_screen_at_all(desktop):
    with pytest.raises(WindowError, match=r"could not connect to display.*xvfb-run -a.*--no-window$"):
        desktop({}, xcb=NO_SCREEN)
    with pytest.raises(WindowError, match=r"could not connect to display.*xvfb-run -a.*QT_QPA_PLATFORM=xcb$"):
        desktop({"QT_QPA_PLATFORM": "wayland"}, wayland=NO_PLUGIN, xcb=NO_SCREEN)


def test_missing_libraries_are_named(desktop):
    with pytest.raises(WindowError, match=r"apt-get install libxcb1.*QT_DEBUG_PLUGINS=1"):
        desktop({"DISPLAY": ":0"}, xcb=NOT_LOADED)


def test_screen_that_does_not_answer(desktop):
    with pytest.raises(WindowError, match="the display does not answer"):
        desktop({"DISPLAY": ":0"}, xcb="the display does not answer")
