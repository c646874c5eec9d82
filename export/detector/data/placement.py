"""Random sizes, places and borders of the parts of a composite."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from export.detector.data.labels import FaceLabels
from export.detector.data.pasting import similarity

Composite = tuple[NDArray[np.uint8], FaceLabels]
"""A training picture (H, W, 3) uint8 BGR and its faces."""


def log_uniform(random: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform between those of ``low`` and ``high``."""
    return float(math.exp(random.uniform(math.log(low), math.log(max(low, high)))))


def border(random: np.random.Generator) -> tuple[int, ...] | None:
    """Draw the border of a picture: black as in a letterbox, a random colour, or None for the repeated edge."""
    kind = random.random()
    if kind < 0.4:
        return (0, 0, 0, 0)
    if kind < 0.6:
        return (*(int(value) for value in random.integers(0, 256, 3)), 0)
    return None


def filled(
    target: NDArray[np.float64], origin: NDArray[np.floating], scale: float, shape: tuple[int, ...], size: int
) -> NDArray[np.float64]:
    """Move ``target`` so that the scaled picture covers as much of the square as possible."""
    sides = np.array(shape[1::-1]) * scale
    low, high = size - sides + origin * scale, origin * scale
    return np.where(sides >= size, np.clip(target, low, high), np.clip(target, high, low))


def lit_alike(
    tile: NDArray[np.uint8], canvas: NDArray[np.uint8], where: NDArray[np.floating], random: np.random.Generator
) -> NDArray[np.uint8]:
    """Shift the tile's brightness by a random amount towards that of the canvas around ``where``."""
    x, y = np.clip(np.asarray(where, int), 0, np.array(canvas.shape[1::-1]) - 1)
    there = canvas[max(0, y - 16) : y + 16, max(0, x - 16) : x + 16].mean()
    gain = (max(there, 20.0) / max(float(tile[::8, ::8].mean()), 20.0)) ** random.uniform(0, 0.6)
    return np.clip(tile * np.float32(np.clip(gain, 0.5, 1.8)), 0, 255).astype(np.uint8)  # type: ignore[no-any-return]


def turn(image: NDArray[np.uint8], labels: FaceLabels, quarters: int) -> Composite:
    """Turn a square picture counter-clockwise by ``quarters`` times 90 degrees."""
    side = image.shape[0]
    middle = np.full(2, side / 2)
    matrix = similarity(middle, middle, 1.0, -quarters * math.pi / 2)
    return np.ascontiguousarray(np.rot90(image, quarters)), labels.warped(matrix)


def mirror(image: NDArray[np.uint8], labels: FaceLabels) -> Composite:
    """Exchange left and right of a picture."""
    matrix = np.array([[-1.0, 0.0, image.shape[1]], [0.0, 1.0, 0.0]])
    return np.ascontiguousarray(image[:, ::-1]), labels.warped(matrix)
