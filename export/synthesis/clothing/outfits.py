"""What people wear: kinds of clothes, and how often they are seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from export.synthesis.clothing.fabrics import Fabric, sample_colours, sample_fabric
from export.synthesis.head import Identity

KINDS = ("tee", "v-neck", "scoop", "straps", "sweater", "turtleneck", "shirt", "polo", "suit", "jacket", "hoodie")


@dataclass(frozen=True, slots=True)
class Outfit:
    """What a person wears.

    Attributes:
        kind: one of :data:`KINDS`.
        outer: the cloth that is seen most.
        inner: of the shirt under a jacket or sweater.
        trim: of tie, cords, straps' edges, buttons (its ground colour).
        depth: decimetres by which the neckline is lower than the base of the neck.
        open_collar: top buttons open; otherwise closed, with a tie for suits if ``tie``.
        tie: a tie hangs from the collar.
        ease: decimetres between skin and cloth.
    """

    kind: str
    outer: Fabric
    inner: Fabric
    trim: Fabric
    depth: float
    open_collar: bool
    tie: bool
    ease: float


def sample_outfit(rng: np.random.Generator, identity: Identity) -> Outfit:
    """Everyday clothes that suit age and sex."""
    woman = rng.random() > identity.sex
    grown = identity.age > 16
    weights = {
        "tee": 0.24, "v-neck": 0.06, "scoop": 0.10 if woman else 0.0, "straps": 0.05 if woman and grown else 0.0,
        "sweater": 0.10, "turtleneck": 0.05, "shirt": 0.18, "polo": 0.07, "suit": 0.12 if grown else 0.01,
        "jacket": 0.10, "hoodie": 0.08,
    }  # fmt: skip
    odds = np.array(list(weights.values()))
    kind = list(weights)[int(rng.choice(len(odds), p=odds / odds.sum()))]
    plain = {"plain": 0.6, "heather": 0.15, "stripes": 0.1, "floral": 0.05, "dots": 0.03, "denim": 0.02}
    patterns = {
        "tee": plain, "v-neck": plain, "polo": plain,
        "scoop": {"plain": 0.5, "floral": 0.25, "dots": 0.08, "stripes": 0.1, "zigzag": 0.07},
        "straps": {"plain": 0.5, "floral": 0.3, "dots": 0.1, "zigzag": 0.1},
        "sweater": {"knit": 0.6, "heather": 0.2, "zigzag": 0.1, "stripes": 0.1},
        "turtleneck": {"ribbed": 0.5, "knit": 0.3, "plain": 0.2},
        "shirt": {"plain": 0.4, "plaid": 0.2, "pinstripes": 0.15, "check": 0.08, "denim": 0.09, "floral": 0.08},
        "suit": {"felt": 0.6, "plain": 0.2, "pinstripes": 0.1, "check": 0.1},
        "jacket": {"plain": 0.3, "leather": 0.25, "denim": 0.25, "felt": 0.2},
        "hoodie": {"heather": 0.5, "plain": 0.4, "felt": 0.1},
    }[kind]  # fmt: skip
    dark = (0.06, 0.35) if kind in ("suit", "jacket") and rng.random() < 0.8 else None
    outer = sample_fabric(rng, patterns, sample_colours(rng, dark))
    if outer.pattern == "denim":
        blue = np.array([0.03, 0.06, 0.13], np.float32) * np.float32(rng.uniform(0.4, 2.2))
        outer = replace(outer, colours=np.stack([blue, blue * 1.6, blue * 0.5]))
    light = (0.75, 0.95) if kind == "suit" and rng.random() < 0.75 else None
    under = (
        {"plain": 0.7, "pinstripes": 0.15, "check": 0.15}
        if kind in ("suit", "sweater")
        else {"plain": 0.9, "stripes": 0.1}
    )
    inner = sample_fabric(rng, under, sample_colours(rng, light))
    trim = sample_fabric(rng, {"plain": 0.4, "stripes": 0.3, "dots": 0.3}, sample_colours(rng))
    depth = {"v-neck": rng.uniform(0.5, 1.0), "scoop": rng.uniform(0.25, 0.8), "straps": rng.uniform(0.5, 0.9)}
    return Outfit(
        kind,
        outer,
        inner,
        trim,
        float(depth.get(kind, rng.uniform(-0.04, 0.10))),
        bool(rng.random() < 0.6),
        bool(rng.random() < 0.55),
        float(rng.uniform(0.03, 0.07)),
    )
