"""Hairstyles, as a barber would list them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from export.synthesis.hair.texture import Texture
from export.synthesis.mesh import Floats

GREY = np.array([0.36, 0.34, 0.31], np.float32)
"""Hair without pigment, linear RGB."""


@dataclass(frozen=True, slots=True)
class HairStyle:
    """A way to wear hair; lengths in decimetres on the rest head.

    Attributes:
        name: what a barber would call it.
        top, front, sides, back: length of hair by place; ``front`` is above the forehead.
        uneven: share by which hairs are shorter at random.
        lift: 0 (flat) .. 1 (straight out of the skin).
        quiff: more of it at the front.
        radial: how much hair follows its natural whorl.
        forward, back_sweep: combing of the top to the front, or of everything to the back.
        part: x of the parting, or None.
        lateral: combing to both sides of the parting.
        mess: disorder of the combing.
        fringe: height over the brows at which a fringe is cut, or None.
        fringe_side: combing of the fringe to the subject's left.
        hem: height over the chin at which long hair is cut, or None.
        hold, reach, gravity, cling, volume: see :class:`Growth`; ``volume`` is the deepest layer.
        hairline: rise of the forehead's hairline; recession: 0..1 at its corners; baldness: 0..1 on the crown.
        nape: rise of the hairline at the neck.
        tie: height on the rest head at which hair is tied behind, or None; tail: length of the ponytail, 0 for a bun.
        count: paths; each becomes ``texture.wisp`` hairs.
        points: points of a hair.
        width: of a hair.
        opacity: of a hair, 0..1.
        gloss: strength of the highlights.
        tint: 0..1, how dark the scalp looks under the hair.
        texture: locks and curls.
        colour: (3,) linear RGB.
        natural: (3,) the same without dye.
        grey: share of white hairs.
        seed: of the hairline's raggedness.
    """

    name: str
    top: float = 0.5
    front: float = 0.5
    sides: float = 0.3
    back: float = 0.3
    uneven: float = 0.3
    lift: float = 0.3
    quiff: float = 0.0
    radial: float = 1.0
    forward: float = 0.0
    back_sweep: float = 0.0
    part: float | None = None
    lateral: float = 0.0
    mess: float = 0.2
    fringe: float | None = None
    fringe_side: float = 0.0
    hem: float | None = None
    hold: float = 3.0
    reach: float = 0.5
    gravity: float = 0.8
    cling: float = 0.3
    volume: float = 0.08
    hairline: float = 0.0
    recession: float = 0.0
    baldness: float = 0.0
    nape: float = 0.0
    tie: float | None = None
    tail: float = 0.0
    count: int = 2400
    points: int = 10
    width: float = 0.009
    opacity: float = 0.8
    gloss: float = 0.4
    tint: float = 0.92
    texture: Texture = field(default_factory=Texture)
    colour: Floats = field(default_factory=lambda: np.array([0.03, 0.015, 0.008], np.float32))
    natural: Floats = field(default_factory=lambda: np.array([0.03, 0.015, 0.008], np.float32))
    grey: float = 0.0
    seed: float = 0.0


def haircuts(rng: np.random.Generator) -> dict[str, HairStyle]:
    """One random variant of every style."""
    made = [*_cropped(rng), *_short(rng), *_long(rng), *_curly(rng)]
    return {style.name: style for style in made}


def _style(name: str, top: float, front: float, sides: float, back: float, **values: Any) -> HairStyle:
    return HairStyle(name, top, front, sides, back, **values)


def _cropped(rng: np.random.Generator) -> list[HairStyle]:
    u = rng.uniform
    plain = Texture(0.0, spread=0.06, taper=1.0)
    crop = {"volume": 0.0, "gravity": 0.0, "hold": 1.0}
    crew = {"lift": u(0.3, 0.6), "mess": u(0.1, 0.4), "count": 2700, "points": 7, "volume": 0.03, "gravity": 0.3}
    sides = u(0.06, 0.12)
    return [
        _style("bald", 0, 0, 0, 0, count=0, tint=u(0, 0.15)),
        _style(
            "shaved",
            *[0.03] * 4,
            lift=0.6,
            count=2600,
            points=3,
            width=0.006,
            opacity=0.5,
            tint=u(0.4, 0.7),
            texture=plain,
            **crop,
        ),
        _style("buzz", 0.09, 0.09, 0.06, 0.06, lift=0.55, count=2800, points=4, width=0.007, texture=plain, **crop),
        _style("crew", u(0.2, 0.32), u(0.2, 0.35), sides, sides, texture=_short_texture(rng), **crew),
    ]


def _short(rng: np.random.Generator) -> list[HairStyle]:
    u = rng.uniform
    texture = _short_texture(rng)
    side = float(rng.choice([-1, 1]))
    textured = {"lift": u(0.3, 0.5), "forward": u(0, 0.7), "mess": u(0.4, 0.8), "volume": 0.1, "cling": 0.15}
    parted = {"part": side * u(0.25, 0.4), "lateral": 1.6, "radial": 0.5, "back_sweep": u(0, 0.5), "mess": 0.12}
    parted |= {"lift": u(0.15, 0.3), "quiff": u(0, 0.2), "cling": 0.6, "reach": 0.9, "volume": u(0.06, 0.14)}
    slick = {"lift": 0.15, "radial": 0.1, "back_sweep": 1.5, "mess": 0.06, "cling": 1.0, "hold": 5.0, "reach": 2.0}
    slick |= {"volume": u(0.04, 0.1), "gloss": 0.8, "points": 14}
    quiff = {"lift": 0.3, "quiff": u(0.4, 0.6), "radial": 0.2, "back_sweep": 1.1, "mess": u(0.1, 0.3), "gravity": 0.2}
    quiff |= {"hold": 4.0, "reach": 1.0, "volume": 0.12, "cling": 0.3, "points": 14}
    fringe = {"lift": 0.2, "fringe": u(-0.05, 0.3), "fringe_side": u(-1, 1), "forward": 0.4, "gravity": 1.5}
    fringe |= {"volume": 0.12, "mess": 0.15, "points": 14}
    locks = replace(texture, clump=u(0.5, 0.8), locks=220)
    full = replace(texture, clump=0.25, taper=1.0)
    top = u(0.7, 0.95)
    back = u(0.9, 1.3)
    return [
        _style("textured", u(0.45, 0.7), u(0.4, 0.7), u(0.15, 0.3), u(0.15, 0.3), texture=locks, **textured),
        _style("side part", top, top, u(0.25, 0.4), u(0.2, 0.3), texture=texture, **parted),
        _style("slicked back", back, back, u(0.4, 0.6), u(0.3, 0.5), texture=texture, **slick),
        _style("quiff", u(0.5, 0.8), u(0.7, 1.0), u(0.12, 0.25), u(0.12, 0.2), texture=texture, **quiff),
        _style("fringe", u(0.8, 1.1), u(0.9, 1.2), u(0.4, 0.7), u(0.3, 0.5), texture=full, **fringe),
    ]


def _long(rng: np.random.Generator) -> list[HairStyle]:
    u = rng.uniform
    straight = _long_texture(rng)
    wave = replace(straight, radius=u(0.05, 0.1), pitch=u(0.6, 1.1), flatness=u(0.3, 0.7))
    part = float(rng.choice([-1, 1])) * u(0, 0.3)
    fall = _fall() | {"part": part, "lateral": 1.0, "radial": 0.8, "lift": 0.2}
    curtains = fall | {"part": u(-0.08, 0.08), "lateral": 1.3, "radial": 0.6, "lift": 0.3}
    bob = fall | {"uneven": 0.1, "hem": u(-0.2, 0.2), "fringe": u(-0.05, 0.25) if u() < 0.5 else None}
    loose = fall | {"uneven": 0.22, "back_sweep": u(0.1, 0.6), "fringe": u(0, 0.25) if u() < 0.2 else None}
    wavy = fall | {"uneven": 0.3, "back_sweep": u(0.1, 0.5), "points": 26, "volume": 0.2, "lift": 0.3}
    tied = {"uneven": 0.05, "lift": 0.1, "radial": 0.0, "mess": 0.05, "cling": 1.5, "hold": 6.0, "reach": 3.0}
    tied |= {"gravity": 0.3, "volume": u(0.03, 0.08), "points": 16, "count": 2000, "tie": u(7.2, 8.2)}
    tail = u(1.2, 2.6) if u() < 0.6 else 0.0
    length = u(1.8, 3.6)
    return [
        _style("curtains", u(1.0, 1.5), u(1.1, 1.5), u(0.4, 1.0), u(0.4, 0.8), texture=straight, **curtains),
        _style("bob", 1.8, 1.8, 1.6, 1.4, texture=straight, **bob),
        _style("shoulder", 2.6, 2.6, 2.2, 2.0, texture=straight, **loose),
        _style("long", 4.2, 4.2, 3.8, 3.6, texture=straight, **loose),
        _style("wavy", 1.1 * length, 1.1 * length, length, length, texture=wave, **wavy),
        _style("tied back", 1, 1, 1, 1, tail=tail, texture=replace(straight, clump=0.1), **tied),
    ]


def _curly(rng: np.random.Generator) -> list[HairStyle]:
    u = rng.uniform
    curls = Texture(u(0.4, 0.7), 450, u(0.05, 0.09), u(0.28, 0.5), frizz=0.03, wisp=4, spread=0.03, taper=0.8)
    tight = replace(curls, radius=u(0.03, 0.05), pitch=u(0.2, 0.3), wisp=5)
    kinky = Texture(0.5, 900, u(0.045, 0.06), u(0.16, 0.24), frizz=0.07, spread=0.04, taper=1.2)
    coil = replace(kinky, radius=0.025, pitch=0.12, frizz=0.04)
    long = _fall() | {"part": u(-0.3, 0.3), "lateral": 0.6, "radial": 0.9, "mess": 0.4, "lift": 0.45, "points": 32}
    long |= {"volume": 0.3, "gravity": 1.5, "cling": 0.0, "count": 1500}
    short = {"lift": 0.5, "mess": 0.5, "points": 20, "volume": 0.12, "gravity": 1.4, "cling": 0.0, "count": 2200}
    stand = {"lift": 0.95, "radial": 0.1, "hold": 0.5, "cling": 0.0, "volume": 0.0, "gloss": 0.15}
    afro = stand | {"uneven": 0.25, "mess": 0.3, "gravity": 0.05, "points": 24, "count": 1500, "width": 0.008}
    coils = stand | {"mess": 0.4, "gravity": 0.0, "points": 12, "count": 2800}
    length, ball, crop = u(0.7, 2.6), u(0.5, 1.1), u(0.12, 0.28)
    return [
        _style("curly", 1.1 * length, length, length, length, texture=curls, **long),
        _style("short curly", u(0.5, 0.9), u(0.5, 0.9), u(0.15, 0.35), u(0.15, 0.3), texture=tight, **short),
        _style("afro", ball, 0.9 * ball, 0.7 * ball, 0.75 * ball, texture=kinky, **afro),
        _style("coils", crop, crop, 0.7 * crop, 0.7 * crop, texture=coil, **coils),
    ]


def _short_texture(rng: np.random.Generator) -> Texture:
    return Texture(rng.uniform(0.2, 0.5), 400, frizz=0.015, spread=0.035, taper=0.6)


def _long_texture(rng: np.random.Generator) -> Texture:
    return Texture(rng.uniform(0.3, 0.6), 300, frizz=0.03, wisp=4, spread=0.055, taper=0.8)


def _fall() -> dict[str, Any]:
    """What hair has in common that is long enough to hang."""
    flow = {"points": 18, "count": 1600, "width": 0.011, "hold": 2.5, "reach": 0.7, "gravity": 2.5}
    return flow | {"cling": 0.5, "volume": 0.12}
