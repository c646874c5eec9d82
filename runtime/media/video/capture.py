"""Captures opened with OpenCV: files, devices, pipes, streams and cameras."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import cv2

from runtime.errors import VideoError
from runtime.media.video.animated_webp import AnimatedWebP, is_animated_webp
from runtime.media.video.containers import ContainerFacts, read_facts
from runtime.media.video.interruptible import Worker
from runtime.media.video.opencv_log import quiet

TIMEOUT = 10.0
"""Seconds in which a server must answer, and in which the next frame of a stream must come."""

REMEDY = "convert it first, for example with: ffmpeg -i in -c:v libx264 out.mp4"

PIPES = "through a pipe send MPEG-TS or Matroska, as most MP4 files cannot be read from the start to the end"

UNDECODED = {"av01": "AV1", "v_av1": "AV1"}
"""Codecs that FFmpeg names but cannot decode by itself: a video with them opens and gives no frame."""

_CODECS = {"avc1": "H.264", "hvc1": "HEVC", "hev1": "HEVC", "vvc1": "VVC", "vvi1": "VVC", "evc1": "EVC", **UNDECODED}


class VideoCapture(Protocol):
    """The part of :class:`cv2.VideoCapture` that is used."""

    def isOpened(self) -> bool:  # noqa: N802
        """Return whether frames can be read."""

    def read(self) -> tuple[bool, Any]:
        """Return whether there was another frame, and the frame."""

    def get(self, propId: int, /) -> float:  # noqa: N803
        """Return a property; 0 where it is unknown."""

    def set(self, propId: int, value: float, /) -> bool:  # noqa: N803
        """Set a property; returns whether that was accepted."""

    def release(self) -> None:
        """Close the source."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """An opened file, stream or camera.

    Attributes:
        capture: gives the frames as they are stored, not turned.
        name: for people; printable whatever the file is called.
        worker: the thread in which the capture must be used because it may hang; None for files.
        live: whether frames may be lost when they are not read in time; a URL that announces a length is a file.
        video: whether it is a file, pipe or stream instead of a camera.
        facts: what the header of a file says.
        path: of a file; None for what cannot be read again.
        pipe: the descriptor of a pipe, closed with the capture.
    """

    capture: VideoCapture
    name: str
    worker: Worker | None
    live: bool
    video: bool
    facts: ContainerFacts | None
    path: str | None = None
    pipe: int | None = None

    def close(self) -> None:
        """Release what was opened; of a capture that hangs, when it no longer does."""
        if self.worker is None:
            self._release()
        else:
            self.worker.finish(self._release)

    def _release(self) -> None:
        self.capture.release()
        if self.pipe is not None:
            os.close(self.pipe)


def open_capture(address: str | int, name: str) -> Opened:
    """Open a camera, a stream, a device, a pipe or a file.

    Args:
        address: a camera's number, a URL or a path.
        name: what it is called in messages.

    Raises:
        VideoError: it is not there, or it is no video that OpenCV can decode.
    """
    if isinstance(address, int):
        # A negative number lets OpenCV choose, and crashes some releases where there is no camera.
        if address < 0:
            raise VideoError(f"camera {address}: cameras are counted from 0")
        return _open_remote(name, address)
    if is_url(address):
        if address.lower().startswith("file:"):
            address = urllib.request.url2pathname(urllib.parse.urlsplit(address).path)
            return open_capture(os.path.abspath(address), name)
        options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT * 1000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT * 1000]
        return _open_remote(name, address, _video_backend(), [int(option) for option in options])
    try:
        mode = os.stat(address).st_mode
    except (OSError, ValueError) as error:
        missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
        reason = "there is no such file" if missing else getattr(error, "strerror", None) or error
        raise VideoError(f"{name}: {reason}") from error
    if stat.S_ISCHR(mode):
        return _open_device(name, address)
    if stat.S_ISFIFO(mode):
        return _open_pipe(name, address)
    if stat.S_ISREG(mode) or stat.S_ISBLK(mode):
        return _open_file(name, address)
    raise VideoError(f"{name} is {'a folder' if stat.S_ISDIR(mode) else 'a socket'}, not a file")


def is_url(address: str) -> bool:
    """Return whether an address is a URL: one with a scheme and ``//`` that is not the path of a file."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", address) is not None and not os.path.lexists(address)


def printable(address: str) -> str:
    """Return a path or URL for messages: without a password, and with bytes that are not UTF-8 escaped."""
    text = re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:***@", address)
    return text.encode("utf-8", "backslashreplace").decode()


@contextlib.contextmanager
def opencv_path(path: str | os.PathLike[str]) -> Iterator[str]:
    """Provide, in a ``with`` block, a path by which OpenCV can create a file; the file's own name must be UTF-8.

    FFmpeg takes what precedes a colon for a protocol, but not in an absolute path. OpenCV crashes on folders whose
    names are not UTF-8, so these are named by a descriptor.

    Raises:
        VideoError: this system has no such names.
    """
    absolute = os.path.abspath(path)
    if _is_utf8(absolute):
        yield absolute
        return
    folder, name = os.path.split(absolute)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield f"{_by_descriptor(descriptor)}/{name}"
    finally:
        os.close(descriptor)


