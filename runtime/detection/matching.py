"""Matching of boxes: which of two lists are the same face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.detection.nms import iou

SAME_FACE = 0.3
"""Intersection over union from which two boxes, such as a detection's and a track's, are one face."""


def match(
    first: Sequence[NDArray[np.floating]], second: Sequence[NDArray[np.floating]], min_overlap: float
) -> list[tuple[int, int]]:
    """Match boxes (4,) xyxy: pairs (index in first, index in second), each box in one pair at most.

    The pair with the highest intersection over union is taken, then the best among those left, down to ``min_overlap``.
    """
    if not first or not second:
        return []
    others = np.stack(second)
    overlaps = np.stack([iou(box, others) for box in first])
    pairs: list[tuple[int, int]] = []
    while overlaps.max() >= max(min_overlap, 1e-9):
        row, column = divmod(int(overlaps.argmax()), len(second))
        pairs.append((row, column))
        overlaps[row], overlaps[:, column] = 0.0, 0.0
    return pairs
