"""Interfaces of the compared pipelines: from a frame to the 68 points of each face, and timed over a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.bench.timing import Spent

Pipeline = Callable[[NDArray[np.uint8]], list[NDArray[np.float32]]]
"""Maps a frame (H, W, 3) uint8 BGR to the points (68, 2) float32 of each face: x, y in pixels, pixel centres at
integers, iBUG 300-W order."""

Schedule = Literal["every frame", "when lost", "twice a second"]
"""Schedule of the detector. ``when lost`` is MediaPipe's: regions come from the last frame's points."""


class ContenderMissingError(RuntimeError):
    """A contender that is not installed; the message says how to install it."""


class VideoPipeline(Protocol):
    """A pipeline and the video that it processes."""

    def play(self, frames: int) -> Sequence[Spent]:
        """Process the next frames of the video, which is a loop, and return the time of each."""
        ...

    def points(self) -> list[NDArray[np.float32]]:
        """Return the points (68, 2) of each face in the last frame."""
        ...

    def predict(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the points (68, 2) of each face in a single image (H, W, 3) uint8 BGR."""
        ...

    def close(self) -> None:
        """Release the pipeline's resources."""
        ...


@dataclass(frozen=True, slots=True)
class Contender:
    """One row of the comparison.

    Attributes:
        key: short name for the command line.
        name: display name.
        networks: networks and engine.
        schedule: schedule of the detector.
        note: a sentence that qualifies its figures.
        against: key of this runtime's row that it is compared with, of the same schedule and, where possible, detector.
        open: function that loads the pipeline for a video (N, H, W, 3) uint8 BGR; raises ContenderMissingError.
        seen: whether it was trained on the annotated faces on which errors are measured.
    """

    key: str
    name: str
    networks: str
    schedule: Schedule
    note: str
    against: str
    open: Callable[[NDArray[np.uint8]], VideoPipeline]
    seen: bool = False
