"""Drawn surroundings: walls, foliage, city lights, skies and studio backdrops, never people.

Every function returns (size, size, 3) float32 linear RGB about 0.02 .. 1 (lights above), sharp: blur comes later.
"""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from export.synthesis.mesh import Floats
from export.synthesis.sampling import Odds

# Paints of walls, linear RGB.
WALLS = np.array(
    [
        [0.75, 0.73, 0.68],
        [0.62, 0.57, 0.47],
        [0.55, 0.55, 0.56],
        [0.30, 0.36, 0.40],
        [0.42, 0.31, 0.22],
        [0.60, 0.45, 0.26],
        [0.28, 0.34, 0.24],
        [0.45, 0.20, 0.15],
        [0.10, 0.11, 0.13],
        [0.70, 0.62, 0.55],
    ],
    np.float32,
)


def fractal(rng: np.random.Generator, size: int, coarse: int, octaves: int = 4, gain: float = 0.5) -> Floats:
    """Make noise of zero mean and unit deviation.

    Args:
        rng: random numbers.
        size: side of the picture in pixels.
        coarse: cells a side of the coarsest octave.
        octaves: number of octaves, each twice as fine.
        gain: strength of an octave over that of the one before.

    Returns:
        (size, size) float32.
    """
    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        cells = coarse * 2**octave
        if cells > size:
            break
        values = rng.standard_normal((cells + 3, cells + 3), dtype=np.float32)
        total += gain**octave * cv2.resize(values, (size, size), interpolation=cv2.INTER_CUBIC)
    return (total - total.mean()) / (total.std() + 1e-6)


class Leaves(str, Enum):
    """Kinds of leaves."""

    GREEN = "green"
    YELLOW_GREEN = "yellow-green"
    DARK = "dark"
    AUTUMN = "autumn"


LEAVES_ODDS = Odds({Leaves.GREEN: 0.4, Leaves.YELLOW_GREEN: 0.25, Leaves.DARK: 0.25, Leaves.AUTUMN: 0.1})
LEAVES = {
    Leaves.GREEN: (0.10, 0.17, 0.03),
    Leaves.YELLOW_GREEN: (0.16, 0.17, 0.03),
    Leaves.DARK: (0.06, 0.12, 0.04),
    Leaves.AUTUMN: (0.28, 0.14, 0.03),
}


class Sky(str, Enum):
    """Kinds of skies."""

    BLUE = "blue"
    GREY = "grey"
    EVENING = "evening"


SKY_ODDS = Odds({Sky.BLUE: 0.55, Sky.GREY: 0.25, Sky.EVENING: 0.2})
SKIES = {
    Sky.BLUE: ((0.12, 0.26, 0.62), (0.55, 0.68, 0.85)),
    Sky.GREY: ((0.5, 0.53, 0.58), (0.75, 0.76, 0.78)),
    Sky.EVENING: ((0.18, 0.22, 0.42), (0.95, 0.55, 0.3)),
}
"""Colour at the zenith and at the horizon, linear RGB."""


def backdrop(rng: np.random.Generator, size: int) -> Floats:
    """Draw a studio's paper: one colour, brighter in a wide spot."""
    colour = np.float32(rng.choice([0.04, 0.2, 0.5, 0.85])) * np.exp(rng.normal(0, 0.06, 3))
    if rng.random() < 0.25:
        colour = WALLS[rng.integers(len(WALLS))] * np.exp(rng.normal(0, 0.2, 3))
    x, y = grid(size)
    spot = np.exp(-((x - rng.normal(0, 0.5)) ** 2 + (y - rng.normal(0, 0.4)) ** 2) / rng.uniform(0.5, 3))
    level = 0.55 + rng.uniform(0.2, 0.8) * spot + 0.02 * fractal(rng, size, 3)
    return (level[..., None] * colour).astype(np.float32)


def wall(rng: np.random.Generator, size: int) -> Floats:
    """Draw plaster, concrete or boards, with light falling off across it."""
    colour = WALLS[rng.integers(len(WALLS))] * np.exp(rng.normal(0, 0.06, 3))
    x, y = grid(size)
    level = np.exp(rng.normal(0, 0.3) * x + rng.normal(-0.1, 0.25) * y).astype(np.float32)
    kind = rng.random()
    if kind < 0.35:
        level *= 1 + 0.02 * fractal(rng, size, 24, 4, 0.9) + 0.04 * fractal(rng, size, 3)
    elif kind < 0.6:
        level *= np.maximum(1 + 0.12 * fractal(rng, size, 4, 6, 0.65), 0.3)
    else:
        count = int(rng.integers(4, 12))
        place = (x if rng.random() < 0.6 else y) * count / 2 + rng.uniform(0, 1)
        board = np.floor(place).astype(int) % 64
        gap = np.clip(np.abs(place - np.round(place)) / 0.05, 0.35, 1)
        streaks = cv2.resize(rng.standard_normal((6, size), dtype=np.float32), (size, size))
        level *= gap * np.exp(rng.normal(0, 0.12, 64))[board] * (1 + 0.06 * (streaks if place is x else streaks.T))
    return (level[..., None] * colour).astype(np.float32)


