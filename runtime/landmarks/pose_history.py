"""Head pose over time."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number
from runtime.errors import OptionError
from runtime.faces import Face, Pose, check_face
from runtime.media import StreamClock


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
        if not (is_number(seconds) and 0 < seconds < math.inf):
            raise OptionError(f"seconds={seconds!r}: a positive number is needed")
        self._seconds = seconds
        self._clock = StreamClock()
        self._samples: deque[PoseSample] = deque()

    def add(self, face: Face, time: float) -> None:
        """Add a frame.

        Args:
            face: the same person's, frame after frame.
            time: of the frame in seconds, by the rule of
                :class:`runtime.media.stream_clock.StreamClock`: the same time once more counts as 1/30 s later, an
                earlier one starts an empty history.

        Raises:
            OptionError: not a face, or the time is not a finite number.
        """
        check_face(face)
        if self._clock.advance(time):
            self._samples.clear()
        now = self._clock.now
        self._samples.append(PoseSample(now, face.pose))
        while self._samples[0].time < now - self._seconds:
            self._samples.popleft()

    @property
    def samples(self) -> tuple[PoseSample, ...]:
        """Samples in the history, oldest first."""
        return tuple(self._samples)

    def angles(self) -> NDArray[np.float64]:
        """Return time in seconds and yaw, pitch and roll in degrees, (N, 4), oldest first."""
        rows = [(each.time, each.pose.yaw, each.pose.pitch, each.pose.roll) for each in self._samples]
        return np.array(rows, np.float64).reshape(-1, 4)

    def speed(self, seconds: float = 0.2) -> tuple[float, float, float]:
        """Fit a line through the last ``seconds``: yaw, pitch and roll in degrees a second; 0 if unknown.

        Raises:
            OptionError: not a positive number.
        """
        if not (is_number(seconds) and seconds > 0):
            raise OptionError(f"seconds={seconds!r}: a positive number is needed")
        table = self.angles()
        table = table[table[:, 0] >= table[-1, 0] - seconds] if len(table) else table
        if len(table) < 2:
            return 0.0, 0.0, 0.0
        centred = table - table.mean(axis=0)
        slope = centred[:, 0] @ centred[:, 1:] / (centred[:, 0] @ centred[:, 0])
        return float(slope[0]), float(slope[1]), float(slope[2])
