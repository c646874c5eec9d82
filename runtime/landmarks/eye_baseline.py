"""Eye openings as shares of the person's own open eyes, learnt while the stream runs."""

from __future__ import annotations

import math

from runtime.faces import Face
from runtime.landmarks.openings import EyeOpening, eye_opening
from runtime.media import StreamClock

START_SECONDS = 2.0
"""For so long at the start, and where a person opens eyes that were shut at the start, the level rises fast."""

FAST_SECONDS, RISE_SECONDS, FALL_SECONDS = 0.3, 3.0, 10.0
"""Time constants of the level of open eyes: rising at the start, rising later (eyes widened in surprise for a second
must not become the person's open eyes), and falling."""

SHUT_AT_FIRST = 2.0
"""Opening over the level from which the level was learnt from shut eyes."""


class OpenEyes:
    """Learns how far a person's eyes are open when they are open.

    The level follows the openings while the eyes are open, and stays as it is while they are closed, however long.
    """

    __slots__ = ("_level", "_seen", "clock")

    def __init__(self) -> None:
        self.clock = StreamClock()
        self.reset()

    def reset(self) -> None:
        """Forget the person and the time."""
        self.clock.reset()
        self._seen = 0.0
        self._level: EyeOpening | None = None

    @property
    def level(self) -> EyeOpening | None:
        """Openings of the person's open eyes as learnt so far; None before the first frame."""
        return self._level

    def measure(self, face: Face, time: float, closed: float) -> EyeOpening:
        """Measure the openings in the next frame as shares of the person's open eyes: 1 is open.

        Args:
            face: the same person's, frame after frame.
            time: of the frame in seconds; see :class:`runtime.media.stream_clock.StreamClock`.
            closed: mean share below which the eyes count as closed: the level does not fall then.

        Raises:
            OptionError: the time is not a finite number.
        """
        before = self.clock.now
        if self.clock.restarts(time):
            self.reset()
            before = -math.inf
        self.clock.advance(time)
        opening = eye_opening(face)
        if self._level is None:
            self._level = opening
        else:
            elapsed = self.clock.now - before
            self._seen += elapsed
            shut = _share(opening.mean, self._level.mean) < closed
            self._level = EyeOpening(
                self._learn(self._level.right, opening.right, elapsed, shut),
                self._learn(self._level.left, opening.left, elapsed, shut),
            )
        return EyeOpening(_share(opening.right, self._level.right), _share(opening.left, self._level.left))

    def _learn(self, level: float, opening: float, elapsed: float, shut: bool) -> float:
        if opening > level:
            early = self._seen <= START_SECONDS or opening > SHUT_AT_FIRST * level
            seconds = FAST_SECONDS if early else RISE_SECONDS
        elif shut:
            return level
        else:
            seconds = FALL_SECONDS
        return level - math.expm1(-elapsed / seconds) * (opening - level)


def _share(opening: float, level: float) -> float:
    return opening / max(level, 1e-6)
