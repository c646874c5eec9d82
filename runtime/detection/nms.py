"""Merging of overlapping boxes: one face excites many anchors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def iou(box: NDArray[np.floating], boxes: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compute the intersection over union of one box with many, or of several with many.

    Args:
        box: (4,) xyxy, or (M, 1, 4).
        boxes: (N, 4) xyxy, in the same unit.

    Returns:
        (N,), or (M, N), between 0 and 1; 0 where both boxes are empty.
    """
    box, boxes = box.astype(np.float64, copy=False), boxes.astype(np.float64, copy=False)
    sides = np.maximum(np.minimum(box[..., 2:], boxes[:, 2:]) - np.maximum(box[..., :2], boxes[:, :2]), 0)
    intersection = sides[..., 0] * sides[..., 1]
    span, spans = box[..., 2:] - box[..., :2], boxes[:, 2:] - boxes[:, :2]
    union = span[..., 0] * span[..., 1] + spans[:, 0] * spans[:, 1] - intersection
    overlap: NDArray[np.float64] = np.divide(intersection, union, out=np.zeros(union.shape), where=union > 0)
    return overlap


def weighted_nms(
    coordinates: NDArray[np.float64], scores: NDArray[np.float64], threshold: float, limit: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Suppress non-maxima and average what is merged (BlazeFace paper, section 3.4).

    The best box gathers every remaining one that overlaps it by more than ``threshold``; the mean of their
    coordinates, weighted by score, replaces them and keeps the best score. Averaging steadies the box over
    frames. Equal scores are taken in input order.

    Args:
        coordinates: (N, 4 + 2 K): a box xyxy with positive sides, then K keypoints x, y.
        scores: (N,) positive.
        threshold: intersection over union, 0..1.
        limit: only so many boxes are given, the best ones; None gives all.

    Returns:
        coordinates (M, 4 + 2 K) and scores (M,), best first.
    """
    order = np.argsort(-scores, kind="stable")
    coordinates, scores = coordinates[order], scores[order]
    merged: list[NDArray[np.float64]] = []
    best_scores = []
    while scores.size and (limit is None or len(merged) < limit):
        group = iou(coordinates[0, :4], coordinates[:, :4]) > threshold
        # A box belongs to its own group even where rounding or a threshold of 1 would exclude it.
        group[0] = True
        weights = scores * group
        merged.append(weights @ coordinates / np.add.reduce(weights))
        best_scores.append(scores[0])
        rest = np.flatnonzero(~group)
        coordinates, scores = coordinates[rest], scores[rest]
    return np.array(merged).reshape(-1, coordinates.shape[1]), np.array(best_scores)
