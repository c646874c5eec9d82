"""Cutting of cloth: pieces of shells around the neck, shoulders and chest of one head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np

from export.synthesis.clothing.fabrics import Fabric
from export.synthesis.clothing.weaving import weave
from export.synthesis.head import Head, HeadPose
from export.synthesis.mesh import (
    Fragments,
    Material,
    Part,
    Reals,
    Shape,
    Solid,
    border_edges,
    clip,
    compact,
    extrude,
    posed_mesh,
    smooth,
)

UV, OCCLUSION, REST = slice(0, 2), 2, slice(3, 6)
"""Columns of a garment's attributes: fabric coordinates, ambient visibility, place on the rest head."""

# The shoulder's ridge on the rest body, decimetres: |x|, y. Fabric coordinates measure down from it.
RIDGE = np.array([[0.0, 6.2], [0.5, 6.1], [0.8, 5.88], [1.3, 5.66], [1.9, 5.44], [2.5, 4.95]])
RIDGE_DEPTH = -0.1

HEM, ARM = 4.85, 2.15
"""Rest height and half width, decimetres, at which the torso is cut off and cloth hangs straight down."""
DROP = 3.0


def torso_shape(head: Head) -> Shape:
    """Cut the skin of the neck below the chin, shoulders and chest out of a head; attributes as of garments."""
    assets = head.assets
    rest = assets.vertices
    below = rest[:, 1] < 6.36 - 0.32 * np.clip(rest[:, 2], 0, 1)
    body = assets.triangles[assets.group == 0]
    triangles = body[below[body].all(axis=1)]
    reach = np.abs(rest[:, 0])
    ridge = np.interp(reach, RIDGE[:, 0], RIDGE[:, 1])
    down = -np.hypot(np.minimum(rest[:, 1] - ridge, 0.0), rest[:, 2] - RIDGE_DEPTH)
    attributes = np.column_stack([rest[:, 0], down, np.ones(len(rest)), rest]).astype(np.float32)
    torso = compact(Shape(head.vertices, triangles.astype(np.int32), attributes))
    torso = clip(torso, lambda rows: rows[:, 4] - HEM)
    return clip(torso, lambda rows: ARM - np.abs(rows[:, 3]))


def height(rest: Reals) -> Reals:
    """Compute the height of rest positions above a plane through the pit of the throat and the seventh vertebra.

    Args:
        rest: (N, 3) positions on the rest head.

    Returns:
        (N,) decimetres.
    """
    return rest[:, 1] - 5.90 + 0.25 * rest[:, 2]


def climb(rest: Reals) -> Reals:
    """Compute a height that falls on the flat shoulders as fast as on the chest: about the distance from the neck.

    Args:
        rest: (N, 3) positions on the rest head.

    Returns:
        (N,) decimetres.
    """
    away = np.hypot(rest[:, 0] / 0.78, (rest[:, 2] - 0.2) / 0.52)
    return cast(Reals, height(rest) - 0.5 * np.maximum(away - 1, 0))


def closed(front: Reals, rest: Reals) -> Reals:
    """Limit an opening to the front.

    Args:
        front: (N,) values, negative in the opening.
        rest: (N, 3) positions on the rest head.

    Returns:
        (N,) ``front`` on the chest, positive behind the neck's axis.
    """
    return np.where(rest[:, 2] > 0.2, front, 1.0)


def front(rest: Reals) -> Reals:
    """Compute a share (N,) that is 0 behind the ears' plane and 1 on the chest."""
    return cast(Reals, np.clip((rest[:, 2] - 0.1) / 0.4, 0, 1))


