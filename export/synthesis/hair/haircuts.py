"""Random variants of haircuts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from export.synthesis.hair.hair_style import Haircut, HairStyle
from export.synthesis.hair.texture import Texture


def haircuts(rng: np.random.Generator) -> dict[Haircut, HairStyle]:
    """Sample one variant of every haircut."""
    made = [*_cropped(rng), *_short(rng), *_long(rng), *_curly(rng)]
    return {style.name: style for style in made}


def _style(name: Haircut, top: float, front: float, sides: float, back: float, **values: Any) -> HairStyle:
    return HairStyle(name, top, front, sides, back, **values)


def _cropped(rng: np.random.Generator) -> list[HairStyle]:
    u = rng.uniform
    plain = Texture(0.0, spread=0.06, taper=1.0)
    crop = {"volume": 0.0, "gravity": 0.0, "hold": 1.0}
    crew = {"lift": u(0.3, 0.6), "mess": u(0.1, 0.4), "count": 2700, "points": 7, "volume": 0.03, "gravity": 0.3}
    sides = u(0.06, 0.12)
    return [
        _style(Haircut.BALD, 0, 0, 0, 0, count=0, tint=u(0, 0.15)),
        _style(
            Haircut.SHAVED,
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
        _style(
            Haircut.BUZZ, 0.09, 0.09, 0.06, 0.06, lift=0.55, count=2800, points=4, width=0.007, texture=plain, **crop
        ),
        _style(Haircut.CREW, u(0.2, 0.32), u(0.2, 0.35), sides, sides, texture=_short_texture(rng), **crew),
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
        _style(Haircut.TEXTURED, u(0.45, 0.7), u(0.4, 0.7), u(0.15, 0.3), u(0.15, 0.3), texture=locks, **textured),
        _style(Haircut.SIDE_PART, top, top, u(0.25, 0.4), u(0.2, 0.3), texture=texture, **parted),
        _style(Haircut.SLICKED_BACK, back, back, u(0.4, 0.6), u(0.3, 0.5), texture=texture, **slick),
        _style(Haircut.QUIFF, u(0.5, 0.8), u(0.7, 1.0), u(0.12, 0.25), u(0.12, 0.2), texture=texture, **quiff),
        _style(Haircut.FRINGE, u(0.8, 1.1), u(0.9, 1.2), u(0.4, 0.7), u(0.3, 0.5), texture=full, **fringe),
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
        _style(Haircut.CURTAINS, u(1.0, 1.5), u(1.1, 1.5), u(0.4, 1.0), u(0.4, 0.8), texture=straight, **curtains),
        _style(Haircut.BOB, 1.8, 1.8, 1.6, 1.4, texture=straight, **bob),
        _style(Haircut.SHOULDER, 2.6, 2.6, 2.2, 2.0, texture=straight, **loose),
        _style(Haircut.LONG, 4.2, 4.2, 3.8, 3.6, texture=straight, **loose),
        _style(Haircut.WAVY, 1.1 * length, 1.1 * length, length, length, texture=wave, **wavy),
        _style(Haircut.TIED_BACK, 1, 1, 1, 1, tail=tail, texture=replace(straight, clump=0.1), **tied),
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
        _style(Haircut.CURLY, 1.1 * length, length, length, length, texture=curls, **long),
        _style(Haircut.SHORT_CURLY, u(0.5, 0.9), u(0.5, 0.9), u(0.15, 0.35), u(0.15, 0.3), texture=tight, **short),
        _style(Haircut.AFRO, ball, 0.9 * ball, 0.7 * ball, 0.75 * ball, texture=kinky, **afro),
        _style(Haircut.COILS, crop, crop, 0.7 * crop, 0.7 * crop, texture=coil, **coils),
    ]


def _short_texture(rng: np.random.Generator) -> Texture:
    return Texture(rng.uniform(0.2, 0.5), 400, frizz=0.015, spread=0.035, taper=0.6)


def _long_texture(rng: np.random.Generator) -> Texture:
    return Texture(rng.uniform(0.3, 0.6), 300, frizz=0.03, wisp=4, spread=0.055, taper=0.8)


def _fall() -> dict[str, Any]:
    """Return the parameters shared by all hair that is long enough to hang."""
    flow = {"points": 18, "count": 1600, "width": 0.011, "hold": 2.5, "reach": 0.7, "gravity": 2.5}
    return flow | {"cling": 0.5, "volume": 0.12}
