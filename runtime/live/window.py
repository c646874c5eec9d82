"""The window: OpenCV's, behind the few calls that the loop needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.errors import WindowError

HEADLESS = (
    "this OpenCV was built without windows (opencv-python-headless): pip uninstall -y opencv-python-headless, then "
    "pip install --force-reinstall opencv-python; or run with --no-window"
)
NO_DISPLAY = (
    "a window cannot be opened{detail}: run in a desktop session, over ssh with `ssh -X`, in a container with DISPLAY "
    "and the X socket passed in, without a screen under `xvfb-run -a`; or with --no-window"
)
WRONG_PLATFORM = (
    "a window cannot be opened: QT_QPA_PLATFORM={platform} is set, and opencv-python draws by X11 (XWayland) alone; "
    "run with QT_QPA_PLATFORM=xcb"
)
NO_XWAYLAND = (
    "a window cannot be opened: this Wayland session has no XWayland, and opencv-python draws by X11 alone; install "
    "XWayland (Debian and Ubuntu: apt-get install xwayland) and log in again{platform}; or run with --no-window"
)
NO_LIBRARIES = (
    "a window cannot be opened ({detail}): libraries of X11 are missing (Debian and Ubuntu: apt-get install libxcb1 "
    "libx11-xcb1 libxkbcommon-x11-0 libxcb-xinerama0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0); "
    "QT_DEBUG_PLUGINS=1 names them; or run with --no-window"
)

_PROBE = "import cv2; cv2.namedWindow('probe', cv2.WINDOW_NORMAL)"


class Window(Protocol):
    """Interface of the window that the loop draws on and takes keys from."""

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the drawing area in pixels; None where the picture's own size is to be used."""
        ...

    def show(self, image: NDArray[np.uint8]) -> None:
        """Show an image (H, W, 3) uint8 BGR."""
        ...

    def poll(self) -> int:
        """Handle events; the code of a key that was pressed, or -1."""
        ...

    @property
    def closed(self) -> bool:
        """Whether the user closed it."""
        ...

    def resize(self, width: int, height: int) -> None:
        """Change the drawing area."""
        ...

    def toggle_full_screen(self) -> None:
        """Fill the screen, or go back."""
        ...

    def close(self) -> None:
        """Remove it; closing twice is fine."""
        ...


class NoWindow:
    """Stands in for a window where nothing is to be shown."""

    size = None
    closed = False

    def show(self, image: NDArray[np.uint8]) -> None:
        """Show nothing."""

    def poll(self) -> int:
        """Return no key."""
        return -1

    def resize(self, width: int, height: int) -> None:
        """Do nothing."""

    def toggle_full_screen(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class OpenCVWindow:
    """A resizable window. Pictures should have its :attr:`size`, so that they are shown pixel by pixel."""

    def __init__(self, title: str, width: int, height: int) -> None:
        """Open it.

        Args:
            title: of the window.
            width: of the drawing area, in pixels.
            height: of the drawing area, in pixels.

        Raises:
            WindowError: OpenCV has no windows, or there is no display.
        """
        check_display()
        self._title = title
        self._full_screen = False
        flags = cv2.WINDOW_NORMAL | cv2.WINDOW_GUI_NORMAL | cv2.WINDOW_FREERATIO
        try:
            cv2.namedWindow(title, flags)
            cv2.resizeWindow(title, width, height)
        except cv2.error as error:
            raise WindowError(NO_DISPLAY.format(detail=f" ({error.err})")) from error
        self._open = True

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the drawing area in pixels; None on systems that do not report it."""
        if self.closed:
            return None
        width, height = cv2.getWindowImageRect(self._title)[2:]
        return (width, height) if width > 0 and height > 0 else None

    def show(self, image: NDArray[np.uint8]) -> None:
        """Show an image (H, W, 3) uint8 BGR; nothing once the window was closed."""
        # imshow would open a new window
        if not self.closed:
            cv2.imshow(self._title, image)

    def poll(self) -> int:
        """Handle events for a millisecond; the code of a key that was pressed, or -1."""
        return cv2.waitKeyEx(1)

    @property
    def closed(self) -> bool:
        """Whether the user closed it."""
        if self._open:
            try:
                self._open = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
            except cv2.error:  # some backends raise for a window that is gone
                self._open = False
        return not self._open

    def resize(self, width: int, height: int) -> None:
        """Change the drawing area; a full screen stays full."""
        if not self._full_screen and not self.closed:
            cv2.resizeWindow(self._title, width, height)

    def toggle_full_screen(self) -> None:
        """Fill the screen, or go back."""
        if not self.closed:
            self._full_screen = not self._full_screen
            mode = cv2.WINDOW_FULLSCREEN if self._full_screen else cv2.WINDOW_NORMAL
            cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, mode)

    def close(self) -> None:
        """Remove it; closing twice is fine."""
        if not self.closed:
            cv2.destroyWindow(self._title)
            cv2.waitKeyEx(1)
        self._open = False

    def __enter__(self) -> OpenCVWindow:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def check_display() -> None:
    """Make sure that a window can be opened.

    Raises:
        WindowError: OpenCV has no windows, or there is no display.
    """
    framework = window_framework()
    if framework is None:
        raise WindowError(HEADLESS)
    if framework.startswith("QT") and sys.platform.startswith("linux"):
        _check_qt(os.environ)


def _check_qt(environment: Mapping[str, str]) -> None:
    """Check in another process that Qt finds a display: without one it ends the process instead of failing."""
    problem = _probe(environment)
    if problem is None:
        return
    platform = environment.get("QT_QPA_PLATFORM", "xcb")
    also = "" if platform == "xcb" else "; then run with QT_QPA_PLATFORM=xcb"
    if also:
        problem = _probe({**environment, "QT_QPA_PLATFORM": "xcb"})
        if problem is None:
            raise WindowError(WRONG_PLATFORM.format(platform=platform))
    if environment.get("WAYLAND_DISPLAY") and not environment.get("DISPLAY"):
        raise WindowError(NO_XWAYLAND.format(platform=also))
    if "Could not load the Qt platform plugin" in problem:
        raise WindowError(NO_LIBRARIES.format(detail=problem))
    raise WindowError(NO_DISPLAY.format(detail=f" ({problem})" if problem else "") + also)


def _probe(environment: Mapping[str, str]) -> str | None:
    """Open a window in another process: None where that works, or else the first words of the complaint."""
    command = [sys.executable, "-c", _PROBE]
    try:
        probe = subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return "the display does not answer"
    if not probe.returncode:
        return None
    return next((line for line in probe.stderr.splitlines() if line.strip()), "")


def window_framework() -> str | None:
    """Return the framework of OpenCV's windows, such as ``"QT5"`` or ``"WIN32UI"``; None if it has none."""
    for line in cv2.getBuildInformation().splitlines():
        name, _, value = line.strip().partition(":")
        if name == "GUI":
            return None if value.strip() in ("", "NONE") else value.strip()
    return None