def reading_path(path: str, file: BinaryIO) -> str:
    """Return a path by which OpenCV reads an open file.

    Raises:
        VideoError: the name is not UTF-8, and this system has no other.
    """
    # an absolute path has no colon before its first slash, which FFmpeg would take for the end of a protocol
    absolute = os.path.abspath(path)
    return absolute if _is_utf8(absolute) else _by_descriptor(file.fileno())


def codec_name(capture: VideoCapture, facts: ContainerFacts | None) -> str:
    """Return the usual name of a video's codec, or its four-character code if it is not known here."""
    code = facts.codec if facts else ""
    if not code and (number := int(capture.get(cv2.CAP_PROP_FOURCC))) > 0:
        code = number.to_bytes(4, "little").decode("latin-1")
    return _CODECS.get(code.lower(), code.strip())


def undecodable(opened: Opened) -> VideoError:
    """Explain why a video that was opened gives no frame."""
    codec = codec_name(opened.capture, opened.facts)
    if codec in UNDECODED.values():
        return VideoError(f"{opened.name}: this OpenCV has no decoder for its codec, {codec}; {REMEDY}")
    why = f"it may be damaged; {PIPES}" if opened.pipe is not None else "the file may be damaged"
    return VideoError(f"{opened.name}: not a single frame can be decoded; {why}")


def _video_backend() -> int:
    """Return FFmpeg if OpenCV has it; other backends mistake names of videos for patterns of pictures."""
    has_it = cv2.CAP_FFMPEG in cv2.videoio_registry.getStreamBackends()
    return cv2.CAP_FFMPEG if has_it else cv2.CAP_ANY


def _open_remote(name: str, *arguments: Any) -> Opened:
    worker = Worker(f"reading {name}")
    video = isinstance(arguments[0], str) and arguments[1] != cv2.CAP_V4L2
    began = time.monotonic()
    capture = worker(lambda: _video_capture(*arguments))
    if not capture.isOpened():
        worker.finish(capture.release)
        late = video and time.monotonic() - began >= TIMEOUT
        why = f"no answer within {TIMEOUT:g} s; " if late else ""
        raise VideoError(f"{name} cannot be opened: {why}is it connected, and free?")
    return Opened(capture, name, worker, live=True, video=video, facts=None)


def _open_device(name: str, path: str) -> Opened:
    # stable names such as /dev/v4l/by-id/... are links to /dev/videoN
    return _open_remote(name, os.path.realpath(path), cv2.CAP_V4L2)


def _open_pipe(name: str, path: str) -> Opened:
    worker = Worker(f"reading {name}")

    def connect() -> tuple[VideoCapture, int]:
        # waits for a writer; FFmpeg reads from the descriptor, as opening it again would wait for another one
        descriptor = os.open(path, os.O_RDONLY)
        return _video_capture(f"pipe:{descriptor}", _video_backend()), descriptor

    capture, descriptor = worker(connect)
    opened = Opened(capture, name, worker, live=False, video=True, facts=None, pipe=descriptor)
    if not capture.isOpened() or _is_text(capture):
        opened.close()
        raise VideoError(f"{name} cannot be opened: it sends no video that OpenCV can decode; {PIPES}")
    return opened


def _open_file(name: str, path: str) -> Opened:
    try:
        file = open(path, "rb")  # noqa: SIM115 - a name for it may be needed while OpenCV opens it
    except OSError as error:
        raise VideoError(f"{name}: {error.strerror or error}") from error
    with file:
        if file.seek(0, os.SEEK_END) == 0:
            raise VideoError(f"{name} is empty")
        file.seek(0)
        if is_animated_webp(file.read(21)):
            file.seek(0)
            return Opened(AnimatedWebP(name, file.read()), name, None, live=False, video=True, facts=None)
        facts = read_facts(file)
        file.seek(0)
        capture = _video_capture(reading_path(path, file), _video_backend())
    if not capture.isOpened() or _is_text(capture):
        capture.release()
        raise VideoError(f"{name}: {_why_not(facts)}")
    return Opened(capture, name, None, live=False, video=True, facts=facts, path=path)


def _why_not(facts: ContainerFacts | None) -> str:
    if facts is None or not facts.codec:
        return "it is not a video that OpenCV can decode"
    if facts.codec in ("encv", "drmi"):
        return "it is encrypted"
    codec = _CODECS.get(facts.codec.lower(), facts.codec)
    return f"this OpenCV has no decoder for its codec, {codec}, or its header is damaged; {REMEDY}"


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _by_descriptor(descriptor: int) -> str:
    """Return a path to an open file: OpenCV crashes on names that are not UTF-8, and takes no descriptors."""
    path = f"/dev/fd/{descriptor}"
    if not os.path.exists(path):
        raise VideoError("OpenCV takes names in UTF-8 only: rename the file, or make a link to it")
    return path


def _video_capture(*arguments: Any) -> VideoCapture:
    with quiet():
        capture = cv2.VideoCapture(*arguments)
        if isinstance(arguments[0], str) and capture.isOpened():
            # turned and mirrored here, where reflections are known, too
            capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
    return capture


def _is_text(capture: VideoCapture) -> bool:
    """Return whether FFmpeg took a text file for terminal art, which it renders as a video."""
    return int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"ansi")
