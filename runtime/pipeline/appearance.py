"""The appearance of a face: a small picture that distinguishes it from other faces."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.landmarks import Region

APPEARANCE_SIDE = 16
"""Side of the picture in pixels."""

REDUCED_SIDE = 24
"""Side in pixels that a crop is reduced to before the picture is cut out of it, a little finer than the picture."""


def appearance(crop: NDArray[np.uint8], outer: Region, inner: Region) -> NDArray[np.float32]:
    """Return a region of a crop in a few pixels.

    Args:
        crop: (S, S, 3) uint8 BGR, cut along ``outer``.
        outer: region of the crop in the frame.
        inner: region of the picture in the frame, around the points found in the crop.

    Returns:
        (3 * 16 * 16,) float32 without its mean and of length 1: the dot product of two is their correlation.
    """
    # a quarter of the pixels distinguish as well; averaging halves the rest
    small = cv2.resize(crop, (2 * REDUCED_SIDE, 2 * REDUCED_SIDE), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(small, (REDUCED_SIDE, REDUCED_SIDE), interpolation=cv2.INTER_AREA)
    picture = cv2.warpAffine(
        small,
        inner.within(outer, REDUCED_SIDE).to_crop(APPEARANCE_SIDE),
        (APPEARANCE_SIDE, APPEARANCE_SIDE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    values = picture.ravel()
    result: NDArray[np.float32] = values - np.float32(int(np.add.reduce(values)) / values.size)
    result /= max(math.sqrt(float(result @ result)), 1.0)
    return result
