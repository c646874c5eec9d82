"""Images as PNG for notebooks."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LONGEST = 1024
"""Pixels of the longer side: a notebook keeps every picture that it shows."""


def preview_png(image: NDArray[np.uint8]) -> bytes:
    """Encode an image (H, W, 3) uint8 BGR as PNG, shrunk to a longer side of at most :data:`LONGEST` pixels."""
    height, width = image.shape[:2]
    factor = LONGEST / max(height, width)
    shown: Any = image
    if factor < 1:
        size = max(1, round(width * factor)), max(1, round(height * factor))
        shown = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".png", shown)[1].tobytes()
