"""Openings of eyes and mouth, measured in three dimensions, so that a turned head changes little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runtime.face_parts import OUTER_EYE_CORNERS
from runtime.faces import Face, check_face

# corners, then pairs of points above each other
_RIGHT_EYE = (36, 39), ((37, 41), (38, 40))
_LEFT_EYE = (42, 45), ((43, 47), (44, 46))
_INNER_LIPS = ((61, 67), (62, 66), (63, 65))


@dataclass(frozen=True, slots=True)
class EyeOpening:
    """Opening of both eyes: height over width, about 0.3 for open eyes and 0.15 and less for closed ones.

    Attributes:
        right, left: of the person's own right and left eye.
    """

    right: float
    left: float

    @property
    def mean(self) -> float:
        """Mean opening of both eyes."""
        return (self.right + self.left) / 2


def eye_opening(face: Face) -> EyeOpening:
    """Compute the eye aspect ratio of each eye, from three-dimensional points.

    What is open differs between people by half: compare with the person's own open eyes, as
    :class:`runtime.BlinkDetector` does.

    Source: Soukupova and Cech 2016, "Eye blink detection using facial landmarks"; they take two-dimensional points,
    whose ratio changes twice as much when the head turns.

    Example:
        >>> eye_opening(face).left
        0.31
    """
    check_face(face)
    return EyeOpening(*(_aspect(face, *eye) for eye in (_RIGHT_EYE, _LEFT_EYE)))


def mouth_opening(face: Face) -> float:
    """Compute inner lip distance over outer eye corner distance: below 0.05 for a closed mouth, 0.2 in speech.

    The eye corners are the measure because the mouth's own width changes with every smile.

    Example:
        >>> mouth_opening(face)
        0.04
    """
    check_face(face)
    return _mean_gap(face, _INNER_LIPS) / max(_distance(face, *OUTER_EYE_CORNERS), 1e-6)


def _distance(face: Face, first: int, second: int) -> float:
    return float(np.linalg.norm(face.landmarks[first] - face.landmarks[second]))


def _mean_gap(face: Face, pairs: tuple[tuple[int, int], ...]) -> float:
    return sum(_distance(face, *pair) for pair in pairs) / len(pairs)


def _aspect(face: Face, corners: tuple[int, int], pairs: tuple[tuple[int, int], ...]) -> float:
    return _mean_gap(face, pairs) / max(_distance(face, *corners), 1e-6)
