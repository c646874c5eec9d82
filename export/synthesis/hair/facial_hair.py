"""Facial hair: brows, lashes and beard, rooted in the skin with its expression, so that they move with the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from export.synthesis.hair.beard_kinds import BEARDS, MEN_BEARD_ODDS, Beard, BeardKind
from export.synthesis.hair.beards import beard_density, grow_beard
from export.synthesis.hair.brows import Brows, grow_brows
from export.synthesis.hair.follicles import Follicles
from export.synthesis.hair.hair_style import HairStyle
from export.synthesis.hair.lashes import LashCards, Lashes, grow_lashes
from export.synthesis.head import Head, Identity
from export.synthesis.mesh import Floats, Strands


@dataclass(frozen=True, slots=True)
class FacialHair:
    """All hair of a face except the hair of the head.

    Attributes:
        brows: shape and hairs of the brows.
        lashes: length and hairs of the lashes.
        beard: the beard.
        colour: (3,) linear RGB of brows and beard.
        grey: share of white hairs in the beard.
    """

    brows: Brows
    lashes: Lashes
    beard: Beard
    colour: Floats
    grey: float


@dataclass(frozen=True, slots=True)
class GrownFacialHair:
    """Hairs in the frame of the unposed head, and the shadow of shaved ones.

    Attributes:
        strands: brows, lashes and, where there is one, the beard.
        shadow: (V,) float32 0..1, how much ``colour`` darkens the skin at each vertex.
        colour: (3,) linear RGB.
    """

    strands: tuple[Strands, ...]
    shadow: Floats
    colour: Floats


def sample_facial_hair(rng: np.random.Generator, identity: Identity, hair: HairStyle) -> FacialHair:
    """Sample brows, lashes and a beard that fit the person and the hair.

    Args:
        rng: random numbers.
        identity: the person.
        hair: hair of the head.
    """
    male, adult = identity.sex, float(np.clip((identity.age - 10) / 8, 0, 1))
    old = float(np.clip((identity.age - 45) / 35, 0, 1))
    bushy = float(np.clip(rng.normal(0.35 + 0.35 * male * adult - 0.1 * old, 0.2), 0, 1))
    brows = Brows(
        height=0.022 + 0.028 * bushy,
        length=rng.uniform(0.05, 0.075) + 0.025 * bushy + 0.03 * old * male * rng.uniform(),
        count=int((260 + 400 * bushy) * (1 - 0.3 * old)),
        width=0.0028 + 0.001 * bushy,
        opacity=rng.uniform(0.55, 0.9),
        drop=rng.uniform(0.2, 0.7),
        mess=8 + 14 * rng.uniform() + 10 * old,
    )
    made_up = male < 0.5 and identity.age > 15 and rng.uniform() < 0.45
    lashes = Lashes(
        length=rng.uniform(0.75, 1.05) + 0.35 * made_up,
        count=int(rng.uniform(60, 100) + 50 * made_up),
        width=0.0028 + 0.002 * made_up,
        colour=np.full(3, 0.004, np.float32) if made_up else (0.5 * hair.natural + 0.002).astype(np.float32),
    )
    bearded = male >= 0.5 and identity.age >= 17
    beard = BEARDS[MEN_BEARD_ODDS.sample(rng) if bearded else BeardKind.NONE].sample(rng)
    # brows are a little darker than the hair, except black ones
    colour = (hair.natural * rng.uniform(0.55, 1.0)).astype(np.float32)
    return FacialHair(brows, lashes, beard, colour, hair.grey)


def grow_facial_hair(
    rng: np.random.Generator, head: Head, hair: FacialHair, follicles: Follicles, cards: LashCards
) -> GrownFacialHair:
    """Grow facial hair on a head with its expression.

    Args:
        rng: random numbers.
        head: unposed head.
        hair: brows, lashes and beard.
        follicles: skin that hairs grow from.
        cards: where lashes grow.
    """
    grown = [
        grow_brows(rng, head, hair.brows, hair.colour, hair.grey, follicles),
        grow_lashes(rng, head, hair.lashes, cards),
    ]
    density = beard_density(follicles.rest, hair.beard) * (1 - follicles.bare)
    beard = grow_beard(rng, head, hair.beard, density, hair.colour, hair.grey, follicles)
    if beard is not None:
        grown.append(beard)
    return GrownFacialHair(tuple(grown), (density * hair.beard.shadow).astype(np.float32), hair.colour)
