"""Caps, beanies, hats, scarves, hoods, turbans, helmets, headphones and headbands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from export.synthesis.clothing import sample_colours, sample_fabric
from export.synthesis.head import Head, Identity, Posing, Skull
from export.synthesis.headwear.hats import beanie, hat, helmet, turban
from export.synthesis.headwear.kinds import KINDS, Headwear, Workshop, Worn
from export.synthesis.headwear.scarves import headband, headphones, scarf


def sample_headwear(rng: np.random.Generator, identity: Identity) -> Headwear | None:
    """Headwear for 8 % of people, else None."""
    if rng.random() > 0.08:
        return None
    woman = identity.sex < 0.5
    odds = np.array([0.24, 0.20, 0.10, 0.14 if woman else 0.0, 0.09, 0.02 if woman else 0.06, 0.07, 0.10, 0.08])
    kind = str(rng.choice(KINDS, p=odds / odds.sum()))
    patterns = {
        "beanie": {"knit": 0.5, "ribbed": 0.4, "heather": 0.1},
        "sun-hat": {"felt": 0.5, "heather": 0.5},
        "headscarf": {"plain": 0.7, "floral": 0.15, "dots": 0.05, "stripes": 0.1},
        "headband": {"plain": 0.6, "ribbed": 0.2, "floral": 0.2},
        "turban": {"plain": 1.0},
    }.get(kind, {"plain": 0.7, "heather": 0.15, "denim": 0.15})
    cloth = sample_fabric(rng, patterns, sample_colours(rng))
    if kind == "sun-hat" and rng.random() < 0.6:
        straw = np.array([0.50, 0.36, 0.18], np.float32) * np.float32(rng.uniform(0.6, 1.3))
        cloth = replace(cloth, pattern="heather", colours=np.stack([straw, straw, straw]))
    trim = sample_fabric(rng, {"plain": 1.0}, sample_colours(rng))
    return Headwear(
        kind,
        cloth,
        trim if rng.random() < 0.5 else replace(trim, colours=cloth.colours * np.float32(0.8)),
        float(rng.uniform(0.06, 0.11)),
        float(rng.normal(0, 0.04)),
        float(rng.random()),
    )


def build_headwear(headwear: Headwear, head: Head, posing: Posing) -> Worn:
    """The headwear on a head, posed."""
    skull = Skull.of(head)
    workshop = Workshop(skull, posing, headwear)
    match headwear.kind:
        case "cap" | "sun-hat":
            return hat(workshop)
        case "beanie":
            return beanie(workshop)
        case "headscarf" | "hood":
            return scarf(workshop)
        case "turban":
            return turban(workshop)
        case "helmet":
            return helmet(workshop)
        case "headphones":
            return headphones(workshop, head)
        case "headband":
            return headband(workshop)
        case _:
            raise ValueError(f"unknown headwear {headwear.kind!r}: choose one of {', '.join(KINDS)}")
