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
    sides = np.maximum(np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2]), 0)
    intersection = sides[:, 0] * sides[:, 1]
    spans = boxes[:, 2:] - boxes[:, :2]
    union = (box[2] - box[0]) * (box[3] - box[1]) + spans[:, 0] * spans[:, 1] - intersection
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
    count = keypoints.shape[1]
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    coordinates = np.concatenate([boxes, keypoints.reshape(-1, 2 * count)], axis=1)[order]
    merged, best_scores = [], []
    while scores.size:
        group = iou(coordinates[0, :4], coordinates[:, :4]) > threshold
        # A box belongs to its own group even where rounding or a threshold of 1 denies it.
        group[0] = True
        weights = scores[group]
        merged.append(weights @ coordinates[group] / np.add.reduce(weights))
        best_scores.append(scores[0])
        rest = ~group
        coordinates, scores = coordinates[rest], scores[rest]
    result = np.array(merged).reshape(-1, 4 + 2 * count)
    return result[:, :4], result[:, 4:].reshape(-1, count, 2), np.array(best_scores, np.float64)
