"""Geometry of glasses: outlines, position on the nose, rims, bridge, temples and panes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from export.synthesis.head import Head
from export.synthesis.mesh import Reals, Shape, ellipsoid, tube


class GlassesShape(str, Enum):
    """Shapes of glasses."""

    ROUND = "round"
    OVAL = "oval"
    SQUARE = "square"
    RECTANGLE = "rectangle"
    WAYFARER = "wayfarer"
    CAT_EYE = "cat-eye"
    AVIATOR = "aviator"
    HALF_RIM = "half-rim"
    RIMLESS = "rimless"


# Half width and half height of a pane (decimetres at 0.62 between the eyes), squareness, width of the top against the
# bottom, lift of the outer top corner, sag of the lower part.
_OUTLINES = {
    GlassesShape.ROUND: (0.235, 0.225, 2.1, 0.0, 0.0, 0.0),
    GlassesShape.OVAL: (0.26, 0.185, 2.2, 0.0, 0.0, 0.0),
    GlassesShape.SQUARE: (0.265, 0.215, 4.0, 0.04, 0.0, 0.0),
    GlassesShape.RECTANGLE: (0.275, 0.165, 4.5, 0.03, 0.0, 0.0),
    GlassesShape.WAYFARER: (0.28, 0.215, 3.4, 0.10, 0.02, 0.0),
    GlassesShape.CAT_EYE: (0.275, 0.195, 2.8, 0.10, 0.07, 0.0),
    GlassesShape.AVIATOR: (0.29, 0.235, 2.7, 0.10, 0.0, 0.05),
    GlassesShape.HALF_RIM: (0.27, 0.165, 4.0, 0.03, 0.0, 0.0),
    GlassesShape.RIMLESS: (0.26, 0.175, 3.2, 0.02, 0.0, 0.0),
}


@dataclass(frozen=True, slots=True)
class Glasses:
    """A pair of glasses.

    Attributes:
        shape: shape of the panes and their frame.
        size: size of the panes; 1 is usual.
        thickness: thickness of the frame, decimetres.
        metal: whether the frame is of metal instead of acetate.
        colour: (3,) linear RGB of the frame.
        tortoise: whether the acetate has amber flecks.
        transmission: (3,) transmission of the panes, linear RGB.
        reflection: reflectance of the panes, 0..1.
        drop: decimetres that they have slid down the nose.
        seed: seed of the flecks.
    """

    shape: GlassesShape
    size: float
    thickness: float
    metal: bool
    colour: Reals
    tortoise: bool
    transmission: Reals
    reflection: float
    drop: float
    seed: int


def face_width(head: Head) -> float:
    """Measure the distance between the first and the last jaw point along x, decimetres."""
    return float(head.landmarks[16, 0] - head.landmarks[0, 0])


def pane_outline(glasses: Glasses, scale: float, points: int = 56) -> Reals:
    """Compute the outline of the subject's left pane about its middle.

    Args:
        glasses: the glasses.
        scale: size of the face; 1 for the rest head.
        points: number of points N.

    Returns:
        (N, 2) decimetres, x outwards; starts outside and goes over the top.
    """
    width, height, square, top, corner, sag = _OUTLINES[glasses.shape]
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    x = np.sign(cos) * np.abs(cos) ** (2 / square)
    y = np.sign(sin) * np.abs(sin) ** (2 / square)
    x = x * (1 + top * y)
    lift = corner * np.clip(x, 0, 1.2) ** 2 * np.clip(y + 0.2, 0, 1.2)
    low = -sag * np.clip(-y, 0, 1) * (1 + 0.4 * x)
    return np.column_stack([width * x, height * y + lift + low]) * glasses.size * scale  # type: ignore[no-any-return]


def seat_depth(glasses: Glasses, head: Head, panes: list[Reals], tilt: float) -> float:
    """Compute the depth at which glasses rest on the nose, just in front of lids, brows and cheeks.

    Args:
        glasses: the glasses.
        head: unposed head.
        panes: (N, 2) outline of each pane in the front view.
        tilt: how much the panes lean forward at the brow, depth over height.

    Returns:
        z of the front at the midline, decimetres.
    """
    level = float(np.mean([eye.centre[1] for eye in head.eyes]))
    face = head.vertices[(head.vertices[:, 2] > 0.6) & (np.abs(head.vertices[:, 1] - level) < 0.5)]
    inner = np.concatenate(
        [pane[None] * s + pane.mean(axis=0) * (1 - s) for pane in panes for s in (1.0, 0.6, 0.2)], axis=0
    )
    points = inner.reshape(-1, 2)[::4]
    distance = (points[:, None, 0] - face[None, :, 0]) ** 2 + (points[:, None, 1] - face[None, :, 1]) ** 2
    skin = face[distance.argmin(axis=1), 2]
    needed = skin + 0.09 * points[:, 0] ** 2 - tilt * (points[:, 1] - level)
    nasal = np.abs(points[:, 0]) < 0.16
    outer = float(np.quantile(needed[~nasal], 0.95)) + 0.03 + glasses.thickness
    eye = max(float(e.centre[2] + e.radius) for e in head.eyes)
    # the rims may straddle the nose's flanks, the bridge may not sink into its ridge
    ridge = float(np.interp(level, head.landmarks[[28, 27], 1], head.landmarks[[28, 27], 2])) - 0.02
    return max(min(outer, eye + 0.22), eye + 0.08, ridge)


def rims(glasses: Glasses, panes: list[Reals], place: Callable[[Reals], Reals]) -> list[Shape]:
    """Build the rings around the panes; only the upper half, or none, for half-rim and rimless glasses.

    Args:
        glasses: the glasses.
        panes: (N, 2) outline of each pane in the front view.
        place: function of points (N, 2) of the front view to (N, 3) on the front.
    """
    if glasses.shape == GlassesShape.RIMLESS:
        return []
    flat = 1.0 if glasses.metal else 0.75
    shapes = []
    for pane in panes:
        path = place(pane)
        if glasses.shape == GlassesShape.HALF_RIM:
            path = path[: len(path) // 2 + 3]
            shapes.append(tube(path, glasses.thickness * 1.2, 8, flat=1.2))
        else:
            y = pane[:, 1] - pane[:, 1].mean()
            heavy = 1 + (0 if glasses.metal else 0.35) * np.clip(y / np.abs(y).max(), -0.5, 1)
            shapes.append(tube(path, glasses.thickness * heavy, 8, closed=True, flat=flat))
    return shapes


def bridge(glasses: Glasses, head: Head, panes: list[Reals], place: Callable[[Reals], Reals]) -> list[Shape]:
    """Build the arch over the nose between the panes, a second bar for aviators, pads for metal frames.

    Args:
        glasses: the glasses.
        head: unposed head.
        panes: (N, 2) outline of each pane in the front view, right then left.
        place: function of points (N, 2) of the front view to (N, 3) on the front.
    """
    right, left = panes
    shapes = []
    levels = (0.25, 0.75) if glasses.shape == GlassesShape.AVIATOR else (0.35,)
    for level in levels:
        ends = []
        for pane in (right, left):
            span = np.ptp(pane[:, 1]) / 2
            target = pane[:, 1].mean() + level * span
            inner = np.abs(pane[:, 0]) < np.abs(pane[:, 0].mean())
            ends.append(pane[np.where(inner, np.abs(pane[:, 1] - target), 9).argmin()])
        share = np.linspace(0, 1, 9)[:, None]
        arch = np.sin(np.pi * share[:, 0])
        flat = ends[0] * (1 - share) + ends[1] * share
        flat[:, 1] += (0.035 if level < 0.7 else 0.01) * arch
        path = place(flat)
        path[:, 2] += 0.03 * arch
        ridge = (
            np.interp(path[:, 1], head.landmarks[[29, 28, 27], 1], head.landmarks[[29, 28, 27], 2]) + glasses.thickness
        )
        path[:, 2] = np.maximum(path[:, 2], ridge * arch + path[:, 2] * (1 - arch))
        shapes.append(tube(path, glasses.thickness * (1.1 if glasses.metal else 1.25), 8))
    if glasses.metal:
        for pane, side in ((right, -1), (left, 1)):
            inner = pane[np.abs(pane[:, 0]).argmin()]
            pad = place(inner[None] + [[-side * 0.015, -0.06]])[0] + np.array([0, 0, -0.07])
            shapes.append(ellipsoid(pad, np.array([0.015, 0.04, 0.025]), 7, 10))
    return shapes


def temple(glasses: Glasses, head: Head, rim: Reals, side: int) -> Shape:
    """Build the arm from a pane's outer top to behind the ear, outside the temple's skin.

    Args:
        glasses: the glasses.
        head: unposed head.
        rim: (N, 3) outline of the pane.
        side: -1 for the subject's right, 1 for the left.
    """
    outer = rim[:, 0] * side
    high = rim[:, 1] - rim[:, 1].min()
    hinge = rim[(outer + 0.25 * high).argmax()]
    ears = head.assets.masks["ears"] > 0.5
    ear = head.vertices[ears & (head.vertices[:, 0] * side > 0)]
    top = float(np.quantile(ear[:, 1], 0.8))
    back, front = float(np.quantile(ear[:, 2], 0.35)), float(ear[:, 2].max())
    share = np.linspace(0, 1, 16)
    z = hinge[2] - 0.05 + (back - hinge[2] + 0.05) * share
    y = hinge[1] + (top - 0.02 - hinge[1]) * share**1.2
    skin = head.vertices[~ears & (head.vertices[:, 0] * side > 0.3) & (np.abs(head.vertices[:, 1] - hinge[1]) < 0.6)]
    near = (np.abs(skin[None, :, 1] - y[:, None]) < 0.12) & (np.abs(skin[None, :, 2] - z[:, None]) < 0.12)
    surface = np.where(near, skin[None, :, 0] * side, 0).max(axis=1)
    start = hinge[0] * side + 0.035
    straight = start + (surface[-1] + 0.015 - start) * share
    x = np.maximum(straight, surface + 0.02)
    x[z < front] = np.minimum(x[z < front], surface[z < front] + 0.04)
    path = np.column_stack([x * side, y, z])
    corner = np.array([[(start - 0.01) * side, hinge[1], hinge[2] - 0.01]])
    hook = path[-1] + np.array([[0, -0.05, -0.05], [-0.01 * side, -0.18, -0.08], [-0.02 * side, -0.30, -0.09]])
    path = np.concatenate([hinge[None], corner, path, hook])
    thin = max(glasses.thickness * 0.75, 0.009)
    return tube(path, np.array([glasses.thickness] + [thin] * (len(path) - 1)), 8, flat=1.0 if glasses.metal else 1.4)


def pane_shape(place: Callable[[Reals], Reals], pane: Reals, rings: int = 5) -> Shape:
    """Build a slightly bulging pane.

    Args:
        place: function of points (N, 2) of the front view to (N, 3) on the front.
        pane: (N, 2) outline.
        rings: rings of triangles from the middle to the outline.
    """
    centre = pane.mean(axis=0)
    shares = np.linspace(0, 1, rings + 1)[1:]
    flat = np.concatenate([centre[None], *(centre + (pane - centre) * share for share in shares)])
    vertices = place(flat)
    vertices[:, 2] += 0.02 * (1 - np.concatenate([[0.0], np.repeat(shares, len(pane))]) ** 2)
    size = len(pane)
    index = np.arange(size)
    after = (index + 1) % size
    triangles = [np.stack([index * 0, 1 + index, 1 + after], axis=1)]
    for ring in range(rings - 1):
        a, b = 1 + ring * size + index, 1 + ring * size + after
        triangles += [np.stack([a, a + size, b], axis=1), np.stack([b, a + size, b + size], axis=1)]
    return Shape(
        vertices.astype(np.float32),
        np.concatenate(triangles).astype(np.int32),
        np.zeros((len(vertices), 1), np.float32),
    )