def foliage(rng: np.random.Generator, size: int) -> Floats:
    """Draw leaves with spots of sky between them."""
    base = np.array(LEAVES[LEAVES_ODDS.sample(rng)], np.float32)
    image = base * np.exp(0.7 * fractal(rng, size, 3, 5, 0.7))[..., None].astype(np.float32)
    image = image * (1 + 0.2 * np.stack([fractal(rng, size, 4, 3) for _ in range(3)], axis=-1))
    leaves = int(rng.integers(150, 500))
    spots = rng.uniform(0, size, (leaves, 2))
    lengths, turns = rng.uniform(0.01, 0.05, leaves) * size, rng.uniform(0, 360, leaves)
    levels = np.exp(rng.normal(0, 0.6, leaves))
    image = np.ascontiguousarray(np.maximum(image, 0.004), np.float32)
    for spot, length, turn, level in zip(spots, lengths, turns, levels, strict=True):
        tone = base * level * np.exp(rng.normal(0, 0.15, 3))
        axes = (int(length) + 1, int(length * 0.45) + 1)
        cv2.ellipse(image, (int(spot[0]), int(spot[1])), axes, turn, 0, 360, tone.tolist(), -1, cv2.LINE_AA)
    sky = np.array([0.8, 0.95, 1.1]) * rng.uniform(0.8, 2.5)
    return _discs(image, rng, int(rng.integers(0, 25)), sky[None], 0.012)


def lights(rng: np.random.Generator, size: int) -> Floats:
    """Draw a street at night: dark shapes and lamps, which blur makes into discs."""
    y = grid(size)[1]
    base = np.array([0.02, 0.022, 0.035]) * np.exp(rng.normal(0, 0.4))
    image = (base * np.exp(0.5 * fractal(rng, size, 4, 3))[..., None]).astype(np.float32)
    image += (0.05 * np.exp(-((y - rng.uniform(-0.2, 0.5)) ** 2) / 0.2))[..., None] * np.array([1, 0.75, 0.45])
    for _ in range(int(rng.integers(3, 9))):  # facades
        left, width = rng.uniform(-0.2, 1) * size, rng.uniform(0.1, 0.4) * size
        roof = rng.uniform(0, 0.6) * size
        tone = (base * rng.uniform(0.5, 3.0)).tolist()
        cv2.rectangle(image, (int(left), int(roof)), (int(left + width), int(0.85 * size)), tone, -1)
    colours = np.array([[1, 0.65, 0.3], [1, 0.85, 0.6], [1, 0.2, 0.1], [0.3, 0.6, 1], [0.3, 1, 0.6], [0.9, 0.95, 1]])
    return _discs(np.ascontiguousarray(image, np.float32), rng, int(rng.integers(20, 80)), colours * 3, 0.008)


def sky(rng: np.random.Generator, size: int) -> Floats:
    """Draw a blue, grey or evening sky over a far horizon of trees, hills or sea."""
    y = grid(size)[1]
    horizon = rng.uniform(-0.1, 1.1)
    down = np.clip((y + 1) / (horizon + 1), 0, 1)[..., None]
    zenith, haze = (np.array(colour) for colour in SKIES[SKY_ODDS.sample(rng)])
    image = zenith * (1 - down) + haze * down
    flat = cv2.resize(fractal(rng, size, 4, 6, 0.6), (2 * size, size))[:, :size]
    clouds = np.clip((flat - rng.normal(0.5, 0.6)) * 0.9, 0, 1)[..., None]
    image = image * (1 - clouds) + np.array([0.95, 0.95, 0.97]) * (0.75 + 0.25 * clouds) * clouds
    ridge = horizon + 0.06 * fractal(rng, size, 6, 5, 0.6)[0] * rng.choice([0.1, 1.0, 1.6])
    ground = np.array([[0.05, 0.08, 0.03], [0.10, 0.13, 0.16], [0.22, 0.18, 0.12]])[rng.integers(3)]
    land = y > ridge[None, :]
    image[land] = (ground * np.exp(0.3 * fractal(rng, size, 8, 5, 0.7))[..., None])[land]
    return image.astype(np.float32)


def grid(size: int) -> tuple[Floats, Floats]:
    """Make coordinates x and y (size, size), -1 .. 1, y down."""
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    return x, y


def _discs(image: Floats, rng: np.random.Generator, count: int, colours: NDArray[np.floating], radius: float) -> Floats:
    """Draw bright round spots on the picture, in place."""
    size = image.shape[0]
    for _ in range(count):
        colour = colours[rng.integers(len(colours))] * np.exp(rng.normal(0, 0.4))
        centre = (int(rng.uniform(0, size)), int(size * np.clip(rng.normal(0.4, 0.25), 0, 1)))
        cv2.circle(
            image, centre, max(1, int(size * radius * np.exp(rng.normal(-0.2, 0.5)))), colour.tolist(), -1, cv2.LINE_AA
        )
    return image
