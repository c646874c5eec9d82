"""Small faces in otherwise empty frames: whether a detector finds a face in the first frame it is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from export.annotations import Sample
from export.data import load_scenery, read_image
from export.detector.data import ellipse, paste, similarity
from export.detector.evaluation import MATCH
from runtime.detection import Detector, iou

WIDTH, HEIGHT = 640, 480
"""Sides of the frames in pixels."""

SHARE = 1 / 12
"""Height of the face, from the forehead to the chin, over the frame's."""

FOREHEAD = 0.25
"""Height of the forehead above the brows, over that of the 68 points' box."""

SOFT = 0.2
"""Share of the pasted ellipse's radius over which it fades."""


def entering_recall(detector: Detector, samples: Iterable[Sample]) -> float:
    """Return the share of the frames of :func:`entering_frames` in which the face is found."""
    found = []
    for frame, box in entering_frames(samples):
        boxes = np.array([each.box for each in detector(frame)], np.float64).reshape(-1, 4)
        found.append(bool(len(boxes)) and bool(iou(box, boxes).max() >= MATCH))
    return float(np.mean(found))


def entering_frames(samples: Iterable[Sample]) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float64]]]:
    """Paste each annotated face, with its surroundings, at a random place of a picture without people.

    Yields:
        The frame (480, 640, 3) uint8 BGR and the face's box (4,) xyxy, from the forehead to the chin, in pixels with
        centres at integers. The same samples give the same frames.
    """
    backgrounds = [_fitted(picture) for picture in load_scenery()]
    random = np.random.default_rng(0)
    for number, sample in enumerate(samples):
        low, high = sample.points.min(axis=0), sample.points.max(axis=0)
        low[1] -= FOREHEAD * (high[1] - low[1])
        scale = SHARE * HEIGHT / float(high[1] - low[1])
        frame = backgrounds[number % len(backgrounds)].copy()
        where = random.uniform((0.1 * WIDTH, 0.1 * HEIGHT), (0.9 * WIDTH, 0.9 * HEIGHT))
        middle = (low + high) / 2 + 0.5
        matrix = similarity(middle, where, scale, 0.0)
        image = read_image(sample.image)
        height, width = image.shape[:2]
        radii = np.minimum(middle, np.array([width, height]) - middle) / (1 + SOFT / 2)
        paste(frame, image, ellipse(width, height, middle, radii, SOFT), matrix)
        half = (high - low) / 2 * scale
        yield frame, np.concatenate([where - half, where + half]) - 0.5


def _fitted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale a picture and cut its middle so that it fills the frame."""
    scale = max(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    large = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (size[0] - WIDTH) // 2, (size[1] - HEIGHT) // 2
    return np.ascontiguousarray(large[top : top + HEIGHT, left : left + WIDTH])
