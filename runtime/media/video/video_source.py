"""Video in: frames with their times from files, streams, cameras and iterables."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number
from runtime.errors import OptionError, VideoError
from runtime.media.images import as_bgr, preview_png
from runtime.media.video.capture import REMEDY, TIMEOUT, VideoCapture, open_capture, printable, undecodable
from runtime.media.video.display_geometry import LONGEST_SIDE, TURNS, FrameShape, right_angled, square_size
from runtime.media.video.frame_times import FrameTimes
from runtime.media.video.missing_frames import VideoGaps
from runtime.media.video.opencv_log import quiet
from runtime.process import never_free, watch

logger = logging.getLogger(__name__)

T = TypeVar("T")

DEFAULT_FPS = 30.0
"""Taken where a source does not say: cameras, streams and iterables of images."""

OF_THE_PARENT = "belongs to the process from which this one was forked: open it in this one"

MOST_FAILURES = 512
"""Reads that may fail one after the other before the end is taken to have come; damage costs a read a packet."""

SEEK_BACK = (0.0, 2.0, 10.0)
"""Seconds before a wanted time from which is read, one after the other, where frames before it are not reached."""

NEAR = 1e-3
"""Seconds by which a frame may be later than a wanted time: some containers round times to milliseconds."""

MOST_LIVE_FAILURES = 8
"""The same for streams and cameras, which are opened again instead."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a video.

    Attributes:
        image: (H, W, 3) uint8 BGR; of a :class:`VideoSource` upright and with square pixels.
        index: counts from 0.
        time: seconds since the first frame; of a :class:`VideoSource` finite, and later than the frame before.
    """

    image: NDArray[np.uint8] = field(repr=False)
    index: int
    time: float

    def _repr_png_(self) -> bytes:
        """Return the picture as PNG; for notebooks."""
        return preview_png(as_bgr(self.image))


Source = str | os.PathLike[str] | int | Iterable[NDArray[np.uint8] | Frame]
"""What :func:`open_source` takes; a :class:`VideoSource` is an iterable of frames."""


@dataclass(frozen=True, slots=True)
class CameraFormat:
    """Format to request from a camera, which chooses the nearest that it supports.

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
            if value is not None and not (is_number(value) and 0 < value < math.inf):
                raise OptionError(f"{name}={value!r}: a positive number is needed")


