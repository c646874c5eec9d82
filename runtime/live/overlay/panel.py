"""Translucent panels with text: drawn once, laid over many frames."""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.media import Colour
from runtime.media.text import ASCENT, text_mask, text_width

BACKGROUND: Colour = (24, 19, 16)
"""A blue black; see :attr:`Panel.OPACITY`."""


class Align(Enum):
    """Alignment of a line of text at its x."""

    LEFT = 0.0
    CENTRE = 0.5
    RIGHT = 1.0


class Panel:
    """A dark rounded rectangle that the picture shines through, and what is drawn on it.

    Dark enough that white text has a contrast of at least 7 to 1 on a white picture (WCAG 2.2, level AAA).

    Example::

        panel = Panel(200, 40, radius=8)
        panel.text("30.0 FPS", 10, 26, height=10)
        panel.paste(image, 16, 16)
    """

    OPACITY = 0.78

    def __init__(self, width: int, height: int, radius: float, opacity: float = OPACITY) -> None:
        """Create an empty panel.

        Args:
            width: in pixels.
            height: in pixels.
            radius: of the corners, in pixels.
            opacity: of the background, 0..1.
        """
        self.width, self.height = max(1, width), max(1, height)
        self._alpha = rounded(self.width, self.height, radius).astype(np.float32) * (opacity / 255)
        # premultiplied, so that laying it over a picture is one product and one sum
        self._light = self._alpha[..., None] * np.array(BACKGROUND, np.float32)
        self._through: NDArray[np.uint8] | None = None
        self._add: NDArray[np.uint8] | None = None

    def text(
        self,
        text: str,
        x: float,
        base: float,
        height: float,
        colour: Colour,
        *,
        bold: bool = False,
        align: Align = Align.LEFT,
    ) -> None:
        """Write a line with its base line at row ``base``; ``height`` is that of a capital, in pixels."""
        mask = text_mask(text, height, bold)
        left = round(x - 1 - align.value * text_width(text, height, bold))
        self._cover(mask, left, round(base) - round(ASCENT * height), colour)

    def bar(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Draw a bar with round ends, its upper left corner at (x, y)."""
        if round(width) >= 1:
            mask = rounded(round(width), max(1, round(height)), height / 2)
            self._cover(mask, round(x), round(y), colour)

    def dot(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Draw a filled circle."""
        self.bar(x - radius, y - radius, 2 * radius, 2 * radius, colour)

    def paste(self, image: NDArray[np.uint8], x: int, y: int) -> None:
        """Lay the panel over an image (H, W, 3) uint8 BGR, in place; what reaches beyond it is cut off."""
        if self._through is None or self._add is None:
            through = np.rint((1 - self._alpha) * 255).astype(np.uint8)
            self._through = np.repeat(through[..., None], 3, axis=2)
            self._add = np.rint(self._light).astype(np.uint8)
        rows, columns, below_rows, below_columns = _overlap(self._alpha.shape, image.shape, x, y)
        target = image[below_rows, below_columns]
        if target.size:
            dimmed = cv2.multiply(target, self._through[rows, columns], scale=1 / 255)
            target[:] = cv2.add(dimmed, self._add[rows, columns])

    def _cover(self, mask: NDArray[np.uint8], x: int, y: int, colour: Colour) -> None:
        self._through = self._add = None
        rows, columns, below_rows, below_columns = _overlap(mask.shape, self._alpha.shape, x, y)
        cover = mask[rows, columns].astype(np.float32) / 255
        alpha, light = self._alpha[below_rows, below_columns], self._light[below_rows, below_columns]
        alpha += cover * (1 - alpha)
        light += cover[..., None] * (np.array(colour, np.float32) - light)


def rounded(width: int, height: int, radius: float) -> NDArray[np.uint8]:
    """Return coverage (height, width) uint8 of a rectangle with round corners and smooth edges."""
    radius = min(radius, width / 2, height / 2)
    x = np.abs(np.arange(width) - (width - 1) / 2) - (width / 2 - radius)
    y = np.abs(np.arange(height) - (height - 1) / 2) - (height / 2 - radius)
    outside = np.hypot(np.maximum(x, 0)[None], np.maximum(y, 0)[:, None])
    cover: NDArray[np.uint8] = np.rint(255 * np.clip(radius - outside + 0.5, 0, 1)).astype(np.uint8)
    return cover


def _overlap(shape: tuple[int, ...], below: tuple[int, ...], x: int, y: int) -> tuple[slice, slice, slice, slice]:
    """Return rows and columns of a patch laid at (x, y), and of the image below it, where both are."""
    top, left = max(y, 0), max(x, 0)
    bottom, right = max(min(y + shape[0], below[0]), top), max(min(x + shape[1], below[1]), left)
    return slice(top - y, bottom - y), slice(left - x, right - x), slice(top, bottom), slice(left, right)
