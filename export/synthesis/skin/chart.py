"""The flat chart that skin is painted on: angle about the head's axis across, height along the profile down.

The front of the face is finer than the back of the head. Above the eyes the height becomes an angle of elevation, so
that the crown is not squeezed into a line, and below them it is sheared by the distance from the axis, which keeps the
undersides of nose and chin open.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from export.synthesis.mesh import Floats

WIDTH = 768
HEIGHT = 640
AXIS = 0.35  # z of the vertical axis, decimetres
TOP, BOTTOM = 8.8, 5.15  # heights along the profile at the chart's upper and lower edge, decimetres
EQUATOR = 7.35  # above this y the profile is an arc
ARC = 0.95  # radius of that arc
SHEAR = 0.45
SHEAR_TOP, SHEAR_FULL = 7.3, 6.5  # y between which the shear sets in
FRONT = 1.4  # texels at the front against an even division
TEXELS = 175.0  # texels per decimetre on the front of the face, in both directions to within a tenth


@njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def locate(rest: Floats) -> tuple[Floats, Floats]:
    """Map points of the rest head to the chart.

    Args:
        rest: (N, 3) float32 positions on the rest head, decimetres.

    Returns:
        (N, 2) float32 texels x, y, and their gradients (N, 2, 3) float32 in texels per decimetre: how x and y grow in
        the head frame.
    """
    n = rest.shape[0]
    texels = np.empty((n, 2), np.float32)
    gradient = np.empty((n, 2, 3), np.float32)
    for i in range(n):
        x, y, z = rest[i, 0], rest[i, 1], rest[i, 2] - AXIS
        squared = x * x + z * z + 1e-6
        radius = math.sqrt(squared)
        turn = math.atan2(x, z) / math.pi
        texels[i, 0] = WIDTH * (0.5 + 0.5 * turn * (FRONT + (1 - FRONT) * turn * turn))
        across = WIDTH * 0.5 / math.pi * (FRONT + 3 * (1 - FRONT) * turn * turn) / squared
        gradient[i, 0, 0] = across * z
        gradient[i, 0, 1] = 0.0
        gradient[i, 0, 2] = -across * x
        if y > EQUATOR:
            rise = y - EQUATOR
            height = EQUATOR + ARC * math.atan2(rise, radius)
            along_y = ARC * radius / (squared + rise * rise)
            along_radius = -ARC * rise / (squared + rise * rise)
        else:
            t = min(max((SHEAR_TOP - y) / (SHEAR_TOP - SHEAR_FULL), 0.0), 1.0)
            shear = SHEAR * t * t * (3 - 2 * t)
            reach = min(radius, 1.4) - 1.0
            height = y + shear * reach
            along_y = 1.0 - SHEAR * 6 * t * (1 - t) / (SHEAR_TOP - SHEAR_FULL) * reach
            along_radius = shear if radius < 1.4 else 0.0
        scale = HEIGHT / (TOP - BOTTOM)
        texels[i, 1] = (TOP - height) * scale
        gradient[i, 1, 0] = -scale * along_radius * x / radius
        gradient[i, 1, 1] = -scale * along_y
        gradient[i, 1, 2] = -scale * along_radius * z / radius
    return texels, gradient
