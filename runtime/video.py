"""Video in and out: frames with their times from files, streams, cameras and iterables; whole files."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from cv2.utils import logging as cv2_logging
from numpy.typing import NDArray

from runtime.errors import VideoError

logger = logging.getLogger(__name__)

CODECS: dict[str, str] = {".mp4": "mp4v", ".avi": "MJPG"}
"""FourCC code written for each file name extension; both codecs come with every opencv-python wheel."""

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


class VideoSource:
    """Frames of a video file, a stream or a camera, to be iterated once. A context manager.

    Example::

        with VideoSource("talk.mp4") as source:
            for frame in source:
                print(frame.index, frame.time, frame.image.shape)
    """

    def __init__(self, source: str | os.PathLike[str] | int) -> None:
        """Open a video.

        Args:
            source: a file, the URL of a stream (``rtsp://...``), or the number of a camera, from 0.

        Raises:
            VideoError: there is no such file or camera, or it is not a video that OpenCV can decode.
        """
        if isinstance(source, bool) or not isinstance(source, (str, os.PathLike, int)):
            raise VideoError(f"{type(source).__name__} is no video: give a path, a URL or a camera's number")
        self.name = f"camera {source}" if isinstance(source, int) else os.fspath(source)
        self._live = isinstance(source, int) or "://" in self.name
        if isinstance(source, int):
            # A negative number lets OpenCV choose, and crashes some releases where there is no camera.
            if source < 0:
                raise VideoError(f"camera {source}: cameras are counted from 0")
        elif not self._live:
            _check_file(self.name)
        with _quiet():
            self._capture = cv2.VideoCapture(source if isinstance(source, int) else self.name)
        if not self._capture.isOpened() or _is_text(self._capture):
            self._capture.release()
            why = "is it connected, and free?" if self._live else "it is not a video that OpenCV can decode"
            raise VideoError(f"{self.name} cannot be opened: {why}")
        self._read, self._start = 0, 0.0

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


class VideoSink:
    """A video file that appears under its name only when it is complete. A context manager.

    Frames go to a hidden file in the same folder, which is renamed by ``close()``; when the ``with`` block
    ends with an exception it is removed, and a file that stood there before is untouched. Codecs need
    even sides: frames of odd width or height get their last column or row repeated.

    Example::

        with VideoSink("annotated.mp4", fps=source.fps) as sink:
            sink.write(image)
    """

    def __init__(self, path: str | os.PathLike[str], fps: float = DEFAULT_FPS) -> None:
        """Prepare a file; its size is that of the first frame.

        Args:
            path: the extension decides on the codec, see :data:`CODECS`.
            fps: frames per second, 0..1000 exclusive.

        Raises:
            VideoError: unknown extension, no such folder, or a rate outside its range.
        """
        self.path = Path(path)
        self._codec = CODECS.get(self.path.suffix.lower(), "")
        if not self._codec:
            raise VideoError(f"{self.path}: cannot write {self.path.suffix!r}; known are {', '.join(CODECS)}")
        if not self.path.parent.is_dir():
            raise VideoError(f"{self.path}: there is no folder {self.path.parent}")
        if not 0 < fps < 1000:
            raise VideoError(f"fps={fps} is not between 0 and 1000")
        self._fps = fps
        name = f".{self.path.stem}-{secrets.token_hex(4)}.part{self.path.suffix}"
        self._part = self.path.with_name(name)
        self._writer: cv2.VideoWriter | None = None
        self._shape: tuple[int, ...] = ()
        self._closed = False

    def write(self, image: NDArray[np.uint8]) -> None:
        """Append a frame (H, W, 3) uint8 BGR.

        Raises:
            VideoError: the file cannot be created, the frame's size is new, or the sink is closed.
        """
        if self._closed:
            raise VideoError(f"{self.path} is closed")
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
            raise VideoError(f"a frame must be (H, W, 3) uint8, not {image.shape} {image.dtype}")
        height, width = image.shape[:2]
        if self._writer is None:
            self._shape = image.shape
            size = width + width % 2, height + height % 2
            with _quiet():
                code = cv2.VideoWriter.fourcc(*self._codec)
                self._writer = cv2.VideoWriter(str(self._part), code, self._fps, size)
            if not self._writer.isOpened():
                self._discard()
                raise VideoError(
                    f"{self.path}: cannot write {self._codec} at {size[0]}x{size[1]}; "
                    "is the folder writable, and was OpenCV built with this codec?"
                )
        if image.shape != self._shape:
            raise VideoError(f"a frame of {image.shape} in a video of {self._shape}: resize it first")
        if width % 2 or height % 2:
            image = cv2.copyMakeBorder(  # type: ignore[assignment]
                image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE
            )
        self._writer.write(image)

    def close(self) -> None:
        """Finish the file and give it its name; without frames no file appears. Closing twice is fine.

        Raises:
            VideoError: what was written cannot be read back, as happens on a full disk.
        """
        if self._closed or self._writer is None:
            self._closed = True
            return
        self._closed = True
        self._writer.release()
        try:
            with VideoSource(self._part) as written:
                next(iter(written))
        except VideoError as error:
            self._discard()
            raise VideoError(f"{self.path}: writing failed; is the disk full?") from error
        os.replace(self._part, self.path)

    def _discard(self) -> None:
        self._closed = True
        if self._writer is not None:
            self._writer.release()
            self._part.unlink(missing_ok=True)

    def __enter__(self) -> VideoSink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif not self._closed:
            self._discard()


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


def _check_file(path: str) -> None:
    if not os.path.exists(path):
        raise VideoError(f"{path}: there is no such file")
    if not os.path.isfile(path):
        raise VideoError(f"{path} is not a file")
    if os.path.getsize(path) == 0:
        raise VideoError(f"{path} is empty")


def _is_text(capture: cv2.VideoCapture) -> bool:
    """Whether FFmpeg took a text file for terminal art, which it renders as a video."""
    return int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"ansi")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what OpenCV itself prints about a failure that is raised as an exception here."""
    level = cv2_logging.getLogLevel()
    cv2_logging.setLogLevel(cv2_logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2_logging.setLogLevel(level)
