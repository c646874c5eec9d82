"""Kinds of headwear, and the builder that they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import cast

import numpy as np
from numpy.typing import NDArray

from export.synthesis.clothing import Fabric, weave
from export.synthesis.head import HeadPose, Skull
from export.synthesis.mesh import Fragments, Material, Part, Reals, Shape, Solid, clip, posed_mesh, thicken


class HeadwearKind(str, Enum):
    """Kinds of headwear."""

    CAP = "cap"
    BEANIE = "beanie"
    SUN_HAT = "sun-hat"
    HEADSCARF = "headscarf"
    HOOD = "hood"
    TURBAN = "turban"
    HELMET = "helmet"
    HEADPHONES = "headphones"
    HEADBAND = "headband"


@dataclass(frozen=True, slots=True)
class Headwear:
    """A piece of headwear.

    Attributes:
        kind: kind of headwear.
        cloth: its cloth.
        trim: cloth of brim, band, cuff, cups.
        room: decimetres between scalp and cloth, for the hair.
        low: decimetres that it is pulled down.
        style: 0..1, parameter of the kind's variants: turned-up cuff, curved brim, bobble.
    """

    kind: HeadwearKind
    cloth: Fabric
    trim: Fabric
    room: float
    low: float
    style: float


@dataclass(frozen=True, slots=True)
class PosedHeadwear:
    """Posed headwear.

    Attributes:
        parts: parts to draw.
        covers: function of points (N, 3) of the unposed head to (N,) bool, True where it covers hair, which is not
            drawn.
    """

    parts: list[Part]
    covers: Callable[[Reals], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class HeadwearBuilder:
    """A builder of headwear: cuts and paints it for one head.

    Attributes:
        skull: the head that it sits on.
        pose: pose of the head.
        headwear: kind, cloth and fit.
    """

    skull: Skull
    pose: HeadPose
    headwear: Headwear

    def line(self, front: float, back: float) -> Callable[[Reals], Reals]:
        """Make a function of points (N, 3) to their height (N,) above a slanted plane.

        Args:
            front: decimetres of the plane above the brows in front.
            back: decimetres of the plane above the brows behind.
        """
        near, far = self.skull.centre[2] + 0.95, self.skull.centre[2] - 0.95
        slope = (front - back) / (near - far)

        def above(p: Reals) -> Reals:
            level = self.skull.brow + back + slope * (p[:, 2] - far) - self.headwear.low
            return cast(Reals, p[:, 1] - level)

        return above

    def part(self, shape: Shape, cloth: Fabric, relief: Callable[[Reals], Reals] | None = None) -> Part:
        """Make the posed part of cloth.

        Args:
            shape: shape with the attributes of garments.
            cloth: its cloth.
            relief: function of attribute rows (N, C) to factors (N,) that darken grooves.
        """
        mesh = posed_mesh(shape, self.pose.rigid(shape.vertices))

        def paint(fragments: Fragments) -> Material:
            rows = fragments.attributes
            shade = rows[:, 2] if relief is None else (rows[:, 2] * relief(rows)).astype(np.float32)
            return weave(cloth, mesh, fragments, rows[:, :2], shade)

        return Solid("headwear", mesh, paint)

    def cut(self, offset: Reals | float, *keep: Callable[[Reals], Reals], rim: float = 0.06) -> Shape:
        """Cut a piece out of a shell, with a rim.

        Args:
            offset: decimetres between skin and shell, one number or (rows, columns).
            keep: functions of scalp points (N, 3) to (N,); the piece is where all of them are positive.
            rim: depth of the rim, decimetres.
        """
        shape = self.skull.shell(offset)
        for side in keep:
            shape = clip(shape, _of_scalp(side))
        return thicken(shape, rim)

    def with_cloth_attributes(self, shape: Shape) -> Shape:
        """Give a free shape the attributes of garments.

        The fabric coordinates are its first two attributes, or the view from above if it has another number of them.
        """
        flat = shape.attributes[:, :2] if shape.attributes.shape[1] == 2 else shape.vertices[:, [0, 2]]
        ones = np.ones(len(shape.vertices), np.float32)
        return shape.with_attributes(np.column_stack([flat, ones, shape.vertices]).astype(np.float32))


def _of_scalp(keep: Callable[[Reals], Reals]) -> Callable[[Reals], Reals]:
    """Turn a function of scalp points into one of attribute rows."""
    return lambda rows: keep(rows[:, 3:6])
