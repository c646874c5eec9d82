"""A detected face, and the interface of a detector."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class BoxGeometry:
    """How the boxes of a detector lie on the box of the 68 points, in the face's own upright frame.

    Attributes:
        side: longer side of the points' box over the length of the detector's box.
        drop: distance by which the centre of the points' box lies lower, in lengths of the detector's box.
        square: the length is the longer side, as boxes are square but for rounding; otherwise it is the root of the
            area, which varies less from face to face.
    """

    side: float
    drop: float
    square: bool

    def length(self, width: float, height: float) -> float:
        """Return the length of a box of these sides in pixels, at least one."""
        return max(width, height, 1.0) if self.square else math.sqrt(max(width, 1.0) * max(height, 1.0))


BLAZEFACE_GEOMETRY = BoxGeometry(0.963, 0.055, square=True)
"""BlazeFace's square box, from the eyebrows to the chin; measured on HELEN and AFW."""

WIDER_FACE_GEOMETRY = BoxGeometry(0.916, 0.154, square=False)
"""The box of WIDER FACE, from the forehead to the chin, as YuNet and this project's detector give it; likewise."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One detected face, in image pixels with pixel centres at integers. It may reach beyond the image.

    Attributes:
        box: (4,) float32 xyxy, around the face.
        score: the detector's certainty, 0..1.
        keypoints: (6, 2) float32 x, y: right eye, left eye, nose tip, mouth centre, then the detector's own two:
            BlazeFace's right and left ear, other detectors' right and left mouth corner. Right is the person's own
            right, on the left of an unmirrored picture.
        geometry: how the box lies on the points' box.
    """

    box: NDArray[np.float32]
    score: float
    keypoints: NDArray[np.float32]
    geometry: BoxGeometry = BLAZEFACE_GEOMETRY


class Detector(Protocol):
    """Anything that finds faces in one image."""

    def __call__(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Find the faces of an image (H, W, 3) uint8 BGR; best first, none is an empty list."""
        ...
