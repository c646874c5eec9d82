"""Video out: files that are whole or not there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.capture_source import opencv_path
from runtime.checks import is_number
from runtime.clock import StreamClock
from runtime.errors import VideoError
from runtime.files import create_part, put_in_place
from runtime.image_hints import hint
from runtime.opencv_log import quiet
from runtime.video import DEFAULT_FPS, VideoSource

CODECS: dict[str, dict[str, str]] = {
    ".mp4": {"mpeg4": "mp4v", "vp9": "vp09"},
    ".avi": {"mjpeg": "MJPG"},
}
"""FourCC codes by file name extension and codec, the default codec first; every opencv-python wheel has them."""


class VideoSink:
    """A video file that appears under its name only when it is complete. A context manager.

    Frames go to a hidden file in the same folder, which is renamed by ``close()``; when the ``with`` block
    ends with an exception it is removed, and a file that stood there before is untouched. Codecs need
    even sides: frames of odd width or height get their last column or row repeated.

    The file has a constant rate. Frames given with their times keep their pace: each is repeated until the next one is
    due, and of those that come faster than the rate the first is kept.

    Example::

        with VideoSink("annotated.mp4", fps=source.fps) as sink:
            for frame in source:
                sink.write(frame.image, frame.time)
    """

    def __init__(self, path: str | os.PathLike[str], fps: float = DEFAULT_FPS, codec: str | None = None) -> None:
        """Prepare a file; its size is that of the first frame.

        Args:
            path: the extension decides on the container, see :data:`CODECS`.
            fps: frames per second, 0..1000 exclusive.
            codec: ``"vp9"`` in .mp4 plays in browsers, but is some thirty times slower to write than ``"mpeg4"``,
                the default there, which does not; None takes the default of the extension.

        Raises:
            VideoError: unknown extension, no such folder, a rate outside its range, or a codec that the container
                cannot hold.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise VideoError(f"{type(path).__name__} is no path of a file to write")
        if not is_number(fps):
            raise VideoError(f"fps={fps!r}: a number of frames per second is needed")
        self.path = Path(path)
        codecs = CODECS.get(self.path.suffix.lower())
        if codecs is None:
            raise VideoError(f"{self.path}: cannot write {self.path.suffix!r}; known are {', '.join(CODECS)}")
        self._codec = codecs.get(codec or next(iter(codecs)), "")
        if not self._codec:
            known = ", ".join(codecs)
            raise VideoError(f"{self.path}: codec={codec!r} cannot be in {self.path.suffix}; known: {known}")
        if not self.path.parent.is_dir():
            raise VideoError(f"{self.path}: there is no folder {self.path.parent}")
        # the file is made with the first frame; that it cannot be is better said now
        try:
            create_part(self.path).unlink()
        except OSError as error:
            raise VideoError(f"{self.path} cannot be written: {error.strerror or error}") from error
        if not 0 < fps < 1000:
            raise VideoError(f"fps={fps} is not between 0 and 1000")
        self._fps = fps
        # short and in ASCII whatever the final name is: as long as a name may be, or not UTF-8
        self._part = self.path.with_name(f".landmarks-{secrets.token_hex(8)}.part{self.path.suffix}")
        self._writer: cv2.VideoWriter | None = None
        self._shape: tuple[int, ...] = ()
        self._closed = False
        self._clock = StreamClock()
        self._origin = 0.0
        self._last: NDArray[np.uint8] | None = None
        self._written = 0

    def write(self, image: NDArray[np.uint8], time: float | None = None) -> None:
        """Append a frame (H, W, 3) uint8 BGR.

        Args:
            image: of the same size as the first one.
            time: of the frame in seconds; None takes it as 1 / fps after the last one. Give all frames their times or
                none of them. Same and earlier times are taken by the rule of :class:`runtime.clock.StreamClock`; an
                earlier one goes on right after what is written.

        Raises:
            VideoError: the file cannot be created, the frame's size is new, or the sink is closed.
            OptionError: the time is not a finite number.
        """
        if self._closed:
            raise VideoError(f"{self.path} is closed")
        if not isinstance(image, np.ndarray):
            raise VideoError(f"a frame must be (H, W, 3) uint8, not {type(image).__name__}; {hint(image)}")
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
            raise VideoError(f"a frame must be (H, W, 3) uint8, not {image.shape} {image.dtype}")
        height, width = image.shape[:2]
        if self._writer is None:
            self._shape = image.shape
            size = width + width % 2, height + height % 2
            with quiet(), opencv_path(self._part) as path:
                code = cv2.VideoWriter.fourcc(*self._codec)
                self._writer = cv2.VideoWriter(path, code, self._fps, size)
            if not self._writer.isOpened():
                self._discard()
                raise VideoError(
                    f"{self.path}: cannot write {self._codec} at {size[0]}x{size[1]}; "
                    "is the folder writable, and was OpenCV built with this codec? another codec or extension may do"
                )
        if image.shape != self._shape:
            raise VideoError(f"a frame of {image.shape} in a video of {self._shape}: resize it first")
        if width % 2 or height % 2:
            image = cv2.copyMakeBorder(  # type: ignore[assignment]
                image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE
            )
        due = self._written if time is None else self._due(time)
        if due < self._written:
            return
        while self._written < due and self._last is not None:
            self._writer.write(self._last)
            self._written += 1
        self._writer.write(image)
        self._written += 1
        if time is not None:
            self._last = image.copy()

    def _due(self, time: float) -> int:
        """Number of the frame, from 0, that is seen at a time."""
        if self._clock.advance(time) or self._last is None:
            self._origin = self._clock.now - self._written / self._fps
        return round((self._clock.now - self._origin) * self._fps)

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
            self._check()
        except VideoError as error:
            self._discard()
            raise VideoError(f"{self.path}: writing failed; is the disk full?") from error
        try:
            put_in_place(self._part, self.path)
        finally:
            self._part.unlink(missing_ok=True)

    def _check(self) -> None:
        """Read the file back: its first and its last frame, and how many it announces."""
        with VideoSource(self._part) as written:
            next(iter(written))
            count = written.frame_count
        if count != self._written:
            raise VideoError(f"{count} of {self._written} frames are in the file")
        with quiet(), opencv_path(self._part) as path:
            capture = cv2.VideoCapture(path)
            try:
                capture.set(cv2.CAP_PROP_POS_FRAMES, self._written - 1)
                if not capture.read()[0]:
                    raise VideoError("the last frame cannot be decoded")
            finally:
                capture.release()

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
