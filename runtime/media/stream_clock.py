"""The time of a stream: one rule for everything that is called frame after frame."""

from __future__ import annotations

import math

from runtime.checks import is_number
from runtime.errors import OptionError

FRAME_SECONDS = 1 / 30
"""How much later a frame counts that has the same time as the one before it."""

SAME_SECONDS = 1e-6
"""Times that differ by less are the same: no source takes a million frames a second."""

MAX_SECONDS = 1e12
"""Above it a float no longer separates the times of neighbouring frames."""


class StreamClock:
    """Turns the times of frames into a time that always grows.

    :class:`runtime.Tracker`, :class:`runtime.BlinkDetector`, :class:`runtime.Perclos` and :class:`runtime.PoseHistory`
    all take times by this rule:

    - a later time is taken as it is;
    - the same time once more (to a microsecond) counts as 1/30 s later, because some sources report no times;
    - an earlier time starts a new stream, as when a video is shown again: what was learnt is forgotten;
    - a time that is not a finite number of seconds raises OptionError.

    Attributes:
        now: time of the last frame in seconds, at least a little later than that of the frame before it; -inf before
            the first frame.
    """

    __slots__ = ("_given", "_shift", "now")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the time, as for another stream."""
        self.now = self._given = -math.inf
        self._shift = 0.0

    def restarts(self, time: float) -> bool:
        """Return whether a frame of this time, in seconds, starts a new stream.

        Raises:
            OptionError: the time is not a finite number.
        """
        if not (is_number(time) and abs(time) < MAX_SECONDS):
            raise OptionError(f"time={time!r}: the frame's time is needed, a finite number of seconds below 1e12")
        return time < self._given

    def advance(self, time: float) -> bool:
        """Advance to the next frame.

        Args:
            time: of the frame, in seconds, as the source reports it.

        Returns:
            Whether the frame starts a new stream.

        Raises:
            OptionError: the time is not a finite number.
        """
        again = self.restarts(time)
        if again:
            self.reset()
        elif time - self._given < SAME_SECONDS:
            self._shift += FRAME_SECONDS
        # numpy's short floats would lose the thirtieths of a second that are added
        self._given = float(time)
        self.now = self._given + self._shift
        return again
