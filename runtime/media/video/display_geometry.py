"""Frames as they are meant to be displayed: square pixels, upright, not mirrored."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Matrix = tuple[float, float, float, float]
"""``a, b, c, d``: the pixel (x, y) is shown at (a x + c y, b x + d y); y points down, as in QuickTime's matrices."""

UPRIGHT: Matrix = (1, 0, 0, 1)
TURNS: dict[int, Matrix] = {0: UPRIGHT, 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
"""Clockwise turns by degrees."""

SQUARE = 0.005
"""Deviation of a pixel's aspect ratio from 1 that is left as it is: about three pixels in a row of 640."""

LONGEST_SIDE = 16384
"""Pixels; what would become longer when its pixels are made square has a nonsensical aspect ratio."""


def right_angled(matrix: Matrix) -> Matrix | None:
    """Return the turn or reflection nearest to a display matrix, with entries -1, 0, 1; None if it is neither.

    Scale is ignored, and a matrix of zeros counts as none: players show such videos upright.
    """
    if not any(matrix) or not all(map(math.isfinite, matrix)):
        return UPRIGHT
    largest = max(map(abs, matrix))
    a, b, c, d = (value / largest for value in matrix)
    small = 0.02
    if abs(b) < small > abs(c) and a and d:
        return (math.copysign(1, a), 0, 0, math.copysign(1, d))
    if abs(a) < small > abs(d) and b and c:
        return (0, math.copysign(1, b), math.copysign(1, c), 0)
    return None


def product(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that applies ``first``, then ``second``."""
    a, b, c, d = first
    e, f, g, h = second
    return (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)


def square_size(width: int, height: int, aspect: float) -> tuple[int, int]:
    """Return width and height with square pixels: the side that is too short grows, so that nothing is lost.

    Args:
        width: in stored pixels.
        height: in stored pixels.
        aspect: width of a pixel in parts of its height.
    """
    if abs(aspect - 1) <= SQUARE:
        return width, height
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


class FrameShape:
    """Makes stored frames what is shown: first square pixels, then turned and mirrored."""

    def __init__(self, aspect: float = 1.0, matrix: Matrix = UPRIGHT) -> None:
        """Set what to do.

        Args:
            aspect: width of a stored pixel in parts of its height.
            matrix: a right-angled one, see :func:`right_angled`.
        """
        self._aspect, self._matrix = aspect, matrix

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the displayed width and height of a frame of this stored width and height."""
        width, height = square_size(width, height, self._aspect)
        return (height, width) if self._matrix[0] == 0 else (width, height)

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn and scale a stored frame (H, W, 3) uint8 for display."""
        height, width = image.shape[:2]
        shown: Any = image
        if (size := square_size(width, height, self._aspect)) != (width, height):
            shown = cv2.resize(shown, size, interpolation=cv2.INTER_LINEAR)
        a, b, c, d = self._matrix
        if a == 0:
            shown = cv2.transpose(shown)
        mirrored, upturned = min(a, c) < 0, min(b, d) < 0
        if mirrored or upturned:
            shown = cv2.flip(shown, -1 if mirrored and upturned else 1 if mirrored else 0)
        result: NDArray[np.uint8] = shown
        return result
