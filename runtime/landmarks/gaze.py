"""Direction of gaze: from the centre of an eyeball, which follows from the eye's corners and the head, to the iris."""

from __future__ import annotations

import math

import numpy as np

from runtime.faces import Face
from runtime.irises import Iris

EYE_CORNERS = ((36, 39), (42, 45))
"""Corners of the person's right and left eye, from the image's left to its right on an upright face."""

EYEBALL_RADIUS = 12 / 90
"""Of an adult, in distances of the outer eye corners: 12 mm to 90 mm."""

CENTRE = EYEBALL_RADIUS * np.array([0.0, -0.16, 0.75])
"""Centre of the eyeball from the middle of the eye's corners, head axes (to the left, down, into the head), in the same
unit. Mean of the generator's heads, in radii of their eyeballs."""

REACH = EYEBALL_RADIUS * math.sqrt(1 - (11.7 / 24) ** 2)
"""From the centre of the eyeball to that of the iris, whose rim of 11.7 mm lies on a ball of 24 mm."""


def gaze_direction(face: Face, right: Iris, left: Iris) -> tuple[float, float]:
    """Return yaw and pitch of the gaze in degrees, as ``Pose`` counts them; NaN where the head has no pose.

    The irises are seen as from far away. Of the mean over both eyes each counts by how wide it is in the image, so that
    an eye behind the nose counts little.
    """
    if not math.isfinite(face.pose.yaw):
        return math.nan, math.nan
    points = face.landmarks.astype(np.float64)
    unit = max(float(np.linalg.norm(points[45] - points[36])), 1e-6)
    offset = (face.pose.matrix() @ CENTRE)[:2]
    total, weights = np.zeros(2), 0.0
    for iris, corners in zip((right, left), EYE_CORNERS, strict=True):
        first, last = points[list(corners), :2]
        width = float(np.hypot(*(last - first)))
        total += width * ((np.array([iris.x, iris.y]) - (first + last) / 2) / unit - offset)
        weights += width
    x, y = total / max(weights, 1e-6) / REACH
    # an iris farther from the centre than the ball reaches is seen at the ball's edge
    x, y = np.array([x, y]) / max(1.0, math.hypot(x, y))
    pitch = math.asin(-y)
    return math.degrees(math.atan2(x, math.sqrt(max(0.0, 1 - x * x - y * y)))), math.degrees(pitch)
