"""Fitting an image of any shape into a square network input, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Letterbox:
    """An image scaled into the top-left corner of a square; the rest is black.

    Attributes:
        pixels: (size, size, 3) uint8, channels as in the image.
        scale: (2,) float64, square pixels per image pixel along x and y. They differ by rounding
            to whole pixels.
    """

    pixels: NDArray[np.uint8]
    scale: NDArray[np.float64]

    def to_image(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map points back to the image.

        Args:
            points: (..., 2) x, y in the square, measured from its top-left corner, so that the first pixel's
                centre is (0.5, 0.5). Networks place their anchors so.

        Returns:
            (..., 2) x, y in image pixels with pixel centres at integers.
        """
        return points / self.scale - 0.5


def letterbox(image: NDArray[np.uint8], size: int) -> Letterbox:
    """Scale an image (H, W, 3) uint8 until its longer side is ``size``, its shape kept to the nearest pixel.

    Shrinking averages areas, so that no pixel is skipped; growing interpolates linearly.
    """
    height, width = image.shape[:2]
    scale = size / max(height, width)
    scaled_height, scaled_width = (max(1, round(side * scale)) for side in (height, width))
    pixels = np.zeros((size, size, 3), np.uint8)
    pixels[:scaled_height, :scaled_width] = cv2.resize(
        image,
        (scaled_width, scaled_height),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    return Letterbox(pixels, np.array([scaled_width / width, scaled_height / height]))
