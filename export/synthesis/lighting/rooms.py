"""Drawn rooms: walls, floor and ceiling in perspective, with furniture and pictures."""

from __future__ import annotations

import math

import cv2
import numpy as np

from export.synthesis.lighting.drawn_backgrounds import WALLS, grid
from export.synthesis.mesh import Floats


def room(rng: np.random.Generator, size: int) -> Floats:
    """Draw two walls, floor and ceiling in perspective, with windows, shelves, pictures or doors.

    Args:
        rng: random numbers.
        size: side of the picture in pixels.

    Returns:
        (size, size, 3) float32 linear RGB, sharp.
    """
    paint = WALLS[rng.integers(len(WALLS))] * np.exp(rng.normal(0, 0.06, 3))
    x, y = grid(size)
    image = (paint * np.exp(0.15 * rng.normal() * x - 0.15 * y)[..., None]).astype(np.float32)
    corner = rng.uniform(-1.3, 1.3)
    side = 1 if corner > 0 else -1
    slope_up, slope_down = rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.5)
    top, bottom = -rng.uniform(0.75, 1.6), rng.uniform(0.6, 1.7)
    beyond = np.maximum((x - corner) * side, 0)
    image *= np.where(beyond > 0, rng.uniform(0.55, 0.9), 1)[..., None]
    ceiling, floor = top - beyond * slope_up, bottom + beyond * slope_down
    image[y < ceiling] = np.float32(0.7) * np.array([1, 0.98, 0.94]) * rng.uniform(0.7, 1.1)
    image[y > floor] = np.array([0.28, 0.17, 0.09]) * np.exp(rng.normal(0, 0.4))
    image *= (1 - 0.25 * np.exp(-np.minimum(np.abs(y - ceiling), np.abs(y - floor)) / 0.12))[..., None]
    for _ in range(int(rng.integers(2, 6))):
        furnish = [_window, _shelf, _frame, _frame, _door, _lamp, _curtain][int(rng.integers(7))]
        furnish(image, rng)
    return image


def _box(rng: np.random.Generator, size: int, wide: tuple[float, float], tall: tuple[float, float]) -> tuple[int, ...]:
    """Sample left, top, right and bottom of something on the wall, beside the middle more often than not."""
    width, height = rng.uniform(*wide) * size, rng.uniform(*tall) * size
    left = rng.choice([rng.uniform(-0.3, 0.2), rng.uniform(0.55, 0.95)]) * size
    top = rng.uniform(-0.1, 0.45) * size
    return int(left), int(top), int(left + width), int(top + height)


