"""Matching of boxes: which of two lists are the same face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.detection.nms import iou

SAME_FACE = 0.3
"""Intersection over union from which two boxes, such as a detection's and a track's, are one face."""

_TOUCHING = 1e-9
"""Intersection over union of boxes that touch: others are apart, whatever overlap is asked for."""


def match(
    first: Sequence[NDArray[np.floating]], second: Sequence[NDArray[np.floating]], min_overlap: float
) -> list[tuple[int, int]]:
    """Match boxes (4,) xyxy: pairs (index in first, index in second), each box in one pair at most.

    The pair with the highest intersection over union is taken, then the best among those left, down to ``min_overlap``.
    """
    if not first or not second:
        return []
    overlaps = iou(np.stack(first)[:, None], np.stack(second))
    pairs: list[tuple[int, int]] = []
    while overlaps.max() >= max(min_overlap, _TOUCHING):
        row, column = divmod(int(overlaps.argmax()), len(second))
        pairs.append((row, column))
        overlaps[row], overlaps[:, column] = 0.0, 0.0
    return pairs


def covered(boxes: Sequence[NDArray[np.floating]], min_overlap: float) -> list[bool]:
    """Return for each box (4,) xyxy whether it matches one before it that is not covered itself; best first."""
    if len(boxes) < 2:
        return [False] * len(boxes)
    stacked = np.stack(boxes)
    kept: list[int] = []
    for index, overlaps in enumerate(iou(stacked[:, None], stacked).tolist()):
        if all(overlaps[other] < max(min_overlap, _TOUCHING) for other in kept):
            kept.append(index)
    return [index not in kept for index in range(len(boxes))]
