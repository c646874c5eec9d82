"""Outfits: kinds of clothes and their odds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from export.synthesis.clothing.fabrics import Fabric, Pattern, sample_colours, sample_fabric
from export.synthesis.head import Identity
from export.synthesis.sampling import Odds


class OutfitKind(str, Enum):
    """Kinds of clothes."""

    TEE = "tee"
    V_NECK = "v-neck"
    SCOOP = "scoop"
    STRAPS = "straps"
    SWEATER = "sweater"
    TURTLENECK = "turtleneck"
    SHIRT = "shirt"
    POLO = "polo"
    SUIT = "suit"
    JACKET = "jacket"
    HOODIE = "hoodie"


WOMEN_ODDS = Odds(
    {
        OutfitKind.TEE: 0.21,
        OutfitKind.V_NECK: 0.05,
        OutfitKind.SCOOP: 0.09,
        OutfitKind.STRAPS: 0.04,
        OutfitKind.SWEATER: 0.09,
        OutfitKind.TURTLENECK: 0.04,
        OutfitKind.SHIRT: 0.16,
        OutfitKind.POLO: 0.06,
        OutfitKind.SUIT: 0.1,
        OutfitKind.JACKET: 0.09,
        OutfitKind.HOODIE: 0.07,
    }
)
MEN_ODDS = Odds(
    {
        OutfitKind.TEE: 0.24,
        OutfitKind.V_NECK: 0.06,
        OutfitKind.SWEATER: 0.1,
        OutfitKind.TURTLENECK: 0.05,
        OutfitKind.SHIRT: 0.18,
        OutfitKind.POLO: 0.07,
        OutfitKind.SUIT: 0.12,
        OutfitKind.JACKET: 0.1,
        OutfitKind.HOODIE: 0.08,
    }
)
GIRLS_ODDS = Odds(
    {
        OutfitKind.TEE: 0.24,
        OutfitKind.V_NECK: 0.06,
        OutfitKind.SCOOP: 0.1,
        OutfitKind.SWEATER: 0.1,
        OutfitKind.TURTLENECK: 0.05,
        OutfitKind.SHIRT: 0.18,
        OutfitKind.POLO: 0.07,
        OutfitKind.SUIT: 0.01,
        OutfitKind.JACKET: 0.1,
        OutfitKind.HOODIE: 0.09,
    }
)
BOYS_ODDS = Odds(
    {
        OutfitKind.TEE: 0.27,
        OutfitKind.V_NECK: 0.07,
        OutfitKind.SWEATER: 0.11,
        OutfitKind.TURTLENECK: 0.06,
        OutfitKind.SHIRT: 0.2,
        OutfitKind.POLO: 0.08,
        OutfitKind.SUIT: 0.01,
        OutfitKind.JACKET: 0.11,
        OutfitKind.HOODIE: 0.09,
    }
)

_TOP_PATTERNS = Odds(
    {
        Pattern.PLAIN: 0.64,
        Pattern.HEATHER: 0.15,
        Pattern.STRIPES: 0.1,
        Pattern.FLORAL: 0.05,
        Pattern.DOTS: 0.03,
        Pattern.DENIM: 0.03,
    }
)

# cloth of the outermost piece
PATTERN_ODDS = {
    OutfitKind.TEE: _TOP_PATTERNS,
    OutfitKind.V_NECK: _TOP_PATTERNS,
    OutfitKind.SCOOP: Odds(
        {Pattern.PLAIN: 0.5, Pattern.FLORAL: 0.25, Pattern.DOTS: 0.08, Pattern.STRIPES: 0.1, Pattern.ZIGZAG: 0.07}
    ),
    OutfitKind.STRAPS: Odds({Pattern.PLAIN: 0.5, Pattern.FLORAL: 0.3, Pattern.DOTS: 0.1, Pattern.ZIGZAG: 0.1}),
    OutfitKind.SWEATER: Odds({Pattern.KNIT: 0.6, Pattern.HEATHER: 0.2, Pattern.ZIGZAG: 0.1, Pattern.STRIPES: 0.1}),
    OutfitKind.TURTLENECK: Odds({Pattern.RIBBED: 0.5, Pattern.KNIT: 0.3, Pattern.PLAIN: 0.2}),
    OutfitKind.SHIRT: Odds(
        {
            Pattern.PLAIN: 0.4,
            Pattern.PLAID: 0.2,
            Pattern.PINSTRIPES: 0.15,
            Pattern.CHECK: 0.08,
            Pattern.DENIM: 0.09,
            Pattern.FLORAL: 0.08,
        }
    ),
    OutfitKind.POLO: _TOP_PATTERNS,
    OutfitKind.SUIT: Odds({Pattern.FELT: 0.6, Pattern.PLAIN: 0.2, Pattern.PINSTRIPES: 0.1, Pattern.CHECK: 0.1}),
    OutfitKind.JACKET: Odds({Pattern.PLAIN: 0.3, Pattern.LEATHER: 0.25, Pattern.DENIM: 0.25, Pattern.FELT: 0.2}),
    OutfitKind.HOODIE: Odds({Pattern.HEATHER: 0.5, Pattern.PLAIN: 0.4, Pattern.FELT: 0.1}),
}
LAYERED_SHIRT_ODDS = Odds({Pattern.PLAIN: 0.7, Pattern.PINSTRIPES: 0.15, Pattern.CHECK: 0.15})
"""Cloth of a shirt under a suit or a sweater."""

INNER_ODDS = Odds({Pattern.PLAIN: 0.9, Pattern.STRIPES: 0.1})
"""Cloth of garments worn under anything else."""

TRIM_ODDS = Odds({Pattern.PLAIN: 0.4, Pattern.STRIPES: 0.3, Pattern.DOTS: 0.3})


@dataclass(frozen=True, slots=True)
class Outfit:
    """Clothes of a person.

    Attributes:
        kind: kind of clothes.
        outer: cloth of the outermost piece.
        inner: cloth of the shirt under a jacket or sweater.
        trim: cloth of tie and cords, colour of buttons.
        depth: decimetres by which the neckline is lower than the base of the neck.
        open_collar: whether the top buttons are open.
        tie: whether a suit with a closed collar has a tie.
        ease: decimetres between skin and cloth.
    """

    kind: OutfitKind
    outer: Fabric
    inner: Fabric
    trim: Fabric
    depth: float
    open_collar: bool
    tie: bool
    ease: float


_NECKLINES = {OutfitKind.V_NECK: (0.5, 1.0), OutfitKind.SCOOP: (0.25, 0.8), OutfitKind.STRAPS: (0.5, 0.9)}
"""Depth of low necklines, decimetres."""


def sample_outfit(rng: np.random.Generator, identity: Identity) -> Outfit:
    """Sample everyday clothes that suit age and sex.

    Args:
        rng: random numbers.
        identity: the person.
    """
    woman = rng.random() > identity.sex
    odds = (WOMEN_ODDS if woman else MEN_ODDS) if identity.age > 16 else (GIRLS_ODDS if woman else BOYS_ODDS)
    kind = odds.sample(rng)
    dark = (0.06, 0.35) if kind in (OutfitKind.SUIT, OutfitKind.JACKET) and rng.random() < 0.8 else None
    outer = sample_fabric(rng, PATTERN_ODDS[kind], sample_colours(rng, dark))
    if outer.pattern == Pattern.DENIM:
        blue = np.array([0.03, 0.06, 0.13], np.float32) * np.float32(rng.uniform(0.4, 2.2))
        outer = replace(outer, colours=np.stack([blue, blue * 1.6, blue * 0.5]))
    light = (0.75, 0.95) if kind == OutfitKind.SUIT and rng.random() < 0.75 else None
    layered = kind in (OutfitKind.SUIT, OutfitKind.SWEATER)
    inner = sample_fabric(rng, LAYERED_SHIRT_ODDS if layered else INNER_ODDS, sample_colours(rng, light))
    trim = sample_fabric(rng, TRIM_ODDS, sample_colours(rng))
    return Outfit(
        kind,
        outer,
        inner,
        trim,
        float(rng.uniform(*_NECKLINES.get(kind, (-0.04, 0.10)))),
        bool(rng.random() < 0.6),
        bool(rng.random() < 0.55),
        float(rng.uniform(0.03, 0.07)),
    )
