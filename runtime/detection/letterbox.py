"""Fitting an image of any shape into a network input, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_LINEAR = 1.5
"""Factor up to which shrinking by linear interpolation passes over no pixel."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """An image scaled into the top-left corner of a network input; the rest is black.

    Attributes:
        pixels: (H, W, 3) uint8, channels as in the image.
        scale: (2,) float64, input pixels per image pixel along x and y. They differ by rounding to whole pixels.
    """

    pixels: NDArray[np.uint8]
    scale: NDArray[np.float64]

    def to_image(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map points back to the image.

        Args:
            points: (..., 2) x, y in the input, measured from its top-left corner, so that the first pixel's
                centre is (0.5, 0.5). Networks place their anchors so.

        Returns:
            (..., 2) x, y in image pixels with pixel centres at integers.
        """
        return points / self.scale - 0.5


def letterbox_image(image: NDArray[np.uint8], size: int, step: int | None = None) -> Letterbox:
    """Scale an image (H, W, 3) uint8 until its longer side is ``size``, its shape kept to the nearest pixel.

    Shrinking averages areas, so that no pixel is skipped; growing interpolates linearly.

    Args:
        image: of any shape.
        size: the longer side of the input.
        step: the shorter side is filled up to a multiple of this, which divides ``size``; by default the input is a
            square. A network that takes any shape need not process black bands: around 1280x720 they are 44 % of it.
    """
    height, width = image.shape[:2]
    scale = size / max(height, width)
    scaled_height, scaled_width = (max(1, round(side * scale)) for side in (height, width))
    step = step or size
    shape = -(-scaled_height // step) * step, -(-scaled_width // step) * step
    scaled = _resized(image, scaled_width, scaled_height)
    if scaled.shape[:2] == shape:
        pixels = scaled
    else:
        pixels = np.zeros((*shape, 3), np.uint8)
        pixels[:scaled_height, :scaled_width] = scaled
    return Letterbox(pixels, np.array([scaled_width / width, scaled_height / height]))


def _resized(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Scale an image (H, W, 3) to a width and height; areas are halved as long as that comes out even.

    OpenCV averages 2x2 pixels ten times faster than areas of another size.
    """
    while not (image.shape[0] % 2 or image.shape[1] % 2) and min(_factors(image, width, height)) >= 2:
        half = image.shape[1] // 2, image.shape[0] // 2
        image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    if image.shape[:2] == (height, width):
        return image
    way = cv2.INTER_AREA if max(_factors(image, width, height)) > MAX_LINEAR else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=way)  # type: ignore[return-value]


def _factors(image: NDArray[np.uint8], width: int, height: int) -> tuple[float, float]:
    return image.shape[0] / height, image.shape[1] / width
