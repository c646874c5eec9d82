"""Smooth text of any height with the fonts that every OpenCV has."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

_REGULAR, _BOLD = cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX
_OUTLINES = int(cv2.__version__.partition(".")[0]) >= 5
"""Whether OpenCV draws these fonts as filled outlines with a weight of their own; before, as strokes."""

_CAPITAL_HEIGHT = 21
"""Height of a capital of these fonts at scale 1, in pixels."""

_FACTOR = 4
"""Text is drawn so many times larger and averaged down: OpenCV 4 has strokes of whole pixels only."""

ASCENT, DESCENT = 1.45, 0.55
"""Rows above and below the base line, in heights of a capital."""


def text_width(text: str, height: float, bold: bool = False) -> int:
    """Return the width in pixels of a line whose capitals are ``height`` pixels high."""
    font, scale, thickness = _font(height, bold)
    return math.ceil(cv2.getTextSize(text, font, scale, thickness)[0][0] / _FACTOR)


def _font(height: float, bold: bool) -> tuple[int, float, int]:
    """Return face, scale and thickness on the enlarged canvas."""
    thickness = 1 if _OUTLINES else max(1, round((0.16 if bold else 0.11) * height * _FACTOR))
    return _BOLD if bold else _REGULAR, height * _FACTOR / _CAPITAL_HEIGHT, thickness


@lru_cache(maxsize=512)
def text_mask(text: str, height: float, bold: bool = False) -> NDArray[np.uint8]:
    """Return coverage (H, W) uint8 of a line, read-only; its base line is ``round(ASCENT * height)`` rows from the top.

    Args:
        text: ASCII; OpenCV 4 shows a question mark for all else.
        height: of a capital, in pixels.
        bold: heavier strokes.
    """
    above, below = max(1, round(ASCENT * height)), round(DESCENT * height)
    # one column more on each side: strokes may reach over
    width = text_width(text, height, bold) + 2
    canvas = np.zeros(((above + below) * _FACTOR, width * _FACTOR), np.uint8)
    font, scale, thickness = _font(height, bold)
    cv2.putText(canvas, text, (_FACTOR, above * _FACTOR), font, scale, (255,), thickness, cv2.LINE_AA)
    mask: NDArray[np.uint8] = cv2.resize(canvas, (width, above + below), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    mask.setflags(write=False)
    return mask
