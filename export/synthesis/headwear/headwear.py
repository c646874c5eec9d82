"""Sampling and building of headwear."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from export.synthesis.clothing import Pattern, sample_colours, sample_fabric
from export.synthesis.head import Head, HeadPose, Identity, Skull
from export.synthesis.headwear.builder import Headwear, HeadwearBuilder, HeadwearKind, PosedHeadwear
from export.synthesis.headwear.hats import beanie, hat, helmet, turban
from export.synthesis.headwear.scarves import headband, headphones, scarf
from export.synthesis.sampling import Odds

FREQUENCY = 0.08
"""Share of people who wear something on the head."""

WOMEN_ODDS = Odds(
    {
        HeadwearKind.CAP: 0.23,
        HeadwearKind.BEANIE: 0.19,
        HeadwearKind.SUN_HAT: 0.1,
        HeadwearKind.HEADSCARF: 0.13,
        HeadwearKind.HOOD: 0.09,
        HeadwearKind.TURBAN: 0.02,
        HeadwearKind.HELMET: 0.07,
        HeadwearKind.HEADPHONES: 0.1,
        HeadwearKind.HEADBAND: 0.07,
    }
)
MEN_ODDS = Odds(
    {
        HeadwearKind.CAP: 0.26,
        HeadwearKind.BEANIE: 0.21,
        HeadwearKind.SUN_HAT: 0.11,
        HeadwearKind.HOOD: 0.09,
        HeadwearKind.TURBAN: 0.06,
        HeadwearKind.HELMET: 0.07,
        HeadwearKind.HEADPHONES: 0.11,
        HeadwearKind.HEADBAND: 0.09,
    }
)

_PLAIN = Odds({Pattern.PLAIN: 1.0})
_CLOTHS = {
    HeadwearKind.BEANIE: Odds({Pattern.KNIT: 0.5, Pattern.RIBBED: 0.4, Pattern.HEATHER: 0.1}),
    HeadwearKind.SUN_HAT: Odds({Pattern.FELT: 0.5, Pattern.HEATHER: 0.5}),
    HeadwearKind.HEADSCARF: Odds({Pattern.PLAIN: 0.7, Pattern.FLORAL: 0.15, Pattern.DOTS: 0.05, Pattern.STRIPES: 0.1}),
    HeadwearKind.HEADBAND: Odds({Pattern.PLAIN: 0.6, Pattern.RIBBED: 0.2, Pattern.FLORAL: 0.2}),
    HeadwearKind.TURBAN: _PLAIN,
}
_OTHER_CLOTHS = Odds({Pattern.PLAIN: 0.7, Pattern.HEATHER: 0.15, Pattern.DENIM: 0.15})


def sample_headwear(rng: np.random.Generator, identity: Identity) -> Headwear | None:
    """Sample headwear, or None.

    Args:
        rng: random numbers.
        identity: the person.
    """
    if rng.random() > FREQUENCY:
        return None
    kind = (WOMEN_ODDS if identity.sex < 0.5 else MEN_ODDS).sample(rng)
    cloth = sample_fabric(rng, _CLOTHS.get(kind, _OTHER_CLOTHS), sample_colours(rng))
    if kind == HeadwearKind.SUN_HAT and rng.random() < 0.6:
        straw = np.array([0.50, 0.36, 0.18], np.float32) * np.float32(rng.uniform(0.6, 1.3))
        cloth = replace(cloth, pattern=Pattern.HEATHER, colours=np.stack([straw, straw, straw]))
    trim = sample_fabric(rng, _PLAIN, sample_colours(rng))
    return Headwear(
        kind,
        cloth,
        trim if rng.random() < 0.5 else replace(trim, colours=cloth.colours * np.float32(0.8)),
        float(rng.uniform(0.06, 0.11)),
        float(rng.normal(0, 0.04)),
        float(rng.random()),
    )


def build_headwear(headwear: Headwear, head: Head, pose: HeadPose) -> PosedHeadwear:
    """Build headwear on a head.

    Args:
        headwear: kind, cloth and fit.
        head: unposed head.
        pose: its pose.

    Raises:
        ValueError: the kind of headwear is unknown.
    """
    skull = Skull.from_head(head)
    builder = HeadwearBuilder(skull, pose, headwear)
    match headwear.kind:
        case HeadwearKind.CAP | HeadwearKind.SUN_HAT:
            return hat(builder)
        case HeadwearKind.BEANIE:
            return beanie(builder)
        case HeadwearKind.HEADSCARF | HeadwearKind.HOOD:
            return scarf(builder)
        case HeadwearKind.TURBAN:
            return turban(builder)
        case HeadwearKind.HELMET:
            return helmet(builder)
        case HeadwearKind.HEADPHONES:
            return headphones(builder, head)
        case HeadwearKind.HEADBAND:
            return headband(builder)
        case _:
            known = ", ".join(kind.value for kind in HeadwearKind)
            raise ValueError(f"unknown headwear {headwear.kind!r}: choose one of {known}")
