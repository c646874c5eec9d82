"""Decoding of BlazeFace's raw outputs to boxes and keypoints, for the contenders that run it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from export.pretrained import DetectorSource
from runtime.detection import Letterbox, anchor_centres, weighted_nms

NMS_THRESHOLD = 0.3


class AnchorDecoder:
    """Decoder of BlazeFace's outputs for a square input."""

    def __init__(self, source: DetectorSource, min_score: float) -> None:
        """Compute the anchors.

        Args:
            source: the network.
            min_score: lowest score of a face, between 0 and 1.
        """
        side = source.input_size
        self._anchors = anchor_centres(source.anchors, side, side)[:, None]
        self._min_logit = math.log(min_score / (1 - min_score))

    def __call__(
        self, regressions: NDArray[np.float32], logits: NDArray[np.float32], boxed: Letterbox
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Decode one image; only anchors above the threshold are processed.

        Args:
            regressions: (A, 16), the network's boxes and keypoints.
            logits: (A,), the network's scores.
            boxed: the network's input.

        Returns:
            Corners (N, 2, 2), top-left and bottom-right, and keypoints (N, 6, 2), in frame pixels; best first.
        """
        kept = np.flatnonzero(logits >= self._min_logit)
        scores = 1 / (1 + np.exp(-logits[kept].astype(np.float64)))
        pairs = regressions[kept].astype(np.float64).reshape(-1, 8, 2)
        anchors = self._anchors[kept]
        centres, halves = pairs[:, :1] + anchors, pairs[:, 1:2] / 2
        corners = np.concatenate([centres - halves, centres + halves], axis=1).reshape(-1, 4)
        keypoints = (pairs[:, 2:] + anchors).reshape(-1, 12)
        merged, _ = weighted_nms(np.concatenate([corners, keypoints], axis=1), scores, NMS_THRESHOLD)
        points = boxed.to_image(merged.reshape(-1, 8, 2))
        return points[:, :2], points[:, 2:]
