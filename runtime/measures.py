"""What people read off a face: how far eyes and mouth are open, blinks, and how the head moves.

All lengths are taken in three dimensions, so that a turned head changes them little.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.errors import OptionError
from runtime.faces import Face, check_face
from runtime.pose import Pose

RISE_SECONDS, FALL_SECONDS = 0.3, 10.0
"""Within about so long the level of open eyes follows wider and narrower ones."""


@dataclass(frozen=True, slots=True)
class EyeOpening:
    """How far the eyes are open: height over width, about 0.3 for open eyes and 0.15 and less for closed ones.

    Attributes:
        right, left: of the person's own right and left eye.
    """

    right: float
    left: float

    @property
    def mean(self) -> float:
        """Of both eyes."""
        return (self.right + self.left) / 2


def eye_opening(face: Face) -> EyeOpening:
    """The eye aspect ratio of each eye, from three-dimensional points.

    What is open differs between people by half: compare with the person's own open eyes, as :class:`BlinkDetector`
    does.

    Source: Soukupova and Cech 2016, "Eye blink detection using facial landmarks"; they take two-dimensional points,
    whose ratio changes twice as much when the head turns.

    Example:
        >>> eye_opening(face).left
        0.31
    """
    check_face(face)
    return EyeOpening(*(_aspect(face, *eye) for eye in (_RIGHT_EYE, _LEFT_EYE)))


def mouth_opening(face: Face) -> float:
    """Distance of the inner lips over that of the outer eye corners: below 0.05 for a closed mouth, 0.2 in speech.

    The eye corners are the measure because the mouth's own width changes with every smile.

    Example:
        >>> mouth_opening(face)
        0.04
    """
    check_face(face)
    return _mean_gap(face, _INNER_LIPS) / max(_distance(face, 36, 45), 1e-6)


@dataclass(frozen=True, slots=True)
class Blink:
    """Both eyes closed for a moment.

    Attributes:
        start, end: seconds, when the eyes began to be and ceased to be closed.
        depth: how far the opening fell below that of the person's open eyes, 0..1.
    """

    start: float
    end: float
    depth: float


@dataclass(frozen=True, slots=True)
class BlinkConfig:
    """What counts as a blink; openings as shares of the person's open eyes.

    Attributes:
        closed: eyes are closed below this.
        opened: and open again above this.
        max_seconds: what lasts longer is no blink: eyes rest, or look down.

    Raises:
        OptionError: not 0 < closed < opened < 1, or a length that is not positive.
    """

    closed: float = 0.7
    opened: float = 0.82
    max_seconds: float = 0.8

    def __post_init__(self) -> None:
        if not 0 < self.closed < self.opened < 1:
            raise OptionError(f"closed={self.closed}, opened={self.opened}: 0 < closed < opened < 1 is needed")
        if not 0 < self.max_seconds < math.inf:
            raise OptionError(f"max_seconds={self.max_seconds}: a positive number of seconds is needed")


class BlinkDetector:
    """Finds the blinks of one face; each ``Face.track`` needs its own.

    It learns how far this person's eyes are open, and follows as that changes. It needs 20 frames a second or more: a
    blink is over within 0.1 to 0.4 s.

    Example::

        blinks = BlinkDetector()
        for frame, faces in predictor.stream(0):
            for face in faces[:1]:
                if blink := blinks(face, frame.time):
                    print(f"blinked at {blink.start:.2f} s")
    """

    def __init__(self, config: BlinkConfig | None = None) -> None:
        """``config``: what counts as a blink."""
        self._config = config or BlinkConfig()
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._time = -math.inf
        self._level: float | None = None
        self._start: float | None = None
        self._lowest = math.inf

    @property
    def closed(self) -> bool:
        """Whether the eyes were closed in the last frame."""
        return self._start is not None

    @property
    def level(self) -> float | None:
        """Opening of the person's open eyes, as learnt so far; None before the first frame."""
        return self._level

    def __call__(self, face: Face, time: float) -> Blink | None:
        """Look at the next frame.

        Args:
            face: the same person's, frame after frame.
            time: of the frame in seconds, later than the last one's.

        Returns:
            The blink that ended with this frame, or None.

        Raises:
            OptionError: the time is not finite, or not later than the last one.
        """
        if not self._time < time < math.inf:
            raise OptionError(f"time={time}: seconds later than the last frame's {self._time} are needed; or reset()")
        opening = eye_opening(face).mean
        elapsed, self._time = time - self._time, time
        level = self._level = self._learn(opening, elapsed)
        if self._start is None:
            if opening < self._config.closed * level:
                self._start, self._lowest = time, opening
            return None
        self._lowest = min(self._lowest, opening)
        if opening <= self._config.opened * level:
            return None
        start, self._start = self._start, None
        if time - start > self._config.max_seconds:
            return None
        return Blink(start, time, 1 - self._lowest / level)

    def _learn(self, opening: float, elapsed: float) -> float:
        if self._level is None:
            return opening
        seconds = RISE_SECONDS if opening > self._level else FALL_SECONDS
        return self._level - math.expm1(-elapsed / seconds) * (opening - self._level)


