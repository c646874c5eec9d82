"""Shape and colour of hair on the head."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from export.synthesis.hair.texture import Texture
from export.synthesis.mesh import Floats

GREY = np.array([0.36, 0.34, 0.31], np.float32)
"""Colour of hair without pigment, linear RGB."""


class Haircut(str, Enum):
    """Kinds of haircuts."""

    BALD = "bald"
    SHAVED = "shaved"
    BUZZ = "buzz"
    CREW = "crew"
    TEXTURED = "textured"
    SIDE_PART = "side part"
    SLICKED_BACK = "slicked back"
    QUIFF = "quiff"
    FRINGE = "fringe"
    CURTAINS = "curtains"
    BOB = "bob"
    SHOULDER = "shoulder"
    LONG = "long"
    WAVY = "wavy"
    TIED_BACK = "tied back"
    CURLY = "curly"
    SHORT_CURLY = "short curly"
    AFRO = "afro"
    COILS = "coils"


@dataclass(frozen=True, slots=True)
class HairStyle:
    """Shape and colour of hair; lengths in decimetres on the rest head.

    Attributes:
        name: kind of haircut.
        top: length on top.
        front: length above the forehead.
        sides: length at the sides.
        back: length behind.
        uneven: share by which hairs are shorter at random.
        lift: 0 (flat) .. 1 (straight out of the skin).
        quiff: additional lift at the front.
        radial: how much hair follows its natural whorl.
        forward: combing of the top to the front.
        back_sweep: combing of everything to the back.
        part: x of the parting, or None.
        lateral: combing to both sides of the parting.
        mess: disorder of the combing.
        fringe: height above the brows at which a fringe is cut, or None.
        fringe_side: combing of the fringe to the subject's left.
        hem: height above the chin at which long hair is cut, or None.
        hold: see :class:`Growth`.
        reach: see :class:`Growth`.
        gravity: see :class:`Growth`.
        cling: see :class:`Growth`.
        volume: distance of the deepest layer from the skin.
        hairline: rise of the forehead's hairline.
        recession: 0..1, how far the hairline has receded at its corners.
        baldness: 0..1 on the crown.
        nape: rise of the hairline at the neck.
        tie: height on the rest head at which hair is tied behind, or None.
        tail: length of the ponytail, 0 for a bun.
        count: number of paths; each becomes ``texture.wisp`` hairs.
        points: points of a hair.
        width: of a hair.
        opacity: of a hair, 0..1.
        gloss: strength of the highlights.
        tint: 0..1, how dark the scalp looks under the hair.
        texture: locks and curls.
        colour: (3,) linear RGB.
        natural: (3,) linear RGB without dye.
        grey: share of white hairs.
        seed: of the hairline's raggedness.
    """

    name: Haircut
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
