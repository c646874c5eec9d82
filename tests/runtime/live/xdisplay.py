"""A screen of its own: an X server without a monitor, its keyboard, and pictures of it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import time
from collections.abc import Callable

import cv2
import numpy as np

TOOLS = ("Xvfb", "openbox", "xdotool", "import")
"""Debian's packages xvfb, openbox, xdotool and imagemagick."""


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


class Display:
    """An X server of 2600x1400 pixels with a window manager, without which one in ten of Qt's windows stays black."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        # without -noreset the server restarts when its last client leaves, just as the next one comes
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "2600x1400x24", "-noreset", "-nolisten", "tcp"]
        self.server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.name = f":{pipe.readline().strip()}"
        self.environment = os.environ | {"DISPLAY": self.name}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.manager = subprocess.Popen(["openbox", "--sm-disable"], env=self.environment, **quiet)
        # the desktop has a number as soon as the window manager is there
        while subprocess.run(["xdotool", "get_desktop"], env=self.environment, **quiet).returncode:
            assert self.manager.poll() is None, "openbox does not start"
            time.sleep(0.05)

    def close(self) -> None:
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()

    def window(self, title: str) -> str:
        """The number of a window, once it can be seen."""
        command = ["xdotool", "search", "--onlyvisible", "--name", title]
        # not --sync: it gives up when a window goes away while it looks
        for _ in range(600):
            found = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=20)
            if found.stdout:
                return found.stdout.split()[-1]
            time.sleep(0.1)
        raise AssertionError(f"no window was called {title}")

    def press(self, window: str, *keys: str) -> None:
        self._run("xdotool", "windowfocus", "--sync", window)
        for key in keys:
            # with --window the key would stay down, and repeat, if the window goes before it is let go
            self._run("xdotool", "key", key)
            # OpenCV keeps only the last of several keys that come between two reads
            time.sleep(0.3)

    def resize(self, window: str, width: int, height: int) -> None:
        self._run("xdotool", "windowsize", window, str(width), str(height))

    def picture(self, window: str) -> np.ndarray:
        """Return the window's picture, (H, W, 3) uint8 BGR."""
        command = ["import", "-silent", "-window", window, "-depth", "8", "ppm:-"]
        data = subprocess.run(command, env=self.environment, capture_output=True, timeout=20, check=True).stdout
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)

    def wait_for(self, window: str, condition: Callable[[np.ndarray], bool]) -> np.ndarray:
        """The first picture of the window that meets a condition."""
        deadline = time.monotonic() + 60  # for machines that have much else to do
        while time.monotonic() < deadline:
            picture = self.picture(window)
            if condition(picture):
                return picture
            time.sleep(0.05)
        raise AssertionError("the window never showed what was expected")

    def click_the_cross(self, window: str) -> None:
        """Send WM_DELETE_WINDOW, as a window manager does."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        connection = ctypes.c_void_p(x11.XOpenDisplay(self.name.encode()))
        x11.XInternAtom.restype = ctypes.c_ulong
        protocols, delete = (
            x11.XInternAtom(connection, name, False) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW")
        )
        event = _ClientMessage(type=33, send_event=1, window=int(window), message_type=protocols, format=32)
        event.data[0] = delete
        x11.XSendEvent(connection, ctypes.c_ulong(int(window)), False, ctypes.c_long(0), ctypes.byref(event))
        x11.XCloseDisplay(connection)

    def _run(self, *command: str) -> str:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=20, check=True
        ).stdout


class _ClientMessage(ctypes.Structure):
    """Xlib's XClientMessageEvent, padded to the size of an XEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("padding", ctypes.c_long * 12),
    )
