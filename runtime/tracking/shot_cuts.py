"""Cuts: when a frame of a stream shows another scene than the one before."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

GRID = 24
"""Samples along each side of a frame, at most."""

CHANGE = 0.6
"""By how much of a frame's contrast (standard deviation) a sample differs before it counts as changed."""


class CutDetector:
    """Compares each frame with the last one by a grid of pixels; a few microseconds a frame."""

    def __init__(self, share: float) -> None:
        """Create a detector; a cut changes at least ``share`` (0..1) of a frame's samples at once."""
        self._share = share
        self._last: NDArray[np.float32] | None = None

    def __call__(self, frame: NDArray[np.uint8]) -> bool:
        """Return whether a frame (H, W, 3) uint8 shows another scene than the frame before, of the same size."""
        last, self._last = self._last, _sample(frame)
        return last is not None and bool(np.count_nonzero(np.abs(last - self._last) > CHANGE) > self._share * last.size)

    def reset(self) -> None:
        """Forget the last frame; the next one may be of another size."""
        self._last = None


def _sample(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Sample a grid of the frame's green without its mean, in standard deviations: a change of exposure is no cut."""
    down, right = (-(-side // GRID) for side in frame.shape[:2])
    values: NDArray[np.float32] = frame[down // 2 :: down, right // 2 :: right, 1].astype(np.float32).ravel()
    values -= np.add.reduce(values) / values.size
    # sensor noise in front of a plain wall is no contrast
    values /= max(math.sqrt(float(values @ values) / values.size), 8.0)
    return values
