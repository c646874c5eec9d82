"""Video out: files that appear only when they are complete."""

from __future__ import annotations

import math
import os
import secrets
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number
from runtime.errors import OptionError, VideoError
from runtime.media.files import create_part, put_in_place
from runtime.media.images import hint
from runtime.media.stream_clock import StreamClock
from runtime.media.video.capture import opencv_path
from runtime.media.video.containers import read_facts
from runtime.media.video.matroska import count_frames
from runtime.media.video.mp4_times import set_times
from runtime.media.video.opencv_log import quiet
from runtime.media.video.video_source import DEFAULT_FPS, OF_THE_PARENT
from runtime.process import never_free, watch

CODECS: dict[str, dict[str, str]] = {
    ".webm": {"vp8": "VP80"},
    ".mp4": {"mpeg4": "mp4v", "vp9": "vp09"},
    ".avi": {"mjpeg": "MJPG"},
}
"""FourCC codes by file name extension and codec, the default codec first; every opencv-python wheel has them.

VP8 and VP9 play in browsers; ``python -m benchmarks.studies.video_formats --write`` measures what each costs."""

MATROSKA, WEBM = b"\x42\x82\x88matroska", b"\x42\x82\x88webm\0\0\0\0"
"""The element of an EBML header that names the format: WebM is a kind of Matroska (RFC 9559)."""

VARIABLE_FPS = 60.0
"""Lowest rate of a .webm or .avi that is written from a video with a variable frame rate."""


