"""Boxes and keypoints drawn into pictures, to check labels and detections by eye."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from export.detector.data.labels import FaceLabels

FACE, DOUBT = (0, 255, 0), (0, 160, 255)
POINTS = ((0, 0, 255), (255, 0, 0), (0, 255, 255), (255, 0, 255), (255, 255, 0))


def draw_labels(image: NDArray[np.uint8], labels: FaceLabels, zoom: int = 2) -> NDArray[np.uint8]:
    """Draw labels on a picture enlarged ``zoom`` times: faces green, ignored places orange, keypoints in colours."""
    shown = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST)
    for box, points, known, certain in zip(labels.boxes, labels.keypoints, labels.known, labels.certain, strict=True):
        left, top, right, bottom = (round(float(value) * zoom) for value in box)
        cv2.rectangle(shown, (left, top), (right, bottom), FACE if certain else DOUBT, 1)
        if known and certain and max(right - left, bottom - top) > 12 * zoom:
            for (x, y), colour in zip(points * zoom, POINTS, strict=True):
                cv2.circle(shown, (int(x), int(y)), 2, colour, -1)
    return shown  # type: ignore[return-value]


def draw_detections(
    image: NDArray[np.uint8], labels: FaceLabels, boxes: NDArray[np.float64], scores: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Draw labels, and detections with a score of at least 0.3 in white, each with its score."""
    shown = draw_labels(image, labels, 1)
    for box, score in zip(boxes, scores, strict=True):
        if score >= 0.3:
            left, top, right, bottom = (round(float(value)) for value in box)
            cv2.rectangle(shown, (left, top), (right, bottom), (255, 255, 255), 2)
            cv2.putText(shown, f"{score:.2f}", (left, top - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
    return shown
