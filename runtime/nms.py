"""Merging of overlapping boxes: one face excites many anchors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def iou(box: NDArray[np.floating], boxes: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of one box with many.

    Args:
        box: (4,) xyxy.
        boxes: (N, 4) xyxy, in the same unit.

    Returns:
        (N,) between 0 and 1; 0 where both boxes are empty.
    """
    box, boxes = box.astype(np.float64), boxes.astype(np.float64)
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    intersection = np.prod(np.maximum(sides, 0), axis=1)
    union = np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) - intersection
    overlap: NDArray[np.float64] = np.divide(intersection, union, out=np.zeros(len(boxes)), where=union > 0)
    return overlap


def weighted_nms(
    boxes: NDArray[np.float64],
    keypoints: NDArray[np.float64],
    scores: NDArray[np.float64],
    threshold: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Non-maximum suppression that averages what it merges (BlazeFace paper, section 3.4).

    The best box gathers every remaining one that overlaps it by more than ``threshold``; the mean of their
    coordinates, weighted by score, replaces them and keeps the best score. Averaging steadies the box over
    frames. Equal scores are taken in input order.

    Args:
        boxes: (N, 4) xyxy with positive sides.
        keypoints: (N, K, 2).
        scores: (N,) positive.
        threshold: intersection over union, 0..1.

    Returns:
        boxes (M, 4), keypoints (M, K, 2) and scores (M,), best first.
    """
    coordinates = np.concatenate([boxes, keypoints.reshape(-1, 2 * keypoints.shape[1])], axis=1)
    remaining = np.argsort(-scores, kind="stable")
    merged, best_scores = [], []
    while remaining.size:
        best = remaining[0]
        overlapping = iou(boxes[best], boxes[remaining]) > threshold
        # A box belongs to its own group even where rounding or a threshold of 1 denies it.
        overlapping[0] = True
        group = remaining[overlapping]
        merged.append(np.average(coordinates[group], axis=0, weights=scores[group]))
        best_scores.append(scores[best])
        remaining = remaining[~overlapping]
    result = np.array(merged).reshape(-1, coordinates.shape[1])
    return result[:, :4], result[:, 4:].reshape(-1, *keypoints.shape[1:]), np.array(best_scores, np.float64)
