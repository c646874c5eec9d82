"""Odds of a person's haircut and hair colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from export.synthesis.hair.hair_style import Haircut, HairStyle
from export.synthesis.hair.haircuts import haircuts
from export.synthesis.head import Identity
from export.synthesis.mesh import Floats
from export.synthesis.sampling import Odds

# haircuts of women and of men, of straight-haired and of curly-haired ancestry
WOMEN_ODDS = Odds(
    {
        Haircut.LONG: 0.2,
        Haircut.SHOULDER: 0.19,
        Haircut.BOB: 0.12,
        Haircut.WAVY: 0.17,
        Haircut.CURLY: 0.08,
        Haircut.TIED_BACK: 0.12,
        Haircut.FRINGE: 0.02,
        Haircut.SIDE_PART: 0.03,
        Haircut.CURTAINS: 0.03,
        Haircut.TEXTURED: 0.02,
        Haircut.SHORT_CURLY: 0.02,
    }
)
MEN_ODDS = Odds(
    {
        Haircut.BALD: 0.04,
        Haircut.SHAVED: 0.06,
        Haircut.BUZZ: 0.1,
        Haircut.CREW: 0.17,
        Haircut.TEXTURED: 0.16,
        Haircut.SIDE_PART: 0.14,
        Haircut.SLICKED_BACK: 0.06,
        Haircut.QUIFF: 0.08,
        Haircut.CURTAINS: 0.04,
        Haircut.FRINGE: 0.07,
        Haircut.SHOULDER: 0.02,
        Haircut.WAVY: 0.02,
        Haircut.SHORT_CURLY: 0.04,
    }
)
CURLY_WOMEN_ODDS = Odds(
    {
        Haircut.AFRO: 0.25,
        Haircut.CURLY: 0.25,
        Haircut.COILS: 0.12,
        Haircut.SHORT_CURLY: 0.08,
        Haircut.TIED_BACK: 0.15,
        Haircut.LONG: 0.08,
        Haircut.BOB: 0.07,
    }
)
CURLY_MEN_ODDS = Odds(
    {
        Haircut.SHAVED: 0.2,
        Haircut.BUZZ: 0.25,
        Haircut.COILS: 0.3,
        Haircut.BALD: 0.08,
        Haircut.AFRO: 0.1,
        Haircut.SHORT_CURLY: 0.07,
    }
)

ADULTS_ONLY = frozenset({Haircut.BALD, Haircut.SHAVED, Haircut.SLICKED_BACK})
"""Haircuts that children do not have."""


def sample_hair(rng: np.random.Generator, identity: Identity) -> HairStyle:
    """Sample a haircut by sex, age and ancestry, with its colour, its grey and its hairline.

    Args:
        rng: random numbers.
        identity: the person.
    """
    male = rng.uniform() < identity.sex
    curly = rng.uniform() < identity.ancestry[2]
    odds = (CURLY_MEN_ODDS if male else CURLY_WOMEN_ODDS) if curly else (MEN_ODDS if male else WOMEN_ODDS)
    if identity.age < 16:
        odds = odds.without(ADULTS_ONLY)
    style = haircuts(rng)[odds.sample(rng)]
    old = float(np.clip((identity.age - 30) / 45, 0, 1))
    recession = float(np.clip(rng.normal(0.9 * old, 0.35), 0, 1)) if male and identity.age > 20 else 0.0
    baldness = float(rng.uniform(0.3, 1.0)) if male and rng.uniform() < 0.35 * old and style.top < 1 else 0.0
    grey = float(np.clip(rng.normal(1.1 * old - 0.25, 0.3), 0, 1)) if identity.age > 30 else 0.0
    natural = hair_colour(rng, identity)
    dyed = rng.uniform() < (0.04 if not male and identity.age > 15 else 0.005)
    dye = np.asarray(rng.uniform(0.02, 0.4) ** rng.uniform(0.6, 1.6, 3), np.float32) if dyed else None
    return replace(
        style,
        colour=natural if dye is None else dye,
        natural=natural,
        grey=0.0 if dyed else grey,
        recession=recession,
        baldness=baldness,
        hairline=float(rng.normal(0, 0.035)),
        nape=float(rng.normal(0, 0.05)),
        seed=float(rng.uniform(0, 6.28)),
    )


def hair_colour(rng: np.random.Generator, identity: Identity) -> Floats:
    """Sample the colour of hair without grey or dye, by its eumelanin and pheomelanin.

    Absorption after d'Eon et al., "An Energy-Conserving Hair Reflectance Model" (EGSR 2011).

    Args:
        rng: random numbers.
        identity: the person.

    Returns:
        (3,) float32 linear RGB.
    """
    pale = float(identity.ancestry[0]) * (1 - 0.6 * identity.melanin)
    dark = np.exp(rng.normal(1.6, 0.35))
    eumelanin = np.exp(rng.normal(-0.1, 0.9)) if rng.uniform() < pale else dark
    pheomelanin = rng.uniform(0.6, 1.6) if rng.uniform() < 0.06 * pale else rng.uniform(0.02, 0.35)
    absorption = eumelanin * np.array([0.419, 0.697, 1.37]) + pheomelanin * np.array([0.187, 0.4, 1.05])
    return np.asarray(0.005 + np.exp(-4.0 * np.sqrt(absorption)), np.float32)
