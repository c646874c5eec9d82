"""Which hairstyle somebody wears, in which colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from export.synthesis.hair.haircuts import HairStyle, haircuts
from export.synthesis.head import Identity
from export.synthesis.mesh import Floats

# Share of wearers among women, men and children of straight-haired and of curly-haired ancestry.
_WOMEN = {
    "long": 0.2, "shoulder": 0.19, "bob": 0.12, "wavy": 0.17, "curly": 0.08, "tied back": 0.12, "fringe": 0.02,
    "side part": 0.03, "curtains": 0.03, "textured": 0.02, "short curly": 0.02,
}  # fmt: skip
_MEN = {
    "bald": 0.04, "shaved": 0.06, "buzz": 0.1, "crew": 0.18, "textured": 0.16, "side part": 0.15, "slicked back": 0.06,
    "quiff": 0.08, "curtains": 0.04, "fringe": 0.07, "shoulder": 0.02, "wavy": 0.02, "short curly": 0.04,
}  # fmt: skip
_CURLY_WOMEN = {
    "afro": 0.25,
    "curly": 0.25,
    "coils": 0.12,
    "short curly": 0.08,
    "tied back": 0.15,
    "long": 0.08,
    "bob": 0.07,
}
_CURLY_MEN = {"shaved": 0.2, "buzz": 0.25, "coils": 0.3, "bald": 0.08, "afro": 0.1, "short curly": 0.07}


def sample_hair(rng: np.random.Generator, identity: Identity) -> HairStyle:
    """A hairstyle by sex, age and ancestry, with its colour, its grey and its hairline."""
    male = rng.uniform() < identity.sex
    curly = rng.uniform() < identity.ancestry[2]
    table = (_CURLY_MEN if male else _CURLY_WOMEN) if curly else (_MEN if male else _WOMEN)
    names = list(table)
    share = np.array([table[n] for n in names])
    if identity.age < 16:
        share[[names.index(n) for n in ("bald", "shaved", "slicked back") if n in names]] = 0
    style = haircuts(rng)[str(rng.choice(names, p=share / share.sum()))]
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
    """Colour (3,) linear RGB of hair without grey or dye, by its eumelanin and pheomelanin.

    Absorption after d'Eon et al., "An Energy-Conserving Hair Reflectance Model" (EGSR 2011).
    """
    pale = float(identity.ancestry[0]) * (1 - 0.6 * identity.melanin)
    dark = np.exp(rng.normal(1.6, 0.35))
    eumelanin = np.exp(rng.normal(-0.1, 0.9)) if rng.uniform() < pale else dark
    pheomelanin = rng.uniform(0.6, 1.6) if rng.uniform() < 0.06 * pale else rng.uniform(0.02, 0.35)
    absorption = eumelanin * np.array([0.419, 0.697, 1.37]) + pheomelanin * np.array([0.187, 0.4, 1.05])
    return np.asarray(0.005 + np.exp(-4.0 * np.sqrt(absorption)), np.float32)
