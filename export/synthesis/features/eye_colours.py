"""Painting of eyes: irises with fibres, a pupil and a dark rim; a sclera with veins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from export.synthesis.mesh import Floats
from export.synthesis.skin import periodic_noise, sample_bilinear, soft_step

_SEED = 24


class IrisColour(str, Enum):
    """Colours of irises."""

    BLACK = "black"
    BROWN = "brown"
    AMBER = "amber"
    HAZEL = "hazel"
    GREEN = "green"
    BLUE = "blue"
    GREY = "grey"


# linear RGB of the iris' outer and inner zone
IRISES = {
    IrisColour.BLACK: ((0.022, 0.012, 0.008), (0.030, 0.015, 0.009)),
    IrisColour.BROWN: ((0.060, 0.029, 0.013), (0.085, 0.040, 0.016)),
    IrisColour.AMBER: ((0.130, 0.070, 0.024), (0.160, 0.080, 0.025)),
    IrisColour.HAZEL: ((0.090, 0.085, 0.040), (0.140, 0.075, 0.025)),
    IrisColour.GREEN: ((0.095, 0.108, 0.066), (0.135, 0.105, 0.048)),
    IrisColour.BLUE: ((0.100, 0.135, 0.170), (0.170, 0.180, 0.170)),
    IrisColour.GREY: ((0.125, 0.140, 0.145), (0.165, 0.160, 0.140)),
}


@dataclass(frozen=True, slots=True)
class EyeStyle:
    """A subject's eyes.

    Attributes:
        outer: (3,) linear RGB of the iris' rim.
        inner: (3,) linear RGB of the zone around the pupil.
        pupil: diameter of the pupil as a share of the iris', 0.2 .. 0.55.
        white: (3,) linear RGB of the sclera.
        veins: 0 none .. 1 bloodshot.
        fibres: contrast of the iris' fibres.
        seed: picks the pattern.
    """

    outer: Floats
    inner: Floats
    pupil: float
    white: Floats
    veins: float
    fibres: float
    seed: int


def iris(style: EyeStyle, radius: Floats, angle: Floats) -> Floats:
    """Compute the albedo of the iris and the pupil.

    Args:
        style: the subject's eyes.
        radius: (N,) 0 (middle) .. 1 (rim).
        angle: (N,) radians around the middle.

    Returns:
        (N, 3) float32 linear RGB.
    """
    tile = _fibres()
    height, width, _ = tile.shape
    turn = angle / (2 * math.pi) + (style.seed % 997) / 997
    around = np.column_stack([turn * width, np.clip(radius, 0, 1) * (height - 2)])
    fibre = sample_bilinear(tile, around.astype(np.float32))
    edge = 0.52 + 0.10 * fibre[:, 1] + 0.3 * (style.pupil - 0.3)
    zone = soft_step(radius, edge - 0.16, edge + 0.16)[:, None]
    albedo = style.inner * (1 - zone) + style.outer * zone
    albedo = albedo * np.exp(style.fibres * (0.30 * fibre[:, :1] + 0.16 * fibre[:, 1:2]))
    albedo *= 1 - 0.72 * soft_step(radius, 0.80, 1.0)[:, None]  # the limbal ring
    albedo *= 1 - 0.35 * soft_step(radius, style.pupil + 0.14, style.pupil)[:, None]
    pupil = soft_step(radius, style.pupil + 0.025, style.pupil - 0.025)[:, None]
    return np.asarray(albedo * (1 - pupil) + 0.004 * pupil, np.float32)


def sclera(style: EyeStyle, ball: Floats, eye: Floats, left: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Compute the albedo of the sclera, pinker and veined towards the corners.

    Args:
        style: the subject's eyes.
        ball: (N, 3) directions from the eye's centre, head frame.
        eye: (N, 3) the same in axes that turn with the gaze.
        left: (N,) bool, the subject's left eye.

    Returns:
        (N, 3) linear RGB, and (N,) how red it is.
    """
    tile = _veins()
    height, width, _ = tile.shape
    spot = np.column_stack([eye[:, 0] * 0.45 * width + style.seed % 311 + 97 * left, (eye[:, 1] * 0.45 + 0.5) * height])
    veins = sample_bilinear(tile, spot.astype(np.float32), True)[:, 0]
    side = soft_step(np.abs(ball[:, 0]), 0.25, 0.85)
    red = style.veins * (0.25 + 0.75 * side) * veins
    pink = (0.04 + 0.22 * style.veins) * side + 0.75 * red
    absorbed = np.array([0.15, 0.62, 0.58], np.float32)
    return style.white * np.exp(-pink[:, None] * absorbed), red


@lru_cache(maxsize=1)
def _fibres() -> Floats:
    """Make fine fibres and broad patches of the iris, over radius and angle: (64, 512, 2)."""
    rng = np.random.default_rng(_SEED)
    shape = (64, 512)
    return np.ascontiguousarray(
        np.stack([periodic_noise(rng, (14, 1.8), shape), periodic_noise(rng, (7, 9), shape)], -1)
    )


@lru_cache(maxsize=1)
def _veins() -> Floats:
    """Make thin branching lines (256, 256, 1), 0 .. 1."""
    rng = np.random.default_rng(_SEED + 1)
    shape = (256, 256)
    lines = [np.exp(-((periodic_noise(rng, sigma, shape) / 0.10) ** 2)) for sigma in ((9, 22), (6, 12))]
    patches = np.clip(periodic_noise(rng, (18, 18), shape) * 0.6 + 0.4, 0, 1)
    return np.ascontiguousarray(np.clip(lines[0] + 0.6 * lines[1], 0, 1) * patches, np.float32)[..., None]
