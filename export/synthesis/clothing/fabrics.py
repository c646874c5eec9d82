"""Fabrics: patterns, colours and folds of cloth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from export.synthesis.mesh import Floats
from export.synthesis.sampling import Odds


class Pattern(str, Enum):
    """Print, weave or knit of a cloth, or its material."""

    PLAIN = "plain"
    HEATHER = "heather"
    KNIT = "knit"
    RIBBED = "ribbed"
    DENIM = "denim"
    STRIPES = "stripes"
    PINSTRIPES = "pinstripes"
    PLAID = "plaid"
    CHECK = "check"
    FLORAL = "floral"
    DOTS = "dots"
    ZIGZAG = "zigzag"
    LEATHER = "leather"
    FELT = "felt"


class Palette(str, Enum):
    """Families of colours that clothes have."""

    NEUTRAL = "neutral"
    EARTHY = "earthy"
    MUTED = "muted"
    VIVID = "vivid"


PALETTE_ODDS = Odds({Palette.NEUTRAL: 0.42, Palette.EARTHY: 0.26, Palette.MUTED: 0.22, Palette.VIVID: 0.10})


@dataclass(frozen=True, slots=True)
class Fabric:
    """A cloth.

    Attributes:
        pattern: its print, weave or knit.
        colours: (3, 3) linear RGB: ground, first and second colour of the pattern.
        scale: decimetres of one repeat of the pattern.
        folds: depth of the folds, decimetres; 0.01 is smooth, 0.05 crumpled.
        roughness: GGX roughness.
        seed: seed of its noise.
    """

    pattern: Pattern
    colours: Floats
    scale: float
    folds: float
    roughness: float
    seed: int


_SATURATION = {
    Palette.NEUTRAL: (0.0, 0.12),
    Palette.EARTHY: (0.3, 0.6),
    Palette.MUTED: (0.2, 0.5),
    Palette.VIVID: (0.6, 0.85),
}
_VALUE = {
    Palette.NEUTRAL: (0.0, 0.12),
    Palette.EARTHY: (0.1, 0.4),
    Palette.MUTED: (0.25, 0.75),
    Palette.VIVID: (0.4, 0.8),
}

_REPEATS = {
    Pattern.STRIPES: (0.12, 0.7),
    Pattern.PINSTRIPES: (0.06, 0.2),
    Pattern.PLAID: (0.35, 1.0),
    Pattern.CHECK: (0.08, 0.3),
    Pattern.FLORAL: (0.3, 0.9),
    Pattern.DOTS: (0.12, 0.4),
    Pattern.ZIGZAG: (0.2, 0.5),
    Pattern.KNIT: (0.05, 0.09),
    Pattern.RIBBED: (0.05, 0.08),
}
"""Range of one repeat of the pattern, decimetres."""

_ROUGHNESS = {Pattern.LEATHER: 0.42, Pattern.FELT: 0.95, Pattern.KNIT: 0.9}
_FOLDS = {Pattern.LEATHER: 0.8, Pattern.FELT: 0.4, Pattern.RIBBED: 0.5}
"""Depth of the folds relative to that of other cloth."""


def sample_fabric(rng: np.random.Generator, patterns: Odds[Pattern], colours: Floats) -> Fabric:
    """Sample a cloth.

    Args:
        rng: random numbers.
        patterns: odds of patterns.
        colours: (3, 3) linear RGB: ground, first and second colour of the pattern.
    """
    pattern = patterns.sample(rng)
    low, high = _REPEATS.get(pattern, (0.02, 0.03))
    rough = _ROUGHNESS.get(pattern, 0.8)
    folds = float(rng.uniform(0.014, 0.045)) * _FOLDS.get(pattern, 1.0)
    return Fabric(
        pattern, colours.astype(np.float32), float(rng.uniform(low, high)), folds, rough, int(rng.integers(2**20))
    )


def sample_colours(rng: np.random.Generator, lightness: tuple[float, float] | None = None) -> Floats:
    """Sample a ground colour and two pattern colours: mostly dark, white, grey or muted, seldom vivid.

    Args:
        rng: random numbers.
        lightness: range of the ground colour's value in HSV; None for any.

    Returns:
        (3, 3) linear RGB.
    """
    palette = PALETTE_ODDS.sample(rng)
    hue = float(rng.random())
    saturation, value = float(rng.uniform(*_SATURATION[palette])), float(rng.uniform(*_VALUE[palette]))
    if palette == Palette.NEUTRAL:
        value += float(rng.choice([0.08, 0.15, 0.45, 0.85]))
    elif palette == Palette.EARTHY:  # navy, brown, olive, dark red
        hue = float(rng.choice([0.61, 0.60, 0.08, 0.24, 0.0]) + rng.normal(0, 0.02))
    if lightness is not None:
        value = float(rng.uniform(*lightness))
        saturation *= 0.5 if value > 0.7 else 1.0
    ground = _from_hsv(hue, saturation, value)
    contrast = rng.uniform(0.35, 0.75)
    other = value - contrast if value > 0.5 else value + contrast
    first = _from_hsv(hue + rng.normal(0, 0.12), saturation * rng.uniform(0.2, 1.2), float(np.clip(other, 0.05, 0.9)))
    second = _from_hsv(hue + rng.normal(0, 0.3), saturation * rng.uniform(0.3, 1.4), float(rng.uniform(0.1, 0.85)))
    return np.stack([ground, first, second])


def _from_hsv(hue: float, saturation: float, value: float) -> Floats:
    """Convert hue, saturation and value 0..1 of a displayed colour to linear RGB (3,)."""
    phase = np.abs((hue % 1.0 + np.array([0, 2 / 3, 1 / 3])) % 1.0 * 6 - 3) - 1
    shown = value * (1 - np.clip(saturation, 0, 1) * (1 - np.clip(phase, 0, 1)))
    return (np.clip(shown, 0, 1) ** 2.2).astype(np.float32)
