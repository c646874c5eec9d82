"""What a contender is: a chain from a frame to the 68 points of each face, and how it goes through a film."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.bench.timing import Spent

Chain = Callable[[NDArray[np.uint8]], list[NDArray[np.float32]]]
"""A frame (H, W, 3) uint8 BGR -> the points (68, 2) float32 of each face: x, y in pixels, pixel centres at integers, in
iBUG 300-W order."""

Schedule = Literal["every frame", "when lost", "twice a second"]
"""When the detector runs. ``when lost`` is MediaPipe's: the region comes from the last frame's points."""


class ContenderMissingError(RuntimeError):
    """A contender is not installed here; the message says how to get it."""


class VideoPipeline(Protocol):
    """A chain that has been set before a film."""

    def play(self, frames: int) -> list[Spent]:
        """Go on for so many frames of the film, which is a loop; gives what each took."""
        ...

    def points(self) -> list[NDArray[np.float32]]:
        """The points of each face in the frame that was played last."""
        ...

    def predict(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """The points of each face in a picture (H, W, 3) uint8 BGR that stands alone."""
        ...

    def close(self) -> None:
        """Release what the chain holds."""
        ...


@dataclass(frozen=True, slots=True)
class Contender:
    """One row of the comparison.

    Attributes:
        key: short name for the command line.
        name: for people.
        networks: what runs, and on which engine.
        schedule: when the detector runs.
        note: a sentence that a reader must know to judge its figures.
        against: key of the row of ours that it is compared with: of the same schedule and, if there is one, detector.
        open: loads it and sets it before a film (N, H, W, 3) uint8 BGR; raises ContenderMissingError.
        seen: the annotated faces that errors are measured on were among those it was trained on.
    """

    key: str
    name: str
    networks: str
    schedule: Schedule
    note: str
    against: str
    open: Callable[[NDArray[np.uint8]], VideoPipeline]
    seen: bool = False
