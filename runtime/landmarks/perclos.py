"""PERCLOS: for what share of the time a person's eyes are closed."""

from __future__ import annotations

import math
from collections import deque

from runtime.checks import is_number
from runtime.errors import OptionError
from runtime.faces import Face
from runtime.landmarks.eye_baseline import OpenEyes

SHUT_SHARE = 0.5
"""What the shipped networks see of the opening of shut eyes, as a share of that of open ones (:class:`EyeOpening`)."""

GAP_SECONDS = 1.0
"""Longest time between two frames that counts: what happens while a face is out of sight is unknown."""


class Perclos:
    """Percentage of eyelid closure of one person; each ``Face.track`` needs its own.

    It is the share of the last minute in which the eyes were at least 80 % closed; blinks are too short to matter.
    Wierwille et al. 1994, "Research on vehicle-based driver status/performance monitoring" (DOT HS 808 247), measured
    it in drivers; Dinges and Grace 1998 (FHWA-MCRT-98-006) found it to go with lapses of attention, and 0.15 and more
    is often taken for drowsy. The landmarks see shut eyes as half open, so 80 % closed is an opening of 0.6 of the
    person's open eyes. This is a measure, not a medical or safety device. Times go by the rule of
    :class:`runtime.media.stream_clock.StreamClock`.

    Example::

        perclos = Perclos()
        for frame, faces in predictor.stream(0):
            for face in faces[:1]:
                if perclos(face, frame.time) > 0.15 and perclos.observed > 30:
                    print("drowsy?")
    """

    def __init__(self, window: float = 60.0, closure: float = 0.8) -> None:
        """Measure over a window.

        Args:
            window: seconds.
            closure: share of the way from open to shut from which eyes count as closed, 0..1 exclusive.

        Raises:
            OptionError: a value is outside its range.
        """
        if not (is_number(window) and 0 < window < math.inf):
            raise OptionError(f"window={window!r}: a positive number of seconds is needed")
        if not (is_number(closure) and 0 < closure < 1):
            raise OptionError(f"closure={closure!r}: a share between 0 and 1 is needed")
        self._window = window
        self._below = 1 - closure * (1 - SHUT_SHARE)
        self._eyes = OpenEyes()
        self._forget()

    def _forget(self) -> None:
        self._spans: deque[tuple[float, float, float]] = deque()  # end, seconds, seconds with closed eyes
        self._observed = self._closed = 0.0

    def reset(self) -> None:
        """Forget the person and the time."""
        self._eyes.reset()
        self._forget()

    @property
    def value(self) -> float:
        """Share of the observed time with closed eyes, 0..1; 0 before the second frame."""
        return min(self._closed / self._observed, 1.0) if self._spans else 0.0

    @property
    def observed(self) -> float:
        """Seconds of the window with a face."""
        return self._observed

    def __call__(self, face: Face, time: float) -> float:
        """Process the next frame and return :attr:`value`.

        Args:
            face: the same person's, frame after frame.
            time: of the frame in seconds. The same time once more counts as 1/30 s later; an earlier time
                restarts, as after ``reset``.

        Raises:
            OptionError: the time is not a finite number.
        """
        if self._eyes.clock.restarts(time):
            self.reset()
        before = self._eyes.clock.now
        shares = self._eyes.measure(face, time, self._below)
        now = self._eyes.clock.now
        if (seconds := now - before) <= GAP_SECONDS:
            self._count(now, seconds, seconds if shares.mean < self._below else 0.0)
        while self._spans and self._spans[0][0] <= now - self._window:
            _, seconds, closed = self._spans.popleft()
            self._observed, self._closed = self._observed - seconds, self._closed - closed
        return self.value

    def _count(self, end: float, seconds: float, closed: float) -> None:
        self._spans.append((end, seconds, closed))
        self._observed, self._closed = self._observed + seconds, self._closed + closed
