"""Contact sheets: pictures side by side, to check many by eye."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray


def contact_sheet(pictures: Sequence[NDArray[np.uint8]], columns: int = 6, width: int = 512) -> NDArray[np.uint8]:
    """Arrange pictures in rows, each fitted into a square of ``width`` pixels."""
    rows = -(-len(pictures) // columns)
    page = np.full((rows * width, columns * width, 3), 40, np.uint8)
    for number, picture in enumerate(pictures):
        scale = width / max(picture.shape[:2])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
        top, left = number // columns * width, number % columns * width
        page[top : top + small.shape[0], left : left + small.shape[1]] = small
    return page
