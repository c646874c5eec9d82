"""A camera and a window that follow a script."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from runtime.errors import VideoError
from runtime.media.video.video_source import Frame


class ScriptedFeed:
    """Yields what the script yields: images as frames; errors are raised, events are waited for, calls are made."""

    def __init__(self, script: Iterable, *, live: bool = True, fps: float = 30.0, name: str = "camera 0") -> None:
        self.script, self.live, self.fps, self.name = script, live, fps, name
        self.closed = False

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        for item in self.script:
            if isinstance(item, Exception):
                raise item
            if isinstance(item, threading.Event):
                item.wait(10)
            elif isinstance(item, np.ndarray):
                yield Frame(item, index, index / self.fps)
                index += 1
            else:
                item()

    def close(self) -> None:
        self.closed = True


class ScriptedCamera:
    """Opens one feed after the other; None is an attempt that finds no camera."""

    def __init__(self, *feeds: Iterable | None, **properties) -> None:
        self.feeds = [None if feed is None else ScriptedFeed(feed, **properties) for feed in feeds]
        self.opened = 0

    def __call__(self) -> ScriptedFeed:
        feed = self.feeds[self.opened] if self.opened < len(self.feeds) else None
        self.opened += 1
        if feed is None:
            raise VideoError("camera 0 cannot be opened: is it connected, and free?")
        return feed


def steadily(images: Iterable[np.ndarray], seconds: float = 0.002) -> Iterator[np.ndarray]:
    """Images as a camera gives them, with time between them."""
    for image in images:
        time.sleep(seconds)
        yield image


class Clock:
    """A clock that stands still unless it is told to go on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class ScriptedWindow:
    """Keeps what it is shown; ``keys[n]`` is pressed once n pictures were shown, as a character or a function."""

    def __init__(self, keys: dict[int, str | Callable[[], None]], size: tuple[int, int] | None = None) -> None:
        self.keys, self.size = dict(keys), size
        self.pictures: list[np.ndarray] = []
        self.closed = self.full_screen = False

    def show(self, image: np.ndarray) -> None:
        self.pictures.append(image)

    def poll(self) -> int:
        due = [number for number in list(self.keys) if number <= len(self.pictures)]  # a camera's thread may add some
        if not due:
            return -1
        key = self.keys.pop(min(due))
        if isinstance(key, str):
            return ord(key)
        key()
        return -1

    def shut(self) -> None:
        """Close the window as a click on its close button does."""
        self.closed = True

    def resize(self, width: int, height: int) -> None:
        self.size = width, height

    def toggle_full_screen(self) -> None:
        self.full_screen = not self.full_screen

    def close(self) -> None:
        self.closed = True