class VideoSink:
    """A video file that appears under its name only when it is complete. A context manager.

    Frames go to a hidden file in the same folder, which is renamed by ``close()``; when the ``with`` block
    ends with an exception it is removed, and a file that stood there before is untouched. Codecs need
    even sides: frames of odd width or height get their last column or row repeated.

    Frames given with their times keep their pace. In .mp4 each is stored once, with its time. In .webm and .avi, which
    OpenCV writes at a constant rate, each is repeated until the next one is due, and of those that come faster than
    the rate the first is kept; :func:`steady_rate` gives a rate that is fast enough for a video.

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
            codec: None takes the default of the extension: ``"vp8"`` in .webm, which plays in browsers; ``"mpeg4"`` in
                .mp4, which is fast to write and does not; ``"mjpeg"`` in .avi. ``"vp9"`` in .mp4 plays in browsers
                and is the slowest to write.

        Raises:
            VideoError: unknown extension, no such folder, a rate outside its range, or a codec that the container
                cannot hold.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise VideoError(f"{type(path).__name__} is no path of a file to write")
        if not is_number(fps):
            raise VideoError(f"fps={fps!r}: a number of frames per second is needed")
        self.path = Path(path)
        if codec is not None and not isinstance(codec, str):
            raise VideoError(f"codec={codec!r}: a name is needed, such as 'vp8', or None")
        codecs = CODECS.get(self.path.suffix.lower())
        if codecs is None:
            raise VideoError(f"{self.path}: cannot write {self.path.suffix!r}; known are {', '.join(CODECS)}")
        self._codec = codecs.get(codec or next(iter(codecs)), "")
        if not self._codec:
            known = ", ".join(codecs)
            raise VideoError(f"{self.path}: codec={codec!r} cannot be in {self.path.suffix}; known: {known}")
        if not self.path.parent.is_dir():
            raise VideoError(f"{self.path}: there is no folder {self.path.parent}")
        # the file is created with the first frame, but errors are raised now
        try:
            create_part(self.path).unlink()
        except OSError as error:
            raise VideoError(f"{self.path} cannot be written: {error.strerror or error}") from error
        if not 0 < fps < 1000:
            raise VideoError(f"fps={fps} is not between 0 and 1000")
        self._fps = fps
        # short and in ASCII, however long the final name is or if it is not UTF-8; and OpenCV complains on stderr about
        # every codec in .webm, and writes the same file as .mkv silently
        suffix = ".mkv" if self._codec == "VP80" else self.path.suffix
        self._part = self.path.with_name(f".landmarks-{secrets.token_hex(8)}.part{suffix}")
        self._times: list[float] | None = [] if suffix.lower() == ".mp4" else None
        self._writer: cv2.VideoWriter | None = None
        self._shape: tuple[int, ...] = ()
        self._closed = self._forked = False
        watch(self, VideoSink._give_up)
        self._clock = StreamClock()
        self._origin = 0.0
        self._last: NDArray[np.uint8] | None = None
        self._written = 0

    def write(self, image: NDArray[np.uint8], time: float | None = None) -> None:
        """Append a frame (H, W, 3) uint8 BGR.

        Args:
            image: of the same size as the first one.
            time: of the frame in seconds; None takes it as 1 / fps after the last one. Give all frames their times or
                none of them. Same and earlier times are taken by the rule of
                :class:`runtime.media.stream_clock.StreamClock`; an earlier one goes on right after what is written.

        Raises:
            VideoError: the file cannot be created, the frame's size is new, or the sink is closed or was made before a
                fork.
            OptionError: the time is not a finite number.
        """
        if self._closed:
            raise VideoError(f"{self.path} {OF_THE_PARENT if self._forked else 'is closed'}")
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
        place = self.seconds if time is None else self._place(time)
        if self._times is not None:
            self._times.append(place)
        elif not self._fill(round(place * self._fps)):
            return
        with quiet():
            self._writer.write(image)
        self._written += 1
        if time is not None:
            self._last = image.copy() if self._times is None else image

    @property
    def seconds(self) -> float:
        """Length of what has been written."""
        if self._times:
            return self._times[-1] + 1 / self._fps
        return self._written / self._fps

    def _place(self, time: float) -> float:
        """Return seconds from the start of the file at which a frame of this time is shown."""
        if self._clock.advance(time) or self._last is None:
            self._origin = self._clock.now - self.seconds
        return self._clock.now - self._origin

    def _fill(self, due: int) -> bool:
        """Repeat the last frame until the frame of this number is due; False where it comes too early."""
        assert self._writer is not None
        while self._written < due and self._last is not None:
            self._writer.write(self._last)
            self._written += 1
        return self._written <= due

    def close(self) -> None:
        """Finish the file and give it its name; without frames no file appears. Closing twice is fine.

        Raises:
            VideoError: the file is not whole, as happens on a full disk.
        """
        if self._closed or self._writer is None:
            self._closed = True
            return
        self._closed = True
        with quiet():
            self._writer.release()
        try:
            if not is_whole(self._part, self._written):
                raise VideoError(f"{self.path}: writing failed, the file is not whole; is the disk full?")
            if self._times and self._last is not None:
                set_times(self._part, self._times, 1 / self._fps)
            if self._codec == "VP80":
                name_webm(self._part)
            put_in_place(self._part, self.path)
        except (OSError, ValueError) as error:
            if isinstance(error, VideoError):
                raise
            raise VideoError(f"{self.path}: writing failed; is the disk full? ({error})") from error
        finally:
            self._writer = self._last = None
            self._part.unlink(missing_ok=True)

    def _give_up(self) -> None:
        """Leave the file to the parent, which finishes it."""
        if not self._closed:
            never_free(self._writer)
            self._closed = self._forked = True

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


def steady_rate(fps: float) -> float:
    """Return the rate for a .webm or .avi that is written from a video of the given rate, in frames per second.

    Constant rates are whole numbers, or these divided by 1.001 (SMPTE 12M). Another rate is the average of a variable
    one, which is faster at times: :data:`VARIABLE_FPS` is fast enough for it.

    Raises:
        OptionError: not a positive number.
    """
    if not (is_number(fps) and 0 < fps < math.inf):
        raise OptionError(f"fps={fps!r}: a positive number of frames per second is needed")
    steady = (round(fps), round(fps * 1.001) / 1.001, 12.5, 7.5)
    return fps if any(abs(fps - rate) < 2e-4 * fps for rate in steady) else max(fps, VARIABLE_FPS)


def is_whole(path: Path, frames: int) -> bool:
    """Return whether a file that a sink wrote holds so many frames, to its last byte."""
    try:
        with open(path, "rb") as file:
            facts = read_facts(file)
            if facts is None or facts.missing_bytes:
                return False
            if facts.container == "matroska":
                count, intact = count_frames(file)
                return bool(intact and count == frames)
            if facts.container == "avi":
                file.seek(4)
                # written when the file is finished, 0 until then
                return int.from_bytes(file.read(4), "little") > 0
            return facts.frames == frames
    except OSError:
        return False


def name_webm(path: Path) -> None:
    """Mark a Matroska file with VP8 as WebM, which differs in the name of the format only."""
    with open(path, "r+b") as file:
        position = file.read(64).find(MATROSKA)
        if position >= 0:
            file.seek(position)
            file.write(WEBM)
