"""Kinds of headwear, and the tools that they are made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from export.synthesis.clothing import Fabric, weave
from export.synthesis.head import Posing, Skull
from export.synthesis.mesh import Fragments, Material, Part, Reals, Shape, Solid, clip, posed_mesh, thicken

KINDS = ("cap", "beanie", "sun-hat", "headscarf", "hood", "turban", "helmet", "headphones", "headband")


@dataclass(frozen=True, slots=True)
class Headwear:
    """Something on the head.

    Attributes:
        kind: one of :data:`KINDS`.
        cloth: what it is made of.
        trim: of brim, band, cuff, cups.
        room: decimetres between scalp and cloth, for the hair.
        low: decimetres that it is pulled down.
        style: 0..1, whatever varies: turned-up cuff, curved brim, bobble.
    """

    kind: str
    cloth: Fabric
    trim: Fabric
    room: float
    low: float
    style: float


@dataclass(frozen=True, slots=True)
class Worn:
    """Posed headwear.

    Attributes:
        parts: what is drawn.
        covers: points (N, 3) of the unposed head -> (N,) bool, True where hair is under it and is not to be drawn.
    """

    parts: list[Part]
    covers: Callable[[Reals], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all headwear is made with."""

    skull: Skull
    posing: Posing
    headwear: Headwear

    def line(self, front: float, back: float) -> Callable[[Reals], Reals]:
        """Height (N,) of points above a plane that is ``front`` above the brows and ``back`` above them behind."""
        near, far = self.skull.centre[2] + 0.95, self.skull.centre[2] - 0.95
        slope = (front - back) / (near - far)

        def above(p: Reals) -> Reals:
            level = self.skull.brow + back + slope * (p[:, 2] - far) - self.headwear.low
            return cast(Reals, p[:, 1] - level)

        return above

    def part(self, shape: Shape, cloth: Fabric, relief: Callable[[Reals], Reals] | None = None) -> Part:
        """The posed part of cloth; ``relief`` darkens grooves: attribute rows -> (N,) factor."""
        mesh = posed_mesh(shape, self.posing.rigid(shape.vertices))

        def look(fragments: Fragments) -> Material:
            rows = fragments.attributes
            shade = rows[:, 2] if relief is None else (rows[:, 2] * relief(rows)).astype(np.float32)
            return weave(cloth, mesh, fragments, rows[:, :2], shade)

        return Solid("headwear", mesh, look)

    def cut(self, offset: Reals | float, *keep: Callable[[Reals], Reals], rim: float = 0.06) -> Shape:
        """The part of a shell whose scalp points make all of ``keep`` positive, with a rim."""
        shape = self.skull.shell(offset)
        for side in keep:
            shape = clip(shape, _of_scalp(side))
        return thicken(shape, rim)

    def dressed(self, shape: Shape) -> Shape:
        """A free shape with cloth's attributes: fabric coordinates from above, or its first two attributes."""
        flat = shape.attributes[:, :2] if shape.attributes.shape[1] == 2 else shape.vertices[:, [0, 2]]
        ones = np.ones(len(shape.vertices), np.float32)
        return shape.with_attributes(np.column_stack([flat, ones, shape.vertices]).astype(np.float32))


def _of_scalp(keep: Callable[[Reals], Reals]) -> Callable[[Reals], Reals]:
    """A function of scalp points as one of attribute rows."""
    return lambda rows: keep(rows[:, 3:6])
