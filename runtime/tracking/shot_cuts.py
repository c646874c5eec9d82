"""Cuts: when a frame of a stream shows another scene than the one before."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = 24
"""GridSamples along each side of a frame, at most."""

CHANGE = 0.6
"""By how much of a frame's contrast (standard deviation) a sample differs before it counts as changed."""


MIN_CONTRAST = 8.0
"""Standard deviation of a plain wall: sensor noise in front of it is no contrast."""


class GridSamples(NamedTuple):
    """A grid of a frame's green (h, w) uint8, their mean and their standard deviation, at least ``MIN_CONTRAST``."""

    values: NDArray[np.uint8]
    mean: float
    contrast: float


class CutDetector:
    """Compares each frame with the last one by a grid of pixels; a few microseconds a frame."""

    def __init__(self, share: float) -> None:
        """Create a detector; a cut changes at least ``share`` (0..1) of a frame's samples at once."""
        self._share = share
        self._last: GridSamples | None = None

    def __call__(self, frame: NDArray[np.uint8]) -> bool:
        """Return whether a frame (H, W, 3) uint8 shows another scene than the frame before, of the same size."""
        last, now = self._last, _sample(frame)
        self._last = now
        if last is None:
            return False
        # without their means, in standard deviations: a change of exposure is no cut
        level = now.mean / now.contrast - last.mean / last.contrast
        change = cv2.addWeighted(last.values, 1 / last.contrast, now.values, -1 / now.contrast, level, dtype=cv2.CV_32F)
        same = cv2.countNonZero(cv2.inRange(change, -CHANGE, CHANGE))  # type: ignore[call-overload]
        return last.values.size - same > self._share * last.values.size

    def reset(self) -> None:
        """Forget the last frame; the next one may be of another size."""
        self._last = None


def _sample(frame: NDArray[np.uint8]) -> GridSamples:
    """Sample a grid of the frame's green."""
    down, right = (-(-side // GRID) for side in frame.shape[:2])
    values = frame[down // 2 :: down, right // 2 :: right, 1].copy()
    mean = cv2.mean(values)[0]
    variance = cv2.norm(values, cv2.NORM_L2SQR) / values.size - mean * mean
    return GridSamples(values, mean, math.sqrt(max(variance, MIN_CONTRAST**2)))
