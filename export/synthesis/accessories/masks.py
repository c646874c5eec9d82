"""Masks over mouth and nose: medical, cloth and dust masks, and scarves pulled up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import cast

import cv2
import numpy as np
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from export.synthesis.clothing import Fabric, Pattern, sample_colours, sample_fabric, weave
from export.synthesis.head import Group, Head, HeadPose
from export.synthesis.mesh import (
    Fragments,
    Material,
    Part,
    Reals,
    Shape,
    Solid,
    clip,
    loft,
    merge,
    posed_mesh,
    thicken,
    tube,
)
from export.synthesis.sampling import Odds


class MaskKind(str, Enum):
    """Kinds of masks; a scarf is pulled up over the mouth."""

    MEDICAL = "medical"
    CLOTH = "cloth"
    DUST = "dust"
    SCARF = "scarf"


FREQUENCY = 0.04
"""Share of people who wear a mask."""

MASK_ODDS = Odds({MaskKind.MEDICAL: 0.5, MaskKind.CLOTH: 0.27, MaskKind.DUST: 0.13, MaskKind.SCARF: 0.10})
_CLOTHS = Odds({Pattern.PLAIN: 0.6, Pattern.FLORAL: 0.15, Pattern.DOTS: 0.1, Pattern.PLAID: 0.15})
_SCARVES = Odds({Pattern.KNIT: 0.6, Pattern.PLAIN: 0.4})

_MEDICAL = ((0.30, 0.55, 0.66), (0.70, 0.76, 0.78), (0.75, 0.75, 0.75), (0.02, 0.02, 0.025), (0.35, 0.60, 0.52))


_WIDTHS = {MaskKind.MEDICAL: 0.80, MaskKind.CLOTH: 0.78, MaskKind.DUST: 0.62, MaskKind.SCARF: 2.0}
"""Half the width of a mask over half that of the face."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A mask or scarf over the mouth.

    Attributes:
        kind: kind of mask.
        cloth: its cloth.
        drop: decimetres that it has slid down; 0 covers the nose.
        room: distance from the lips, decimetres.
    """

    kind: MaskKind
    cloth: Fabric
    drop: float
    room: float


def sample_mask(rng: np.random.Generator) -> Mask | None:
    """Sample a mask, or None; one mask in ten leaves the nose free."""
    if rng.random() > FREQUENCY:
        return None
    kind = MASK_ODDS.sample(rng)
    if kind in (MaskKind.MEDICAL, MaskKind.DUST):
        colour = np.array(
            _MEDICAL[int(rng.integers(5))] if kind == MaskKind.MEDICAL else (0.75, 0.74, 0.70), np.float32
        )
        colours = np.stack([colour] * 3)
        cloth = Fabric(Pattern.PLAIN, colours, 0.05, 0.006, 0.85, int(rng.integers(2**20)))
    else:
        cloth = sample_fabric(rng, _SCARVES if kind == MaskKind.SCARF else _CLOTHS, sample_colours(rng))
    drop = float(rng.uniform(0.22, 0.4)) if rng.random() < 0.1 else float(rng.uniform(-0.02, 0.08))
    return Mask(kind, cloth, drop, float(rng.uniform(0.03, 0.07)))


def build_mask(mask: Mask, head: Head, pose: HeadPose) -> list[Part]:
    """Build a mask and its loops on a head, posed.

    Args:
        mask: the mask.
        head: unposed head.
        pose: its pose.
    """
    points = head.landmarks
    face = _Cylinder.around(head, float(points[8, 1]) - (0.9 if mask.kind == MaskKind.SCARF else 0.3))
    mouth = points[[33, 57]].mean(axis=0)
    skin = face.points(face.radius)
    near = np.exp(-(((skin - mouth) / np.array([0.42, 0.40, 0.6])) ** 2).sum(axis=2))
    room = mask.room * near * (2.0 if mask.kind == MaskKind.DUST else 1.0)
    shell = face.shell(face.taut(0.025) + room.astype(np.float32))
    trimmed = _trim(mask, head, shell)
    piece = thicken(trimmed, 0.03)
    mesh = posed_mesh(piece, pose.rigid(piece.vertices))

    def paint(fragments: Fragments) -> Material:
        rows = fragments.attributes
        made = weave(mask.cloth, mesh, fragments, rows[:, :2], rows[:, 2])
        if mask.kind != MaskKind.MEDICAL:
            return made
        # three pleats across, and a welded edge along the top
        level = (rows[:, 4] - points[8, 1]) / (points[28, 1] - points[8, 1])
        pleat = ((level - 0.22) / 0.15) % 1.0
        within = np.clip(1 - np.abs(level - 0.45) / 0.26, 0, 1) > 0
        dark = 1 - 0.35 * np.exp(-((pleat / 0.12) ** 2)) * within
        return replace(made, occlusion=(made.occlusion * dark).astype(np.float32))

    parts: list[Part] = [Solid("mask", mesh, paint)]
    if mask.kind != MaskKind.SCARF:
        loops = merge([_loop(head, trimmed, side, end) for side in (-1, 1) for end in (0, 1)])
        string = posed_mesh(loops, pose.rigid(loops.vertices))
        white = np.full(3, 0.7, np.float32) if mask.kind != MaskKind.CLOTH else mask.cloth.colours[0]
        parts.append(Solid("mask", string, lambda fragments: Material.plain(fragments, white, 0.8, 0.02)))
    return parts


@dataclass(frozen=True, slots=True)
class _Cylinder:
    """The lower face without its ears as distances from an upright axis.

    Attributes:
        axis: z of the axis, decimetres.
        turn: (columns,) radians to the subject's left.
        level: (rows,) y from the top down, decimetres.
        radius: (rows, columns) distance of the skin from the axis, decimetres.
    """

    axis: float
    turn: Reals
    level: Reals
    radius: Reals

    @staticmethod
    def around(head: Head, lowest: float) -> _Cylinder:
        """Measure a head between the nose's root and ``lowest``."""
        points = head.landmarks
        axis = float(points[[0, 16], 2].mean()) - 0.25
        rows = head.assets.rows(Group.BODY)
        hollow = (head.assets.masks["ears"][rows] > 0.3) | (head.assets.masks["inside-mouth"][rows] > 0.5)
        v = head.vertices[rows[~hollow]]
        v = v[(v[:, 1] > lowest - 0.1) & (v[:, 1] < points[27, 1] + 0.2) & (np.abs(v[:, 0]) < 0.9)]
        distance = np.hypot(v[:, 0], v[:, 2] - axis)
        turn, level = np.radians(np.linspace(-115, 115, 64)), np.linspace(points[27, 1] + 0.1, lowest, 48)
        grid = np.stack(np.meshgrid(turn * 0.8, level), axis=-1).reshape(-1, 2)
        flat = np.column_stack([np.arctan2(v[:, 0], v[:, 2] - axis) * 0.8, v[:, 1]])
        near = cKDTree(flat).query(grid, k=4)[1]
        radius = np.quantile(distance[near], 0.8, axis=1).reshape(len(level), len(turn))
        return _Cylinder(axis, turn, level, radius.astype(np.float32))

    def points(self, radius: Reals) -> Reals:
        """Compute points (rows, columns, 3) at a radius."""
        turn, level = np.meshgrid(self.turn, self.level)
        return np.stack([np.sin(turn) * radius, level, self.axis + np.cos(turn) * radius], axis=-1)

    def taut(self, room: float) -> Reals:
        """Compute the radius of cloth stretched over nose, cheeks and chin, with ``room`` decimetres below it."""
        floor = self.radius + np.float32(room)
        # cloth that hangs from nose to chin covers the lips' hollows, and does not follow the neck
        cloth = floor
        for _ in range(24):
            blurred = cv2.GaussianBlur(cloth, (0, 0), 3.5, borderType=cv2.BORDER_REPLICATE)
            cloth = np.maximum(floor, blurred)
        return cv2.GaussianBlur(cloth, (0, 0), 0.8) + np.float32(0.01)

    def shell(self, radius: Reals) -> Shape:
        """Make cloth at a radius; attributes as of garments."""
        shape = loft(self.points(radius).astype(np.float32), closed=False)
        u, v = np.meshgrid(self.turn * 0.9, self.level)
        skin = self.points(radius).reshape(-1, 3)
        attributes = np.column_stack([u.ravel(), v.ravel(), np.ones(u.size), skin]).astype(np.float32)
        flipped = np.ascontiguousarray(shape.triangles[:, ::-1])
        return replace(shape, triangles=flipped).with_attributes(attributes)


