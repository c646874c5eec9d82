"""Style of one subject's skin: pigments, blemishes, age, oil, shaving and make-up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.synthesis.mesh import Floats


@dataclass(frozen=True, slots=True)
class Paint:
    """Make-up, or hair too fine to draw: a colour laid over the skin.

    Attributes:
        colour: (3,) linear RGB.
        opacity: 0 (none) .. 1 (hides the skin).
    """

    colour: Floats
    opacity: float


BARE = Paint(np.zeros(3, np.float32), 0.0)


@dataclass(frozen=True, slots=True)
class SkinStyle:
    """A subject's skin; shares are 0 (none) .. 1 (as much as people have).

    Attributes:
        melanin: 0 (palest) .. 1 (darkest), on a scale of volume fractions that is even in the logarithm.
        blood: the same for haemoglobin; about 0.7 on average.
        carotene: absorption of blue light by what makes skin sallow, 0 .. 0.3.
        flush: how much redder nose, cheeks, ears and lids are.
        shadows: how dark the lids and the skin under the eyes are.
        mottle: unevenness of both pigments.
        freckles: small brown spots.
        spots: larger brown spots of old skin.
        moles: number of moles.
        blemishes: number of pimples.
        wrinkles: depth of the lines.
        relief: strength of pores and small unevenness.
        oil: gloss of forehead, nose and chin.
        sweat: how wet all of the skin is.
        lip_depth: how much darker and redder the lips are.
        lip_gloss: how glossy the lips are.
        lipstick: make-up of the lips.
        shadow: make-up of the lids.
        liner: make-up along the lashes, or only the lashes' roots.
        blush: make-up of the cheeks.
        foundation: opacity of make-up that evens out everything.
        brows: shadow of the brows' hairs in the skin.
        stubble: shadow of a shaved beard.
    """

    melanin: float
    blood: float
    carotene: float
    flush: float
    shadows: float
    mottle: float
    freckles: float
    spots: float
    moles: int
    blemishes: int
    wrinkles: float
    relief: float
    oil: float
    sweat: float
    lip_depth: float
    lip_gloss: float
    lipstick: Paint = BARE
    shadow: Paint = BARE
    liner: Paint = BARE
    blush: Paint = BARE
    foundation: float = 0.0
    brows: Paint = BARE
    stubble: Paint = BARE


def sample_skin(rng: np.random.Generator, sex: float, age: float, melanin: float, hair: Floats) -> SkinStyle:
    """Sample a plausible skin.

    Args:
        rng: random numbers.
        sex: 0 female .. 1 male.
        age: years.
        melanin: 0 palest .. 1 darkest.
        hair: (3,) linear RGB, the colour of stubble and of the shadow under the brows.
    """
    grown = age > 16
    old = float(np.clip((age - 25) / 45, 0, 1.2))
    young = float(np.clip((age - 12) / 6, 0, 1))
    pale = 1 - melanin
    made_up = grown and rng.random() < (0.45 if sex < 0.5 else 0.02)
    hair = np.asarray(hair, np.float32)
    stubble = BARE
    if sex > 0.5 and grown and rng.random() < 0.75:
        # stubble is cut across and seen through skin: greyer and bluer than the hair itself
        colour = 0.6 * hair + 0.4 * np.array([0.055, 0.060, 0.068], np.float32)
        stubble = Paint(colour.astype(np.float32), float(rng.beta(1.2, 2.2)) * 0.75)
    brows = Paint(hair, float(rng.uniform(0.08, 0.3)))
    roots = Paint(0.4 * hair, float(rng.uniform(0.15, 0.5)))
    makeup: dict[str, Any] = {"liner": roots}
    if made_up:
        makeup |= _makeup(rng, melanin)
    return SkinStyle(
        melanin=melanin,
        blood=float(np.clip(rng.normal(0.695, 0.04), 0.55, 0.8)),
        carotene=float(np.clip(rng.normal(0.03, 0.03), 0, 0.2)),
        flush=min(float(rng.gamma(4, 0.14)), 1.2) * (0.6 + 0.4 * pale) * (1 + 0.3 * old),
        shadows=float(rng.gamma(3, 0.16)) * (0.7 + 0.5 * old),
        mottle=float(rng.uniform(0.35, 0.95)) * (0.75 + 0.4 * old) * (0.5 + 0.5 * young),
        freckles=float(rng.uniform(0.2, 1)) if rng.random() < 0.3 * pale**2 else 0.0,
        spots=float(rng.uniform(0, 0.8)) * max(0.0, old - 0.35),
        moles=int(rng.poisson(2.0)),
        blemishes=int(rng.poisson(4.0)) if 12 < age < 30 and rng.random() < 0.35 else 0,
        wrinkles=float(rng.uniform(0.7, 1.5)) * old**1.2,
        relief=float(rng.uniform(0.6, 1.3)) * (0.45 + 0.55 * young) * (1 + 0.5 * old),
        oil=float(rng.uniform(0, 1)) * young * (1 - 0.4 * min(old, 1)),
        sweat=float(rng.uniform(0.3, 1)) if rng.random() < 0.06 else 0.0,
        lip_depth=float(rng.uniform(0.6, 1.3)) * (1 - 0.3 * min(old, 1)),
        lip_gloss=float(rng.uniform(0.1, 0.7)),
        brows=brows,
        stubble=stubble,
        **makeup,
    )


def _makeup(rng: np.random.Generator, melanin: float) -> dict[str, Any]:
    """Sample make-up of lips, lids, lashes and cheeks; darker skins carry deeper colours."""
    depth = math.exp(-1.1 * melanin)

    def paint(colours: list[tuple[float, float, float]], low: float, high: float) -> Paint:
        colour = np.array(colours[int(rng.integers(len(colours)))]) * depth * np.exp(rng.normal(0, 0.12, 3))
        return Paint(colour.astype(np.float32), float(rng.uniform(low, high)))

    reds = [(0.36, 0.03, 0.04), (0.28, 0.02, 0.05), (0.45, 0.12, 0.13), (0.42, 0.16, 0.14), (0.20, 0.03, 0.045)]
    shades = [(0.20, 0.11, 0.08), (0.10, 0.07, 0.06), (0.30, 0.17, 0.13), (0.14, 0.10, 0.13), (0.09, 0.11, 0.14)]
    style: dict[str, Any] = {"foundation": float(rng.uniform(0, 0.6))}
    if rng.random() < 0.75:
        style["lipstick"] = paint(reds, 0.3, 0.85)
    if rng.random() < 0.6:
        style["shadow"] = paint(shades, 0.15, 0.6)
    if rng.random() < 0.7:
        style["liner"] = paint([(0.012, 0.010, 0.010), (0.03, 0.018, 0.012)], 0.4, 0.95)
    if rng.random() < 0.5:
        style["blush"] = paint([(0.50, 0.16, 0.14), (0.48, 0.20, 0.15)], 0.1, 0.35)
    return style
