"""Draws of mined hard negatives: pictures with the box of a place that a detector took for a face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from export.detector.data.labels import FaceLabels
from export.detector.data.sources import Source


class HardNegatives:
    """The hard negatives of several sources, each drawn with the same probability."""

    def __init__(self, sources: Sequence[Source]) -> None:
        parts = [(source, *source.hard_negatives()) for source in sources]
        self._parts = [part for part in parts if len(part[1])]
        self._ends = np.cumsum([len(numbers) for _, numbers, _ in self._parts])

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._parts else 0

    def draw(self, random: np.random.Generator) -> tuple[NDArray[np.uint8], FaceLabels, NDArray[np.float32]]:
        """Return a picture (H, W, 3) uint8 BGR, its faces, and the box (4,) xyxy of a hard negative in it."""
        chosen = int(random.integers(len(self)))
        part = int(np.searchsorted(self._ends, chosen, side="right"))
        source, numbers, boxes = self._parts[part]
        index = chosen - int(self._ends[part - 1]) * (part > 0)
        return *source[int(numbers[index])], boxes[index]