def _window(image: Floats, rng: np.random.Generator) -> None:
    size = image.shape[0]
    left, top, right, bottom = _box(rng, size, (0.25, 0.6), (0.4, 0.8))
    outside = np.array([0.9, 0.97, 1.05]) * rng.uniform(1.2, 4)
    cv2.rectangle(image, (left, top), (right, bottom), outside.tolist(), -1)
    trees = (np.array([0.3, 0.4, 0.2]) * rng.uniform(0.5, 2)).tolist()
    cv2.rectangle(image, (left, int(bottom - 0.4 * (bottom - top))), (right, bottom), trees, -1)
    frame, bar = [0.75, 0.74, 0.7], max(2, size // 50)
    cv2.rectangle(image, (left, top), (right, bottom), frame, bar)
    for part in np.linspace(0, 1, int(rng.integers(2, 5)))[1:-1]:
        across = int(left + part * (right - left))
        cv2.line(image, (across, top), (across, bottom), frame, bar)


def _shelf(image: Floats, rng: np.random.Generator) -> None:
    size = image.shape[0]
    left, top, right, bottom = _box(rng, size, (0.3, 0.7), (0.5, 1.1))
    wood = np.array([0.22, 0.13, 0.07]) * np.exp(rng.normal(0, 0.5))
    cv2.rectangle(image, (left, top), (right, bottom), (wood * 0.35).tolist(), -1)
    rows = int(rng.integers(3, 6))
    step = (bottom - top) / rows
    for row in range(rows):
        base = int(top + (row + 1) * step)
        at = float(left)
        while at < right:
            width = rng.uniform(0.008, 0.03) * size
            if rng.random() < 0.85:
                colour = rng.uniform(0.03, 0.45) * np.exp(rng.normal(0, 0.3, 3))
                roof = int(base - step * rng.uniform(0.5, 0.85))
                cv2.rectangle(image, (int(at), roof), (int(min(at + width, right)), base), colour.tolist(), -1)
            at += width + 1
        cv2.rectangle(image, (left, base - max(1, size // 90)), (right, base), wood.tolist(), -1)


def _frame(image: Floats, rng: np.random.Generator) -> None:
    size = image.shape[0]
    left, top, right, bottom = _box(rng, size, (0.12, 0.35), (0.15, 0.4))
    cv2.rectangle(image, (left, top), (right, bottom), (rng.uniform(0.05, 0.8) * np.ones(3)).tolist(), -1)
    inset, colour = max(2, size // 45), rng.uniform(0.05, 0.6) * np.exp(rng.normal(0, 0.4, 3))
    cv2.rectangle(
        image, (left, top), (right, bottom), (0.1 * rng.uniform(0.1, 3) * np.ones(3)).tolist(), inset // 2 + 1
    )
    for part in (1.0, 0.55):
        half = (int((right - left) * part / 2) - inset, int((bottom - top) * part / 2) - inset)
        centre = ((left + right) // 2, (top + bottom) // 2)
        corners = [(centre[0] + sign * half[0], centre[1] + sign * half[1]) for sign in (-1, 1)]
        cv2.rectangle(image, corners[0], corners[1], (colour * part).tolist(), -1)


def _door(image: Floats, rng: np.random.Generator) -> None:
    size = image.shape[0]
    left, _, right, _ = _box(rng, size, (0.25, 0.45), (0.1, 0.2))
    top = int(rng.uniform(-0.1, 0.3) * size)
    colour = WALLS[rng.integers(len(WALLS))] * np.exp(rng.normal(-0.2, 0.3))
    cv2.rectangle(image, (left, top), (right, size), (colour * 1.1).tolist(), -1)
    cv2.rectangle(image, (left, top), (right, size), (colour * 0.5).tolist(), max(2, size // 60))
    inset = (right - left) // 6
    cv2.rectangle(image, (left + inset, top + inset), (right - inset, top + size // 2), (colour * 0.75).tolist(), 2)


def _lamp(image: Floats, rng: np.random.Generator) -> None:
    size = image.shape[0]
    x, y = grid(size)
    at = rng.choice([-1, 1]) * rng.uniform(0.4, 0.95), rng.uniform(-0.8, 0.2)
    glow = np.exp(-np.hypot(x - at[0], y - at[1]) / rng.uniform(0.2, 0.5))
    image *= (1 + rng.uniform(0.5, 2) * glow)[..., None] * np.array([1, 0.93, 0.8], np.float32)
    centre = (int((at[0] + 1) * size / 2), int((at[1] + 1) * size / 2))
    cv2.ellipse(image, centre, (size // 18, size // 14), 0, 0, 360, [3.0, 2.3, 1.4], -1, cv2.LINE_AA)


def _curtain(image: Floats, rng: np.random.Generator) -> None:
    size = image.shape[0]
    left, _, right, _ = _box(rng, size, (0.2, 0.5), (0.1, 0.2))
    left, right = max(left, 0), min(right, size)
    if right <= left:
        return
    x = np.arange(left, right) / size
    folds = 0.75 + 0.25 * np.sin(x * rng.uniform(60, 140) + 2 * np.sin(x * rng.uniform(10, 30)))
    colour = WALLS[rng.integers(len(WALLS))] * np.exp(rng.normal(0, 0.3, 3))
    image[:, left:right] = (folds[None, :, None] * colour * math.exp(rng.normal(0, 0.2))).astype(np.float32)
