"""Cuts: when a frame of a stream shows another scene than the one before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GRID = 24
"""Samples along each side of a frame."""

CHANGE = 0.6
"""By how much of a frame's contrast (standard deviation) a sample differs before it counts as changed."""


class CutDetector:
    """Compares each frame with the last one by a grid of pixels; a few microseconds a frame."""

    def __init__(self, share: float) -> None:
        """``share``: of a frame's samples that have to change at once for a cut, 0..1."""
        self._share = share
        self._grid = np.zeros((0, 1), int), np.zeros(0, int)
        self._last: NDArray[np.float32] | None = None

    def __call__(self, frame: NDArray[np.uint8]) -> bool:
        """Whether a frame (H, W, 3) uint8 shows another scene than the one before, which was of the same size."""
        if self._last is None:
            rows, columns = (np.linspace(0, side - 1, min(side, GRID)).astype(int) for side in frame.shape[:2])
            self._grid = rows[:, None], columns
        last, self._last = self._last, _sample(frame, *self._grid)
        return last is not None and float((np.abs(last - self._last) > CHANGE).mean()) > self._share

    def reset(self) -> None:
        """Forget the last frame; the next one may be of another size."""
        self._last = None


def _sample(frame: NDArray[np.uint8], rows: NDArray[np.int_], columns: NDArray[np.int_]) -> NDArray[np.float32]:
    """A grid of the frame's green without its mean, in standard deviations: a change of exposure is no cut."""
    values: NDArray[np.float32] = frame[rows, columns, 1].astype(np.float32)
    values -= values.mean()
    # sensor noise in front of a plain wall is no contrast
    values /= max(float(values.std()), 8.0)
    return values
