"""Head pose from three-dimensional points."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.faces import Pose

RIGID_POINTS = (36, 39, 42, 45, 27, 28, 29, 30, 31, 33, 35)
"""Eye corners and nose: what expression moves least."""

# The mean head of 8,000 synthetic faces of all ages and ancestries (`python -m export mean-head`), made symmetric;
# unit: the distance of the outer eye corners. Pitch 0 is the pose of the generator's upright head.
MEAN_HEAD = np.array(
    [
        [-0.500, 0.000, 0.000],
        [-0.211, 0.017, -0.049],
        [0.211, 0.017, -0.049],
        [0.500, 0.000, 0.000],
        [0.000, -0.023, -0.186],
        [0.000, 0.136, -0.240],
        [0.000, 0.277, -0.324],
        [0.000, 0.400, -0.433],
        [-0.153, 0.502, -0.211],
        [0.000, 0.547, -0.293],
        [0.153, 0.502, -0.211],
    ]
)
_CENTRED_HEAD = MEAN_HEAD - MEAN_HEAD.mean(axis=0)
_RIGID = np.array(RIGID_POINTS)


def estimate_pose(landmarks: NDArray[np.float32]) -> Pose:
    """Pose of 68 points (68, 3): the rotation of the similarity that best maps the mean head onto them.

    All angles are NaN where the points have no orientation: not finite, or on one spot or line.

    Source: Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns".
    """
    target = landmarks.take(_RIGID, axis=0)
    if not np.isfinite(target).all():
        return Pose(math.nan, math.nan, math.nan)
    # the head is centred, so the points need not be: their mean falls out of the product
    covariance = target.T @ _CENTRED_HEAD
    # for so small a matrix OpenCV takes a third of the time that LAPACK does
    strengths, left, right = cv2.SVDecomp(covariance)
    (largest,), (middle,), _ = strengths.tolist()
    if middle <= 1e-6 * largest:
        return Pose(math.nan, math.nan, math.nan)
    rotation = (left @ right).tolist()
    if _determinant(rotation) < 0:
        # a reflection is no pose
        left[:, 2] = -left[:, 2]
        rotation = (left @ right).tolist()
    return _angles(rotation)


def pose_from_rotation(rotation: NDArray[np.float64]) -> Pose:
    """Return the angles of a rotation (3, 3): the inverse of :meth:`Pose.matrix`."""
    return _angles(rotation.tolist())


def _angles(rotation: list[list[float]]) -> Pose:
    (right_x, _, _), (right_y, _, _), (right_z, down_z, away_z) = rotation
    yaw = math.degrees(math.asin(min(1.0, max(-1.0, right_z))))
    pitch = -math.degrees(math.atan2(down_z, away_z))
    return Pose(yaw, pitch, math.degrees(math.atan2(right_y, right_x)))


def _determinant(matrix: list[list[float]]) -> float:
    """Return the determinant of (3, 3); ``np.linalg.det`` takes longer to call than this takes to compute."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