class GarmentBuilder:
    """A builder of garments: cuts pieces of cloth from shells of one torso.

    Attributes:
        torso: skin below the chin.
        pose: pose of the head.
    """

    def __init__(self, torso: Shape, pose: HeadPose) -> None:
        """Keep the torso and the pose.

        Args:
            torso: shape of :func:`torso_shape`.
            pose: pose of the head.
        """
        self.torso = torso
        self.pose = pose
        self._smoothed: dict[int, Reals] = {}

    def shell(self, offset: float | Callable[[Reals], Reals], rounds: int = 6) -> Shape:
        """Push the torso out and bridge its hollows.

        Args:
            offset: decimetres between skin and shell, or a function of rest positions (N, 3) to (N,).
            rounds: steps of smoothing.
        """
        skin = self.torso.vertices
        if rounds not in self._smoothed:
            self._smoothed[rounds] = smooth(self.torso, skin, rounds)
        taut = self._smoothed[rounds]
        normals = replace(self.torso, vertices=taut).normals
        inside = np.maximum(-((taut - skin) * normals).sum(axis=1), 0)
        away = offset(self.rest) if callable(offset) else np.float32(offset)
        return replace(self.torso, vertices=(taut + normals * (inside + away)[:, None]).astype(np.float32))

    @property
    def rest(self) -> Reals:
        """(V, 3) rest positions of the torso."""
        return self.torso.attributes[:, REST]

    def cut(self, shell: Shape, *keep: Callable[[Reals], Reals], rim: float = 0.05) -> Shape:
        """Cut a piece out of a shell, with a rim, reaching far down.

        Args:
            shell: shape of :meth:`shell`.
            keep: functions of rest positions (N, 3) to (N,); the piece is where all of them are positive.
            rim: depth of the rim, decimetres.
        """
        piece = shell
        for side in keep:
            piece = clip(piece, _of_rest(side))
        edges = border_edges(piece)
        rest = piece.attributes[:, REST]
        hem = ((rest[:, 1] < HEM + 0.01) | (np.abs(rest[:, 0]) > ARM - 0.01))[edges].all(axis=1)
        rimmed = extrude(piece, edges[~hem], -piece.normals * np.float32(rim))
        edges = edges[hem]
        # first along the chest, which still swells, then straight down
        for slope, depth in ((0.62, 0.45), (0.0, DROP)):
            aside = np.clip(np.abs(rimmed.attributes[:, 3]) - 1.2, 0, 1) * np.sign(rimmed.attributes[:, 3])
            offset = np.stack([0.6 * aside, aside * 0 - 1, slope * (rimmed.attributes[:, 5] > 0.3)], axis=1) * depth
            start = len(rimmed.vertices)
            used = np.unique(edges)
            rimmed = extrude(rimmed, edges, offset.astype(np.float32))
            rimmed.attributes[start:, 1] -= depth
            edges = np.searchsorted(used, edges) + start
        return rimmed

    def part(self, shape: Shape, fabric: Fabric, name: str = "clothes") -> Part:
        """Make the posed part of a piece in its cloth."""
        mesh = posed_mesh(shape, self.pose.apply(shape.vertices, shape.attributes[:, REST]))

        def paint(fragments: Fragments) -> Material:
            rows = fragments.attributes
            return weave(fabric, mesh, fragments, rows[:, UV], rows[:, OCCLUSION])

        return Solid(name, mesh, paint)

    def on(self, shell: Shape, shape: Shape, rest: Reals) -> Shape:
        """Give a small object the attributes of cloth around one rest position, so that it moves along.

        Args:
            shell: shell that the object lies on.
            shape: the object.
            rest: (3,) rest position.
        """
        nearest = int(((shell.attributes[:, REST] - rest) ** 2).sum(axis=1).argmin())
        row = shell.attributes[nearest].copy()
        attributes = np.tile(row, (len(shape.vertices), 1))
        attributes[:, UV] += shape.vertices[:, :2] - shape.vertices[:, :2].mean(axis=0)
        return replace(shape, attributes=attributes.astype(np.float32))


def _of_rest(keep: Callable[[Reals], Reals]) -> Callable[[Reals], Reals]:
    """Turn a function of rest positions into one of attribute rows."""
    return lambda rows: keep(rows[:, REST])