class VideoSource:
    """Frames of a video file, a stream or a camera, to be iterated once. A context manager.

    Frames have square pixels and are upright, and their times grow. What is damaged costs its frames, not the rest
    of the video; at the end a warning says how many are missing.

    Example::

        with VideoSource("talk.mp4") as source:
            for frame in source:
                print(frame.index, frame.time, frame.image.shape)
    """

    def __init__(self, source: str | os.PathLike[str] | int, camera: CameraFormat | None = None) -> None:
        """Open a video; of a file, decode the first frame.

        Args:
            source: a file, a pipe, the URL of a stream (``rtsp://...``) or of a file, the device of a camera
                (``/dev/v4l/by-id/...``), or its number, from 0.
            camera: what to ask of a camera; files and streams are what they are.

        Raises:
            VideoError: there is no such file or camera, or it is not a video that OpenCV can decode.
        """
        if isinstance(source, bool) or not isinstance(source, (str, os.PathLike, int)):
            raise VideoError(f"{type(source).__name__} is no video: give a path, a URL or a camera's number")
        if isinstance(source, int) and source >= 2**31:  # OpenCV takes no larger number
            raise VideoError(
                "the camera's number is too large: cameras are counted from 0, and there are fewer than 2^31"
            )
        address = source if isinstance(source, int) else os.fsdecode(os.fspath(source))
        self.name = f"camera {address}" if isinstance(address, int) else printable(address)
        opened = open_capture(address, self.name)
        self._opened, self._capture, self._worker = opened, opened.capture, opened.worker
        # What announces its length is a file, behind a URL too: it has times of its own, and it ends.
        self._live = opened.live and not (opened.video and self._announced())
        if camera is not None and not opened.video:
            self._call(lambda: _ask(self._capture, camera))
        self._closed = self._ended = self._sought = self._forked = False
        watch(self, VideoSource._give_up)
        self._read, self._begins = 0, 0.0
        self._times, self._gaps = FrameTimes(self.fps), VideoGaps(self.fps)
        self._ahead: Frame | None = None
        try:
            self._shape = self._frame_shape()
            if not self._live:
                self._ahead = self._next()
                if self._ahead is None:
                    raise undecodable(opened)
        except BaseException:
            self.close()
            raise

    @property
    def live(self) -> bool:
        """Whether frames come when they are taken, as from a camera or a stream: what is not read in time is lost."""
        return self._live

    @property
    def fps(self) -> float:
        """Nominal frames per second, an average where the rate varies; :data:`DEFAULT_FPS` where nothing says."""
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        return fps if 0 < fps < 1000 else DEFAULT_FPS

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels of the frames that come: upright, and with square pixels."""
        if self._ahead is not None:
            return self._ahead.image.shape[1], self._ahead.image.shape[0]
        return self._shape.size(*self._stored_size())

    @property
    def frame_count(self) -> int | None:
        """Frames that a file announces, a guess where the rate varies.

        None for cameras, streams and files that do not say.
        """
        return None if self._live else self._announced()

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames until the source ends; a second iteration goes on where the first stopped.

        Raises:
            VideoError: the source is closed or was opened before a fork, or a stream gives not a single frame.
        """
        while True:
            if self._closed:
                raise VideoError(f"{self.name} {OF_THE_PARENT if self._forked else 'is closed'}")
            frame, self._ahead = (self._ahead or self._next()), None
            if frame is None:
                break
            yield frame
        if self._read == 0:
            raise undecodable(self._opened)

    def seek(self, time: float) -> None:
        """Go on with the frame that is shown at a time, or with one that is not long before it.

        The frames are those of reading from the start, with the same times, where the container stores increasing ones;
        their ``index`` counts from the first frame that comes now. Decoding begins at the key frame before.

        Args:
            time: seconds since the first frame.

        Raises:
            VideoError: it is no file, has no times, or no frame at or before this time can be reached; or it was opened
                before a fork.
        """
        if self._forked:
            raise VideoError(f"{self.name} {OF_THE_PARENT}")
        if self._live or self._opened.path is None or not self._times.jump():
            raise VideoError(f"{self.name} cannot be read from the middle: it is no file, or has no times")
        for back in SEEK_BACK:
            target = max(0.0, time - back)
            self._capture.set(cv2.CAP_PROP_POS_MSEC, 1000 * target)
            self._times.jump()
            self._read, self._ended, self._sought = 0, False, True
            self._ahead = self._next()
            if self._ahead is not None and self._ahead.time <= time + NEAR:
                return
        raise VideoError(f"{self.name}: no frame at or before {time:.2f} s can be reached")

    def close(self) -> None:
        """Release the file or camera; closing twice is fine."""
        if self._closed:
            return
        self._closed = True
        self._opened.close()

    def _give_up(self) -> None:
        """Leave the video to the parent, with which the child would share the place in the file."""
        if not self._closed:
            never_free(self._capture)
            self._closed = self._forked = True

    def __reduce__(self) -> NoReturn:
        raise VideoError(
            f"{self.name}: an open VideoSource is neither pickled nor copied; open it in the other process"
        )

    def __enter__(self) -> VideoSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self) -> Frame | None:
        """Return the next frame; None at the end. Reads that fail before it have cost a packet each."""
        failures, began = 0, time.monotonic()
        while not self._ended:
            read, image, stored = self._call(self._grab)
            if read:
                time_of = self._times(stored, failures)
                self._gaps.add(time_of, failures)
                if self._read == 0 and not self._live:
                    self._begins = self._start()
                self._read += 1
                return Frame(self._shape(image), self._read - 1, time_of)
            failures += 1
            if failures >= self._most_failures() or time.monotonic() - began > TIMEOUT:
                if self._live:
                    break
                self._ended = True
                self._say_what_is_missing()
        return None

    def _grab(self) -> tuple[bool, NDArray[np.uint8], float | None]:
        with quiet():
            read, image = self._capture.read()
        if self._live:
            return read, image, time.perf_counter()
        stored = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        # OpenCV says 0 where a frame has no time, too
        return read, image, stored if stored or not self._read else None

    def _most_failures(self) -> int:
        if self._live:
            return MOST_LIVE_FAILURES
        # a long part may be damaged if the header says that more frames follow
        facts = self._opened.facts
        left = facts.frames - self._read if facts is not None and facts.frames else 0
        return max(MOST_FAILURES, left)

    def _call(self, function: Callable[[], T]) -> T:
        """Call into OpenCV: in the worker's thread where it may hang."""
        return function() if self._worker is None else self._worker(function)

    def _say_what_is_missing(self) -> None:
        opened = self._opened
        try:
            missing = self._gaps.warning(opened.facts, self._announced(), self._begins, opened.path)
        except OSError as error:  # as when the file was removed meanwhile
            missing = f"whether all of it was read is unknown: {error}"
        if self._read and missing and not self._sought:
            logger.warning("%s: %s", self.name, missing)

    def _announced(self) -> int | None:
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        return int(count) if count >= 1 else None

    def _stored_size(self) -> tuple[int, int]:
        width = self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)
        return int(width), int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))

    def _frame_shape(self) -> FrameShape:
        """Return how frames are scaled and turned.

        Raises:
            VideoError: they are shown at an angle that is not a right one, or squeezed beyond reason.
        """
        width, height = self._stored_size()
        aspect = self._capture.get(cv2.CAP_PROP_SAR_NUM) / (self._capture.get(cv2.CAP_PROP_SAR_DEN) or 1)
        if not 0 < aspect < math.inf or not self._opened.video:
            aspect = 1.0
        if max(square_size(width, height, aspect)) > LONGEST_SIDE:
            raise VideoError(f"{self.name}: pixels of the shape {aspect:g}:1 at {width}x{height} make no sense")
        facts = self._opened.facts
        if facts is not None:
            matrix = right_angled(facts.matrix)
        else:
            turn = self._capture.get(cv2.CAP_PROP_ORIENTATION_META) if self._opened.video else 0
            matrix = TURNS.get(round(turn) % 360)
        if matrix is None:
            raise VideoError(f"{self.name} is shown at an angle that is not a right one; {REMEDY}")
        return FrameShape(aspect, matrix)

    def _start(self) -> float:
        """Return the seconds at which, by the container, the frame that was read is shown."""
        key = getattr(cv2, "CAP_PROP_PTS", None)
        start = self._capture.get(key) / self.fps if key is not None else 0.0
        if not 0 < start < (self._announced() or 0) / self.fps:
            start = max(0.0, self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        return start


@contextlib.contextmanager
def open_source(source: Source) -> Iterator[Iterable[Frame]]:
    """Open a source of frames for a ``with`` block.

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


def _ask(capture: VideoCapture, camera: CameraFormat) -> None:
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
