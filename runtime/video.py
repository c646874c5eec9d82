"""Video in: frames with their times from files, streams, cameras and iterables."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.errors import OptionError, VideoError

logger = logging.getLogger(__name__)

SILENT = 0
"""OpenCV's lowest log level."""

DEFAULT_FPS = 30.0
"""Taken where a source does not say: cameras, streams and iterables of images."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a video.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        index: counts from 0.
        time: seconds since the first frame.
    """

    image: NDArray[np.uint8]
    index: int
    time: float


Source = str | os.PathLike[str] | int | Iterable[NDArray[np.uint8] | Frame]
"""What :func:`open_source` takes; a :class:`VideoSource` is an iterable of frames."""


@dataclass(frozen=True, slots=True)
class CameraFormat:
    """What to ask of a camera; it answers with the nearest that it can do.

    Attributes:
        width, height: in pixels; None leaves the choice to the camera.
        fps: frames per second; None leaves the choice to the camera.

    Raises:
        OptionError: a value is not positive.
    """

    width: int | None = None
    height: int | None = None
    fps: float | None = None

    def __post_init__(self) -> None:
        for name in ("width", "height", "fps"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise OptionError(f"{name}={value}: a positive number is needed")


class VideoSource:
    """Frames of a video file, a stream or a camera, to be iterated once. A context manager.

    Example::

        with VideoSource("talk.mp4") as source:
            for frame in source:
                print(frame.index, frame.time, frame.image.shape)
    """

    def __init__(self, source: str | os.PathLike[str] | int, camera: CameraFormat | None = None) -> None:
        """Open a video.

        Args:
            source: a file, the URL of a stream (``rtsp://...``) or of a file, or the number of a camera, from 0.
            camera: what to ask of a camera; files and streams are what they are.

        Raises:
            VideoError: there is no such file or camera, or it is not a video that OpenCV can decode.
        """
        if isinstance(source, bool) or not isinstance(source, (str, os.PathLike, int)):
            raise VideoError(f"{type(source).__name__} is no video: give a path, a URL or a camera's number")
        address = source if isinstance(source, int) else os.fspath(source)
        self.name = f"camera {address}" if isinstance(address, int) else _without_password(address)
        remote = isinstance(address, int) or "://" in address
        if isinstance(address, int):
            # A negative number lets OpenCV choose, and crashes some releases where there is no camera.
            if address < 0:
                raise VideoError(f"camera {address}: cameras are counted from 0")
        elif not remote:
            _check_file(address)
        with quiet():
            self._capture = cv2.VideoCapture(address)
        if not self._capture.isOpened() or _is_text(self._capture):
            self._capture.release()
            why = "is it connected, and free?" if remote else "it is not a video that OpenCV can decode"
            raise VideoError(f"{self.name} cannot be opened: {why}")
        # What announces its length is a file, behind a URL too: it has times of its own, and it ends.
        self._live = isinstance(address, int) or (remote and self._capture.get(cv2.CAP_PROP_FRAME_COUNT) < 1)
        if isinstance(source, int) and camera is not None:
            _ask(self._capture, camera)
        self._read, self._start = 0, 0.0

    @property
    def live(self) -> bool:
        """Whether frames come when they are taken, as from a camera or a stream: what is not read in time is lost."""
        return self._live

    @property
    def fps(self) -> float:
        """Nominal frames per second; :data:`DEFAULT_FPS` where the source does not say."""
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        return fps if 0 < fps < 1000 else DEFAULT_FPS

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as the source announces them."""
        width = self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)
        return int(width), int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))

    @property
    def frame_count(self) -> int | None:
        """How many frames a file announces; None for cameras, streams and files that do not say."""
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        return int(count) if count >= 1 and not self._live else None

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames until the source ends; a second iteration goes on where the first stopped.

        Raises:
            VideoError: not a single frame can be decoded, or the source is closed.
        """
        while True:
            if not self._capture.isOpened():
                raise VideoError(f"{self.name} is closed")
            read, image = self._capture.read()
            if not read:
                break
            now = time.monotonic() if self._live else self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if self._read == 0:
                self._start = now
            self._read += 1
            yield Frame(image, self._read - 1, now - self._start)  # type: ignore[arg-type]
        if self._read == 0:
            raise VideoError(f"{self.name}: not a single frame can be decoded; the file may be damaged")
        announced = self.frame_count or 0
        # Containers announce a rounded count; more than a second short is a damaged or truncated file.
        if announced - self._read > self.fps:
            message = "%s ended after %d of %d frames: it may be truncated"
            logger.warning(message, self.name, self._read, announced)

    def close(self) -> None:
        """Release the file or camera; closing twice is fine."""
        self._capture.release()

    def __enter__(self) -> VideoSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def open_source(source: Source) -> Iterator[Iterable[Frame]]:
    """Frames of anything that shows pictures one after the other, for a ``with`` block.

    Args:
        source: what :class:`VideoSource` takes, which is closed at the end of the block; an open
            :class:`VideoSource`, which stays open; or an iterable of frames or of images (H, W, 3), which
            count as taken at :data:`DEFAULT_FPS`.

    Raises:
        VideoError: it cannot be opened.

    Example::

        with open_source(0) as frames:
            for frame in frames:
                print(frame.index, frame.time)
    """
    if isinstance(source, (str, os.PathLike, int)):
        with VideoSource(source) as opened:
            yield opened
        return
    if isinstance(source, np.ndarray) and source.ndim < 4:
        raise VideoError(f"an array of shape {source.shape} is one image: call the predictor on it")
    if isinstance(source, (bytes, bytearray)) or not isinstance(source, Iterable):
        raise VideoError(f"{type(source).__name__} is no source: give a path, a camera's number or images")
    yield (
        each if isinstance(each, Frame) else Frame(each, index, index / DEFAULT_FPS)
        for index, each in enumerate(source)
    )


def _without_password(address: str) -> str:
    """A path or URL as it may be shown: names of sources come into titles, logs and summaries."""
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:***@", address)


def _check_file(path: str) -> None:
    if not os.path.exists(path):
        raise VideoError(f"{path}: there is no such file")
    if not os.path.isfile(path):
        raise VideoError(f"{path} is not a file")
    if os.path.getsize(path) == 0:
        raise VideoError(f"{path} is empty")


def _ask(capture: cv2.VideoCapture, camera: CameraFormat) -> None:
    # uncompressed, USB has room for about 640x480 at 30 frames per second; the pixel format must come first
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    wanted = {
        cv2.CAP_PROP_FRAME_WIDTH: camera.width,
        cv2.CAP_PROP_FRAME_HEIGHT: camera.height,
        cv2.CAP_PROP_FPS: camera.fps,
    }
    for key, value in wanted.items():
        if value is not None:
            capture.set(key, value)


def _is_text(capture: cv2.VideoCapture) -> bool:
    """Whether FFmpeg took a text file for terminal art, which it renders as a video."""
    return int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"ansi")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hold back what OpenCV itself prints about a failure that is raised as an exception here."""
    # OpenCV 4 has the two functions at the top, OpenCV 5 in a submodule
    module: Any = cv2 if hasattr(cv2, "setLogLevel") else cv2.utils.logging
    level = module.getLogLevel()
    module.setLogLevel(SILENT)
    try:
        yield
    finally:
        module.setLogLevel(level)
