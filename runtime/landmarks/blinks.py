"""Blinks, winks and longer closures of the eyes of one person."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from runtime.checks import is_number
from runtime.errors import OptionError
from runtime.faces import Face
from runtime.landmarks.eye_baseline import OpenEyes
from runtime.landmarks.openings import EyeOpening

ClosureKind = Literal["blink", "wink", "closure"]
"""``"blink"``: both eyes for a moment; ``"wink"``: one eye; ``"closure"``: both eyes for longer than a blink."""

WINK_DIFFERENCE = 0.35
"""Between the two eyes' shares of their openings where they are furthest closed: more is a wink."""


@dataclass(frozen=True, slots=True)
class EyeClosure:
    """Eyes that were closed and are open again.

    Attributes:
        start, end: seconds, when the eyes began to be and ceased to be closed.
        depth: how far the opening of the eyes that closed fell below that of the person's open eyes, 0..1.
        kind: a blink, a wink or a longer closure.
        eye: the person's own eye that winked; ``"both"`` for blinks and closures.
    """

    start: float
    end: float
    depth: float
    kind: ClosureKind
    eye: Literal["both", "right", "left"] = "both"

    @property
    def seconds(self) -> float:
        """Duration of the closure."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class BlinkConfig:
    """Thresholds of a closed eye and of a blink; openings as shares of the person's open eyes, mean of both eyes.

    Attributes:
        closed: eyes are closed below this.
        opened: and open again above this.
        max_seconds: what lasts longer is no blink but a closure: eyes rest, or the person sleeps.

    Raises:
        OptionError: not 0 < closed < opened < 1, or a length that is not positive.
    """

    closed: float = 0.7
    opened: float = 0.82
    max_seconds: float = 0.8

    def __post_init__(self) -> None:
        numbers = is_number(self.closed) and is_number(self.opened)
        if not (numbers and 0 < self.closed < self.opened < 1):
            raise OptionError(f"closed={self.closed!r}, opened={self.opened!r}: 0 < closed < opened < 1 is needed")
        if not (is_number(self.max_seconds) and 0 < self.max_seconds < math.inf):
            raise OptionError(f"max_seconds={self.max_seconds!r}: a positive number of seconds is needed")


class BlinkDetector:
    """Finds blinks, winks and longer closures of one person's eyes; each ``Face.track`` needs its own.

    It learns how far this person's eyes are open, and follows as that changes, but not while they are closed: eyes that
    stay shut stay closed, however long. It needs 20 frames a second or more: a blink is over within 0.1 to 0.4 s.
    Closed eyes and eyes that look down are not distinguished. Times go by the rule of
    :class:`runtime.media.stream_clock.StreamClock`.

    Example::

        blinks = BlinkDetector()
        for frame, faces in predictor.stream(0):
            for face in faces[:1]:
                event = blinks(face, frame.time)
                if event and event.kind == "blink":
                    print(f"blinked at {event.start:.2f} s")
                if blinks.closed_seconds > 1.5:
                    print("asleep?")
    """

    def __init__(self, config: BlinkConfig | None = None) -> None:
        """Create a detector; raises OptionError where ``config`` is no :class:`BlinkConfig`."""
        if config is not None and not isinstance(config, BlinkConfig):
            raise OptionError(f"config={config!r}: BlinkConfig(...) is needed, or None")
        self._config = config or BlinkConfig()
        self._eyes = OpenEyes()
        self._forget()

    def _forget(self) -> None:
        self._start: float | None = None
        self._deepest = EyeOpening(1.0, 1.0)

    def reset(self) -> None:
        """Forget the person and the time."""
        self._eyes.reset()
        self._forget()

    @property
    def closed(self) -> bool:
        """Whether both eyes were closed in the last frame, however long they have been."""
        return self._start is not None and _winking(self._deepest) is None

    @property
    def closed_since(self) -> float | None:
        """Time in seconds from which both eyes have been closed; None where they are not."""
        return self._start if self.closed else None

    @property
    def closed_seconds(self) -> float:
        """For how long both eyes have been closed by the last frame; 0 where they are not."""
        since = self.closed_since
        return 0.0 if since is None else self._eyes.clock.now - since

    @property
    def level(self) -> float | None:
        """Opening of the person's open eyes, mean of both, as learnt so far; None before the first frame."""
        return None if self._eyes.level is None else self._eyes.level.mean

    def __call__(self, face: Face, time: float) -> EyeClosure | None:
        """Process the next frame.

        Args:
            face: the same person's, frame after frame.
            time: of the frame in seconds. The same time once more counts as 1/30 s later; an earlier time
                restarts, as after ``reset``.

        Returns:
            The blink, wink or closure that ended with this frame, or None. :attr:`closed_since` and
            :attr:`closed_seconds` describe one that goes on.

        Raises:
            OptionError: the time is not a finite number.
        """
        if self._eyes.clock.restarts(time):
            self._forget()
        shares = self._eyes.measure(face, time, self._config.closed)
        now = self._eyes.clock.now
        if self._start is None:
            if shares.mean < self._config.closed:
                self._start, self._deepest = now, shares
            return None
        if shares.mean < self._deepest.mean:
            self._deepest = shares
        if shares.mean <= self._config.opened:
            return None
        event = self._event(self._start, now)
        self._forget()
        return event

    def _event(self, start: float, end: float) -> EyeClosure:
        eye = _winking(self._deepest)
        if eye == "right":
            return EyeClosure(start, end, 1 - self._deepest.right, "wink", "right")
        if eye == "left":
            return EyeClosure(start, end, 1 - self._deepest.left, "wink", "left")
        kind: ClosureKind = "blink" if end - start <= self._config.max_seconds else "closure"
        return EyeClosure(start, end, 1 - self._deepest.mean, kind)


def _winking(shares: EyeOpening) -> Literal["right", "left"] | None:
    """Return which eye is closed while the other one is not."""
    if abs(shares.right - shares.left) < WINK_DIFFERENCE:
        return None
    return "right" if shares.right < shares.left else "left"
