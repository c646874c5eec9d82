"""A chain in this process, set before a film."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.pipelines.contender import Chain
from runtime.bench.timing import Spent, timed


class LocalVideoPipeline:
    """Plays a film to a chain and keeps the time; the frames lie in memory, reading them costs nothing."""

    def __init__(
        self, film: NDArray[np.uint8], chain: Chain, still: Chain | None = None, close: Callable[[], None] | None = None
    ) -> None:
        """Keep the video and the pipeline.

        Args:
            film: (N, H, W, 3) uint8 BGR, a loop.
            chain: what it is shown to, frame by frame.
            still: what takes pictures that stand alone, where ``chain`` remembers the frame before.
            close: releases what they hold.
        """
        self._film = film
        self._chain = chain
        self._still = still or chain
        self._close = close
        self._next = 0
        self._points: list[NDArray[np.float32]] = []

    def play(self, frames: int) -> list[Spent]:
        """Go on for so many frames; gives what each took."""
        return [timed(self._show) for _ in range(frames)]

    def points(self) -> list[NDArray[np.float32]]:
        """The points (68, 2) of each face in the frame that was played last."""
        return self._points

    def predict(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """The points (68, 2) of each face in a picture that stands alone."""
        return self._still(image)

    def close(self) -> None:
        """Release what the chain holds."""
        if self._close is not None:
            self._close()

    def _show(self) -> None:
        self._points = self._chain(self._film[self._next])
        self._next = (self._next + 1) % len(self._film)
