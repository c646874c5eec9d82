"""Measuring a loop: rates and times of the last second for display, percentiles of the run for the summary."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

WINDOW = 1.0
"""Seconds over which what is shown is averaged."""

KEPT = 20_000
"""Newest values that percentiles are taken over: eleven minutes at 30 frames per second."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Statistics of times in milliseconds."""

    p50: float
    p90: float
    p99: float


class Meter:
    """Times of one stage."""

    def __init__(self) -> None:
        """Start empty."""
        self._recent: deque[tuple[float, float]] = deque()
        self._all: deque[float] = deque(maxlen=KEPT)

    def add(self, now: float, seconds: float) -> None:
        """Note how long the stage took in the frame of this moment."""
        self._all.append(seconds)
        self._recent.append((now, seconds))
        self.forget(now)

    def forget(self, now: float) -> None:
        """Pass over what is older than :data:`WINDOW`."""
        while self._recent and self._recent[0][0] <= now - WINDOW:
            self._recent.popleft()

    @property
    def recent(self) -> float:
        """Mean of the last second, in milliseconds; NaN before the first value."""
        values = [seconds for _, seconds in self._recent]
        return 1000 * sum(values) / len(values) if values else float("nan")

    @property
    def rate(self) -> int:
        """Runs of the stage in the last second."""
        return len(self._recent)

    def percentiles(self) -> Percentiles:
        """Return statistics of the newest :data:`KEPT` values; at least one is needed."""
        p50, p90, p99 = 1000 * np.percentile(self._all, (50, 90, 99))
        return Percentiles(float(p50), float(p90), float(p99))


class Meters:
    """Times of all stages of a loop, and its rate."""

    def __init__(self) -> None:
        """Start empty."""
        self.stages: dict[str, Meter] = {}
        self._frames: deque[float] = deque()
        self.count = 0

    def frame(self, now: float, stages: Mapping[str, float]) -> None:
        """Note a frame that was shown at a moment, and the seconds that each stage took; stages may differ."""
        self.count += 1
        self._frames.append(now)
        while self._frames[0] < now - WINDOW:
            self._frames.popleft()
        for name, seconds in stages.items():
            self.stages.setdefault(name, Meter()).add(now, seconds)
        for name, meter in self.stages.items():
            if name not in stages:
                meter.forget(now)

    def clear(self) -> None:
        """Forget the stages, whose meaning changed; the rate goes on."""
        self.stages.clear()

    @property
    def fps(self) -> float:
        """Frames per second over the last second; 0 before the second frame."""
        if len(self._frames) < 2:
            return 0.0
        return (len(self._frames) - 1) / max(self._frames[-1] - self._frames[0], 1e-9)
