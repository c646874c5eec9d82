"""Detection of missing frames in a video, as distinct from a variable frame rate and from a late start."""

from __future__ import annotations

from runtime.media.video.containers import ContainerFacts
from runtime.media.video.matroska import count_frames
from runtime.media.video.transport_stream import is_intact, is_transport_stream

REGULAR = 0.3
"""Share of a frame's duration by which steps differ in a video of constant rate; Matroska rounds to milliseconds."""

LARGE = 2.5
"""Frame durations of the step that makes a place a gap; a single frame that is late is none."""

NEAR = 0.5
"""Seconds between two irregular steps that belong to one place."""

FEW = 0.05
"""Share of irregular steps in a video of constant rate."""

TAIL = 1.0
"""Seconds by which sound may be longer than the pictures, and announced durations are rounded."""


class VideoGaps:
    """A context manager that counts missing frames of a video and warns once at its end."""

    def __init__(self, fps: float) -> None:
        """Begin a video.

        Args:
            fps: nominal frames per second.
        """
        self._fps = fps
        self._last = 0.0
        self._read = self._lost = self._irregular = self._places = 0
        self._gaps = self._largest = 0.0
        self._place = float("-inf")

    def add(self, time: float, lost: int) -> None:
        """Count a frame.

        Args:
            time: seconds since the first frame.
            lost: packets before it that could not be decoded.
        """
        if self._read:
            step = (time - self._last) * self._fps
            if abs(step - 1) > REGULAR and not lost:
                self._irregular += 1
                self._places += self._last - self._place > NEAR
                self._place = time
                self._gaps, self._largest = self._gaps + step - 1, max(self._largest, step)
        self._read, self._lost, self._last = self._read + 1, self._lost + lost, time

    def warning(self, facts: ContainerFacts | None, announced: int | None, start: float, path: str | None) -> str:
        """Return the warning at the end of the video, empty if it is whole.

        Args:
            facts: what its header says.
            announced: frames that it announces, computed from its duration in most containers.
            start: seconds at which the container says that its first frame is shown.
            path: of the file, which is looked through where something may be missing; None for pipes and URLs.
        """
        if facts is not None and facts.missing_bytes:
            of = f" of {facts.frames}" if facts.frames else ""
            return (
                f"{self._read}{of} frames could be read: the file is truncated, its last {facts.missing_bytes:,} "
                "bytes are missing"
            )
        frames = facts.frames if facts is not None else None
        intact: bool | None = None
        container = facts.container if facts is not None else ""
        if container == "matroska" and path is not None and (self._lost or self._read != announced):
            with open(path, "rb") as file:
                frames, intact = count_frames(file)
            frames = frames if intact else None
        if frames is not None:
            return _missing(frames - self._read, frames)
        end = start + self._last + 1 / self._fps
        length = (announced or 0) / self._fps
        if container == "avi":
            # frames are numbered, not timed, and repeated ones are stored as empty ones
            return _missing(int(length * self._fps - end * self._fps + 0.1), announced or 0)
        # MP4 without an exact count has fragments, or shows a part only
        short = length - end if container != "mp4" else 0.0
        # one gap in an otherwise regular video is damage; more irregular steps are a variable rate
        constant = self._places == 1 and self._irregular <= max(3, FEW * self._read)
        gaps = round(self._gaps) if constant and self._largest >= LARGE else 0
        if not container and path is not None and (short > TAIL or gaps or self._lost):
            intact = _is_intact(path)
        if intact and not self._lost:
            return ""  # its rate varies, or its sound is longer
        if self._lost or intact is False:
            missing = self._lost + gaps + max(0, round(short * self._fps))
            if not missing:
                return "the file is damaged"
            return f"about {missing} frames beside {self._read} are missing: the file is damaged"
        if short > TAIL:
            return (
                f"its pictures end at {end:.1f} of {length:.1f} s after {self._read} frames: "
                "it may be truncated or damaged, or its sound is longer"
            )
        if gaps:
            return f"about {gaps} frames beside {self._read} are missing: the file is damaged, or its rate varies"
        return ""


def _is_intact(path: str) -> bool | None:
    """Return whether a transport stream is intact; None for other files."""
    with open(path, "rb") as file:
        return is_intact(file) if is_transport_stream(file.read(1024)) else None


def _missing(frames: int, of: int) -> str:
    if frames <= 0:
        return ""
    return f"{frames} of {of} frames {'is' if frames == 1 else 'are'} missing: the file is damaged"
