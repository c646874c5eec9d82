"""Strictly increasing times of frames: in containers times are missing, repeated, or start again."""

from __future__ import annotations

import math

LONGEST_GAP = 3600.0
"""Longest pause between two frames in seconds; a longer one is a discontinuity of the timestamps."""

REORDERED = 4
"""Frames by which a time may lie behind the last one because frames were stored out of order; more is a new start."""


class FrameTimes:
    """Seconds since the first frame from a container's times: finite, and each later than the one before.

    Times that increase are kept, so variable rates stay as they are. A frame without a time comes one frame
    duration after the last. Times that start again, as in recordings joined to one file, go on from there. A time
    that lies a little behind the last one is set half a frame duration after it.
    """

    def __init__(self, fps: float) -> None:
        """Begin a video.

        Args:
            fps: nominal frames per second, for frames without times.
        """
        self._step = 1 / fps
        self._shift: float | None = None
        self._last: float | None = None

    def jump(self) -> bool:
        """Let the next frame be any of the video; returns whether its time can then be told, by its stored time."""
        self._last = None
        return self._shift is not None

    def __call__(self, stored: float | None, lost: int = 0) -> float:
        """Return the time of the next frame, in seconds since the first.

        Args:
            stored: the container's time in seconds, from any origin; None, NaN or infinite where it has none.
            lost: frames between the last one and this that could not be decoded.
        """
        known = stored is not None and math.isfinite(stored)
        if self._last is None and self._shift is not None and known and stored is not None:
            self._last = stored + self._shift
            return self._last
        if self._last is None:
            self._last = 0.0
            self._shift = -stored if known and stored is not None else None
            return 0.0
        following = self._last + self._step * (1 + lost)
        if not known or stored is None:
            self._last = following
            return following
        if self._shift is None:
            self._shift = following - stored
        time = stored + self._shift
        behind = self._last - time
        if behind > REORDERED * self._step or -behind > LONGEST_GAP:
            self._shift = following - stored
            time = following
        elif behind >= 0:
            time = self._last + self._step / 2
        self._last = time
        return time
