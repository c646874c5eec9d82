"""Measures of brows and mouth beside the openings: in three dimensions, so that a turned head changes little."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.face_parts import eye_distance
from runtime.faces import Face, check_face
from runtime.landmarks.head_pose import estimate_pose
from runtime.landmarks.openings import eye_opening, mouth_opening

_CORNERS = {"right": [36, 39], "left": [42, 45]}
_MOUTH_CORNERS = [48, 54]
_LIP_MIDDLES = [51, 62, 66, 57]


@dataclass(frozen=True, slots=True)
class BrowRaise:
    """Height of both brows over the eyes: 0.19 drawn down, 0.22 at rest, 0.26 raised.

    Attributes:
        right, left: of the person's own right and left brow.
    """

    right: float
    left: float

    @property
    def mean(self) -> float:
        """Mean height of both brows."""
        return (self.right + self.left) / 2


@dataclass(frozen=True, slots=True)
class Measures:
    """All measures of one face, as columns of tables have them; ratios without a unit.

    Attributes:
        eye_opening_right, eye_opening_left: :func:`eye_opening`.
        mouth_opening: :func:`mouth_opening`.
        mouth_width: :func:`mouth_width`.
        mouth_corner_lift: :func:`mouth_corner_lift`.
        brow_raise_right, brow_raise_left: :func:`brow_raise`.
    """

    eye_opening_right: float
    eye_opening_left: float
    mouth_opening: float
    mouth_width: float
    mouth_corner_lift: float
    brow_raise_right: float
    brow_raise_left: float

    def to_dict(self) -> dict[str, float]:
        """Return the measures by name."""
        return asdict(self)


def brow_raise(face: Face) -> BrowRaise:
    """Compute how high each brow is: from the middle between the eye's corners up to the mean of the brow's points.

    The height is along the head's own vertical axis, over the distance of the outer eye corners. The corners stay where
    they are when the lids close. Brows differ between people more than they move: compare with the same person at rest.

    Example:
        >>> brow_raise(face).left
        0.22
    """
    check_face(face)
    sides = {
        side: _height(face, face.part(f"{side}_brow").mean(axis=0), face.landmarks[corners].mean(axis=0))
        for side, corners in _CORNERS.items()
    }
    return BrowRaise(**sides)


def mouth_width(face: Face) -> float:
    """Compute mouth corner distance over outer eye corner distance: 0.5 to 0.62 at rest, 0.7 and more in a smile.

    Example:
        >>> mouth_width(face)
        0.77
    """
    check_face(face)
    first, second = face.landmarks[_MOUTH_CORNERS]
    return float(np.linalg.norm(first - second)) / _unit(face)


def mouth_corner_lift(face: Face) -> float:
    """Compute how high the mouth corners are over the middle of the lips: 0.07 and more in a smile.

    At rest it is about 0.02, negative where the corners are turned down or the mouth is round.

    The middle is the mean of points 51, 62, 66 and 57, of both lips; the height is along the head's own vertical axis,
    over the distance of the outer eye corners.

    Example:
        >>> mouth_corner_lift(face)
        0.12
    """
    check_face(face)
    points = face.landmarks
    return _height(face, points[_MOUTH_CORNERS].mean(axis=0), points[_LIP_MIDDLES].mean(axis=0))


def face_measures(face: Face) -> Measures:
    """Compute all measures of a face.

    Example:
        >>> face_measures(face).to_dict()["mouth_opening"]
        0.04
    """
    eyes, brows = eye_opening(face), brow_raise(face)
    return Measures(
        eyes.right,
        eyes.left,
        mouth_opening(face),
        mouth_width(face),
        mouth_corner_lift(face),
        brows.right,
        brows.left,
    )


def _height(face: Face, point: NDArray[np.float32], base: NDArray[np.float32]) -> float:
    """Return how far a point (3,) is above another along the head's vertical axis, in outer eye corner distances."""
    down = estimate_pose(face.landmarks).matrix()[:, 1]
    return float((base - point) @ down) / _unit(face)


def _unit(face: Face) -> float:
    return max(float(eye_distance(face.landmarks)), 1e-6)
