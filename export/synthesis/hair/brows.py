"""Brows: hairs along the landmarks above the eyes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from export.synthesis.hair.follicles import Follicles
from export.synthesis.hair.hair_style import GREY
from export.synthesis.head import Head
from export.synthesis.mesh import Floats, StrandKind, Strands

_BROWS = (tuple(range(21, 16, -1)), tuple(range(22, 27)))  # from the nose outwards, right then left


_ALONG = np.linspace(0, 1, 6)


_OUTLINE = [0.72, 1.0, 0.97, 0.82, 0.55, 0.12]  # half height of a brow from its head to its tail


_RISE = [78.0, 48.0, 26.0, 12.0, 0.0, -14.0]  # degrees by which hairs point up from the brow's direction


_LENGTH = [0.7, 1.0, 1.05, 0.95, 0.8, 0.6]  # of hairs, relative


@dataclass(frozen=True, slots=True)
class Brows:
    """Shape and hairs of brows.

    Attributes:
        height: half the height at the thickest place, decimetres.
        length: of a hair, decimetres.
        count: hairs of a brow.
        width: of a hair, decimetres.
        opacity: 0..1.
        drop: how far the middle lies under the landmarks, in half heights.
        mess: degrees of disorder.
    """

    height: float
    length: float
    count: int
    width: float
    opacity: float
    drop: float
    mess: float


def grow_brows(
    rng: np.random.Generator, head: Head, brows: Brows, colour: Floats, grey: float, follicles: Follicles
) -> Strands:
    """Grow both brows: hairs stand up at the nose, lie along the brow farther out, and meet from above and below.

    Args:
        rng: random numbers.
        head: unposed head with its expression.
        brows: shape and hairs.
        colour: (3,) linear RGB.
        grey: share of white hairs.
        follicles: skin that hairs grow from.

    Returns:
        The hairs in the head frame.
    """
    chosen = []
    for points in _BROWS:
        line = head.landmarks[list(points)]
        middle, along = _resample(line, 24)
        weight = (_around(head.vertices, line) & (follicles.bare < 0.9)).astype(np.float32)
        roots = follicles.sample(rng, head.vertices, head.normals, weight, 10 * brows.count)
        chosen.append(_brow_hairs(rng, roots.position, roots.normal, middle, along, brows))
    paths = np.concatenate(chosen)
    n = len(paths)
    white = np.clip(0.7 * grey + rng.normal(-0.1, 0.2, (n, 1)) * (grey > 0), 0, 1)
    shade = np.exp(rng.normal(0, 0.2, (n, 1)))
    return Strands(
        StrandKind.BROWS,
        paths.astype(np.float32),
        (brows.width * rng.uniform(0.7, 1.2, n)).astype(np.float32),
        ((colour + white * (GREY - colour)) * shade).astype(np.float32),
        np.full(n, brows.opacity, np.float32),
        0.2,
    )


def _around(vertices: Floats, line: Floats) -> NDArray[np.bool_]:
    """Find the vertices (V, 3) that are near a brow's landmarks (5, 3)."""
    low, high = line.min(axis=0), line.max(axis=0)
    room = np.array([0.08, 0.09, 0.25])
    return np.asarray(((vertices > low - room) & (vertices < high + room)).all(axis=1))


def _resample(line: Floats, count: int) -> tuple[Floats, NDArray[np.float64]]:
    """Fit a smooth line (count, 3) through landmarks, a little longer at both ends; also returns its parameter 0..1."""
    arc = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = np.linspace(-0.06, 1.1, count)
    cubic = np.polyfit(arc / arc[-1], line, 3)
    smooth = (at[:, None] ** np.arange(3, -1, -1)) @ cubic
    return smooth.astype(np.float32), np.clip((at + 0.06) / 1.16, 0, 1)


def _brow_hairs(
    rng: np.random.Generator,
    position: Floats,
    normal: Floats,
    middle: Floats,
    along: NDArray[np.float64],
    brows: Brows,
) -> Floats:
    """Select roots of one brow and comb its hairs.

    Args:
        rng: random numbers.
        position: (N, 3) candidate roots.
        normal: (N, 3) unit normals of the skin there.
        middle: (K, 3) line along the middle of the brow.
        along: (K,) parameter of that line, 0..1.
        brows: shape and hairs.

    Returns:
        (M, 5, 3) float32 hairs.
    """
    direction = np.gradient(middle, axis=0)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    nearest = cKDTree(middle).query(position)[1]
    forth = direction[nearest]
    forth = forth - normal * (forth * normal).sum(axis=1, keepdims=True)
    forth /= np.linalg.norm(forth, axis=1, keepdims=True) + 1e-6
    up = np.cross(normal, forth)
    up *= np.sign(up[:, 1:2])
    offset = position - middle[nearest]
    s = along[nearest] + (offset * forth).sum(axis=1) / (np.linalg.norm(middle[-1] - middle[0]) + 1e-6)
    half = brows.height * np.interp(s, _ALONG, _OUTLINE)
    v = (offset * up).sum(axis=1) / half + brows.drop
    density = np.clip(1.25 - v**2, 0, 1) * np.clip(s / 0.12, 0, 1) ** 0.7 * np.clip((1 - s) / 0.1, 0, 1)
    density *= np.linalg.norm(offset, axis=1) < 2.2 * brows.height + 0.02  # not the folds of the lid
    density *= 0.55 + 0.45 * np.interp(s, [0, 0.2, 0.7, 1], [0.5, 1, 1, 0.6])
    kept = np.flatnonzero(density > rng.uniform(0, 1, len(s)))
    if len(kept) > brows.count:
        kept = rng.choice(kept, brows.count, replace=False)
    s, v = s[kept], v[kept]
    angle = np.radians(np.interp(s, _ALONG, _RISE) - 22 * v + rng.normal(0, brows.mess, len(s)))[:, None]
    way = np.cos(angle) * forth[kept] + np.sin(angle) * up[kept]
    # upper hairs bend down, lower ones up, all of them outwards
    bend = forth[kept] * 0.35 * np.sin(angle) - up[kept] * (0.15 * v)[:, None]
    length = (brows.length * np.interp(s, _ALONG, _LENGTH) * rng.uniform(0.6, 1.15, len(s)))[:, None]
    t = np.linspace(0, 1, 5)[None, :, None]
    path = position[kept][:, None] + length[:, None] * (way[:, None] * t + bend[:, None] * t**2)
    return np.asarray(path + normal[kept][:, None] * (0.004 + 0.22 * length[:, None] * t * (1 - 0.55 * t)), np.float32)
