"""A pipeline in this process, timed over a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.pipelines.contender import Pipeline
from runtime.bench.timing import Spent, repeat


class LocalVideoPipeline:
    """A pipeline timed on a video whose frames are in memory, so that decoding is not measured."""

    def __init__(
        self,
        video: NDArray[np.uint8],
        pipeline: Pipeline,
        still: Pipeline | None = None,
        close: Callable[[], None] | None = None,
    ) -> None:
        """Keep the video and the pipeline.

        Args:
            video: (N, H, W, 3) uint8 BGR, a loop.
            pipeline: function that processes the video frame by frame.
            still: function that processes single images; needed if ``pipeline`` keeps state between frames.
            close: function that releases their resources.
        """
        self._video = video
        self._pipeline = pipeline
        self._still = still or pipeline
        self._close = close
        self._next = 0
        self._points: list[NDArray[np.float32]] = []

    def play(self, frames: int) -> Sequence[Spent]:
        """Process the next frames and return the time of each."""
        return repeat(self._process_next, frames)()

    def points(self) -> list[NDArray[np.float32]]:
        """Return the points (68, 2) of each face in the last frame."""
        return self._points

    def predict(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the points (68, 2) of each face in a single image (H, W, 3) uint8 BGR."""
        return self._still(image)

    def close(self) -> None:
        """Release the pipeline's resources."""
        if self._close is not None:
            self._close()

    def _process_next(self) -> None:
        self._points = self._pipeline(self._video[self._next])
        self._next = (self._next + 1) % len(self._video)