def _trim(mask: Mask, head: Head, shell: Shape) -> Shape:
    """Cut the shell to the mask's outline."""
    points = head.landmarks
    half = float(points[16, 0] - points[0, 0]) / 2
    top, chin = float(points[28, 1]) + 0.05 - mask.drop, float(points[8, 1]) - 0.10
    side = _WIDTHS[mask.kind] * half

    def upper(rows: Reals) -> Reals:
        across = np.abs(rows[:, 3]) / half
        fall = 0.36 * np.clip(across, 0, 1) ** 1.3 * float(top - points[33, 1] + mask.drop) * 1.6
        return cast(Reals, top - fall - rows[:, 4])

    def lower(rows: Reals) -> Reals:
        across = np.abs(rows[:, 3]) / half
        rise = (0.0 if mask.kind == MaskKind.SCARF else 0.55) * np.clip(across, 0, 1) ** 2 * (points[33, 1] - chin)
        return cast(Reals, rows[:, 4] - (chin - (1.0 if mask.kind == MaskKind.SCARF else 0.0)) - rise)

    def sides(rows: Reals) -> Reals:
        return cast(Reals, side - np.abs(rows[:, 3]))

    for keep in (upper, lower, sides):
        shell = clip(shell, keep)
    return shell


def _loop(head: Head, trimmed: Shape, side: int, end: int) -> Shape:
    """Build an elastic string from a corner of the mask to behind the ear."""
    points = head.landmarks
    ears = head.assets.masks["ears"] > 0.5
    ear = head.vertices[ears & (head.vertices[:, 0] * side > 0)]
    height = float(np.quantile(ear[:, 1], 0.80 if end else 0.12))
    goal = np.array([side * (float(np.abs(ear[:, 0]).max()) - 0.05), height, float(ear[:, 2].mean())])
    edge = trimmed.vertices[trimmed.vertices[:, 0] * side > 0]
    outer = edge[np.abs(edge[:, 0]) > np.abs(edge[:, 0]).max() - 0.05]
    start = outer[outer[:, 1].argmax() if end else outer[:, 1].argmin()]
    share = np.linspace(0, 1, 16)[:, None]
    path = start * (1 - share) + goal * share
    skin = head.vertices[~ears & (head.vertices[:, 0] * side > 0.3) & (head.vertices[:, 1] > points[8, 1])]
    close = ((skin[None, :, 1:] - path[:, None, 1:]) ** 2).sum(axis=2) < 0.07**2
    surface = np.where(close, skin[None, :, 0] * side, 0).max(axis=1)
    path[:, 0] = side * np.maximum(path[:, 0] * side, surface + 0.015)
    return tube(path, 0.013, 6)
