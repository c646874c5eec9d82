"""The 68 points of iBUG 300-W by part of the face, and the lines that connect them.

Source: Sagonas et al. 2013, "300 Faces in-the-Wild Challenge".
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", bound=np.floating[Any])

OUTER_EYE_CORNERS = (36, 45)
"""Outer corners of the person's right and left eye; their distance normalises errors (NME)."""

MIRRORED_POINTS = (
    *(*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65),
)
"""Point i of a mirrored face is point ``MIRRORED_POINTS[i]`` of the original."""

FACE_PARTS: dict[str, tuple[int, ...]] = {
    "jaw": tuple(range(17)),
    "right_brow": tuple(range(17, 22)),
    "left_brow": tuple(range(22, 27)),
    "nose_bridge": tuple(range(27, 31)),
    "nose": tuple(range(27, 36)),
    "right_eye": tuple(range(36, 42)),
    "left_eye": tuple(range(42, 48)),
    "outer_lips": tuple(range(48, 60)),
    "inner_lips": tuple(range(60, 68)),
    "mouth": tuple(range(48, 68)),
}
"""Point numbers by part of the face; right and left are the person's own."""

CONTOURS: tuple[tuple[str, bool], ...] = (
    ("jaw", False),
    ("right_brow", False),
    ("left_brow", False),
    ("nose_bridge", False),
    ("nostrils", False),
    ("right_eye", True),
    ("left_eye", True),
    ("outer_lips", True),
    ("inner_lips", True),
)
"""The lines of a face in drawing order: name, and whether the line is closed."""

CONTOUR_POINTS = {**FACE_PARTS, "nostrils": tuple(range(31, 36))}
"""Point numbers by name of line. The nostrils have a line of their own: the part "nose" would join them to the tip."""

PART_GROUPS: dict[str, tuple[int, ...]] = {
    "jaw": FACE_PARTS["jaw"],
    "brows": FACE_PARTS["right_brow"] + FACE_PARTS["left_brow"],
    "nose": FACE_PARTS["nose"],
    "eyes": FACE_PARTS["right_eye"] + FACE_PARTS["left_eye"],
    "mouth": FACE_PARTS["mouth"],
}
"""Point numbers of the five groups, without overlap, by which errors are reported."""


def eye_distance(points: NDArray[Real]) -> NDArray[Real]:
    """Compute the distance of the outer eye corners.

    Args:
        points: (..., 68, D) points of one face or of several, in any unit.

    Returns:
        (...) distances in the same unit; a numpy scalar for one face.
    """
    right, left = OUTER_EYE_CORNERS
    distance: NDArray[Real] = np.linalg.norm(points[..., right, :] - points[..., left, :], axis=-1)
    return distance