@dataclass(frozen=True, slots=True)
class PoseSample:
    """Head pose at a time in seconds."""

    time: float
    pose: Pose


class PoseHistory:
    """The head pose of one face over the last seconds.

    Example::

        history = PoseHistory(seconds=2)
        history.add(face, frame.time)
        yaw, pitch, roll = history.speed()       # degrees a second
    """

    def __init__(self, seconds: float = 2.0) -> None:
        """Keep the poses of so many seconds.

        Raises:
            OptionError: not a positive number.
        """
        if not 0 < seconds < math.inf:
            raise OptionError(f"seconds={seconds}: a positive number is needed")
        self._seconds = seconds
        self._samples: deque[PoseSample] = deque()

    def add(self, face: Face, time: float) -> None:
        """Add a frame at a time in seconds, later than the last one's.

        Raises:
            OptionError: the time is not finite, or not later than the last one.
        """
        last = self._samples[-1].time if self._samples else -math.inf
        if not last < time < math.inf:
            raise OptionError(f"time={time}: seconds later than the last frame's {last} are needed; or a new history")
        self._samples.append(PoseSample(time, face.pose))
        while self._samples[0].time < time - self._seconds:
            self._samples.popleft()

    @property
    def samples(self) -> tuple[PoseSample, ...]:
        """What is kept, oldest first."""
        return tuple(self._samples)

    def angles(self) -> NDArray[np.float64]:
        """(N, 4): time in seconds; yaw, pitch and roll in degrees. Oldest first."""
        rows = [(each.time, each.pose.yaw, each.pose.pitch, each.pose.roll) for each in self._samples]
        return np.array(rows, np.float64).reshape(-1, 4)

    def speed(self, seconds: float = 0.2) -> tuple[float, float, float]:
        """Degrees a second of yaw, pitch and roll: the slope of a line through the last ``seconds``; 0 if unknown."""
        table = self.angles()
        table = table[table[:, 0] >= table[-1, 0] - seconds] if len(table) else table
        if len(table) < 2:
            return 0.0, 0.0, 0.0
        centred = table - table.mean(axis=0)
        slope = centred[:, 0] @ centred[:, 1:] / (centred[:, 0] @ centred[:, 0])
        return float(slope[0]), float(slope[1]), float(slope[2])


# corners, then pairs of points above each other
_RIGHT_EYE = (36, 39), ((37, 41), (38, 40))
_LEFT_EYE = (42, 45), ((43, 47), (44, 46))
_INNER_LIPS = ((61, 67), (62, 66), (63, 65))


def _distance(face: Face, first: int, second: int) -> float:
    return float(np.linalg.norm(face.landmarks[first] - face.landmarks[second]))


def _mean_gap(face: Face, pairs: tuple[tuple[int, int], ...]) -> float:
    return sum(_distance(face, *pair) for pair in pairs) / len(pairs)


def _aspect(face: Face, corners: tuple[int, int], pairs: tuple[tuple[int, int], ...]) -> float:
    return _mean_gap(face, pairs) / max(_distance(face, *corners), 1e-6)
