"""Raw cells of one picture as faces: threshold, decode, non-maximum suppression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.detector.model.network import KEYPOINTS, STRIDES
from runtime.detection import weighted_nms

NMS_THRESHOLD = 0.4


def decode(
    cells: NDArray[np.float32], height: int, width: int, min_score: float, nms_threshold: float = NMS_THRESHOLD
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Faces of the raw cells (OUTPUTS, A) of an input of ``height`` x ``width`` pixels, best first.

    Returns:
        rows (M, 14): box xyxy and five keypoints in input pixels from the top-left corner; scores (M,).
    """
    logits = cells[0]
    likely = np.flatnonzero(logits >= np.log(min_score / (1 - min_score)))
    kept = cells[:, likely].astype(np.float64).T
    centres, strides = _grid(height, width)
    centres, strides = centres[likely], strides[likely, None]
    middle = centres + kept[:, 1:3] * strides
    half = np.exp(np.clip(kept[:, 3:5], -6, 6)) * strides / 2
    points = centres[:, None] + kept[:, 5:].reshape(-1, len(KEYPOINTS), 2) * strides[:, None]
    rows = np.concatenate([middle - half, middle + half, points.reshape(len(kept), 2 * len(KEYPOINTS))], axis=1)
    return weighted_nms(rows, 1 / (1 + np.exp(-kept[:, 0])), nms_threshold)


def _grid(height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres (A, 2) x, y and strides (A,) of the cells, in the order of the network's outputs."""
    centres, strides = [], []
    for stride in STRIDES:
        rows, columns = ((np.arange(side // stride) + 0.5) * stride for side in (height, width))
        centres.append(np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2))
        strides.append(np.full(len(centres[-1]), float(stride)))
    return np.concatenate(centres), np.concatenate(strides)
