"""Growth of hair on the head in a style."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from export.synthesis.hair.follicles import Follicles, Roots
from export.synthesis.hair.growth import Growth, grow
from export.synthesis.hair.hair_style import GREY, HairStyle
from export.synthesis.hair.scalp import comb, hairline_margin, scalp_density, smooth_step, tie_point
from export.synthesis.hair.texture import clump, curl, wisps
from export.synthesis.head import Head
from export.synthesis.mesh import Floats, StrandKind, Strands


@dataclass(frozen=True, slots=True)
class GrownHair:
    """Hair and the tint that it leaves on the skin.

    Attributes:
        strands: hairs in the frame of the unposed head, or None on a bald head.
        scalp: (V,) float32 0..1, how much the hair's colour darkens the skin at each vertex.
        colour: (3,) linear RGB of that tint.
    """

    strands: Strands | None
    scalp: Floats
    colour: Floats


def grow_hair(rng: np.random.Generator, head: Head, style: HairStyle, follicles: Follicles) -> GrownHair:
    """Grow hair on a head.

    Args:
        rng: random numbers.
        head: unposed head.
        style: shape and colour of the hair.
        follicles: skin that hairs grow from.
    """
    amount = scalp_density(follicles.rest, style)
    scalp = (amount * style.tint * (1 - follicles.ears)).astype(np.float32)
    if style.count == 0:
        return GrownHair(None, scalp, style.colour)
    roots = _sample_roots(rng, head, style, follicles, amount)
    size = _breadth(head)
    growth = _growth(rng, roots, style, size, head)
    paths = grow(follicles, head.vertices, head.normals, roots, growth, style.points)
    paths, lock = clump(rng, paths, style.texture)
    paths = curl(rng, paths, roots.normal, lock, style.texture)
    points, source = wisps(rng, paths, roots.normal, style.texture)
    thin = np.clip(hairline_margin(roots.rest, style) / 0.12, 0.35, 1)[source]  # baby hairs at the border
    shade = rng.normal(0, 0.14, int(lock.max()) + 1)[lock][source]
    if style.tie is not None:
        tail = grow_tail(rng, head, style, size)
        points = np.concatenate([points, tail])
        thin, shade = (np.pad(x, (0, len(tail)), constant_values=c) for x, c in ((thin, 1.0), (shade, 0.0)))
    n = len(points)
    shade = np.exp(shade + rng.normal(0, 0.2, n))
    colour = style.colour * shade[:, None]
    white = np.clip(style.grey * 1.2 + rng.normal(-0.1, 0.25, n) * (style.grey > 0), 0, 1)[:, None]
    colour += white * (GREY * rng.uniform(0.75, 1.1, (n, 1)) - colour)
    width = style.width * rng.uniform(0.7, 1.25, n)
    strands = Strands(
        StrandKind.HAIR,
        points,
        (width * thin).astype(np.float32),
        colour.astype(np.float32),
        np.full(n, style.opacity, np.float32),
        style.gloss,
    )
    return GrownHair(strands, scalp, style.colour)


def _sample_roots(
    rng: np.random.Generator, head: Head, style: HairStyle, follicles: Follicles, amount: Floats
) -> Roots:
    weight = amount * (follicles.ears < 0.3)
    roots = follicles.sample(rng, head.vertices, head.normals, weight.astype(np.float32), style.count)
    density = scalp_density(roots.rest, style)
    return roots.pick(density > rng.uniform(0, 1, len(roots)))


def _breadth(head: Head) -> float:
    """Measure the size of the head; 1 for the rest head."""
    return float(np.linalg.norm(head.landmarks[16] - head.landmarks[0])) / 1.32


def _growth(rng: np.random.Generator, roots: Roots, style: HairStyle, size: float, head: Head) -> Growth:
    n, rest = len(roots), roots.rest
    top = smooth_step(rest[:, 1], 7.72, 8.08)
    front = top * smooth_step(rest[:, 2], 0.45, 1.0)
    back = smooth_step(-rest[:, 2], -0.25, 0.2) * (1 - top)
    length = style.top * top + (1 - top) * (style.sides * (1 - back) + style.back * back)
    length = length * (1 - front) + style.front * front
    length = length * size * rng.uniform(1 - style.uneven, 1, n)
    way = comb(rng, roots, style, front, top)
    if style.tie is not None:
        towards = tie_point(head, style) - roots.position
        distance = np.linalg.norm(towards, axis=1)
        length = distance * 1.15  # round the head
        way = towards - roots.normal * (towards * roots.normal).sum(axis=1, keepdims=True)
        way += rng.normal(0, 0.03, way.shape)
        way = way / (np.linalg.norm(way, axis=1, keepdims=True) + 1e-6)
    lift = style.lift * (0.4 + 0.6 * top) + style.quiff * front
    veil = front > 0.35 if style.fringe is not None else np.zeros(n, bool)
    hem = np.full(n, -np.inf)
    if style.hem is not None:
        chin = head.landmarks[8, 1]
        hem[:] = chin + style.hem * size + rng.normal(0, 0.05, n)
    if style.fringe is not None:
        brows = head.landmarks[17:27, 1].mean()
        hem[veil] = brows + style.fringe + rng.normal(0, 0.025, int(veil.sum()))
    row = np.ones(n)
    values = {
        "length": np.maximum(length, 0.02),
        "lift": np.clip(lift + rng.normal(0, 0.05, n), 0, 1),
        "hold": row * style.hold,
        "reach": row * style.reach,
        "gravity": style.gravity * row,
        "cling": style.cling + 0.5 * (1 - top) * (style.lift < 0.5),
        "layer": style.volume * rng.uniform(0.05, 1, n) * (0.4 + 0.6 * top),
        "hem": hem,
    }
    return Growth(way.astype(np.float32), veil=veil, **{k: v.astype(np.float32) for k, v in values.items()})


def grow_tail(rng: np.random.Generator, head: Head, style: HairStyle, size: float) -> Floats:
    """Grow hairs behind the tie: a ponytail, or a bun.

    Args:
        rng: random numbers.
        head: unposed head.
        style: shape of the hair, with a tie.
        size: size of the head; 1 for the rest head.

    Returns:
        (N, points, 3) float32.
    """
    count, k = 4 * style.count // 5, style.points
    tie = tie_point(head, style)
    t = np.linspace(0, 1, k)[None]
    if style.tail > 0:
        start = tie + rng.normal(0, 0.06, (count, 3)) * size
        way = np.array([0.0, 0.25, -1.0]) + rng.normal(0, 0.22, (count, 3))
        length = style.tail * size * rng.uniform(0.6, 1.05, count)
        fall = np.array([0.0, -1.0, -0.05])
        # out of the tie, then down, and thinner to the tip
        along = (
            way[:, None] * (0.45 * (1 - np.exp(-3 * t)))[..., None] + fall * (np.maximum(t - 0.12, 0) ** 1.1)[..., None]
        )
        return np.asarray(start[:, None] + along * length[:, None, None], np.float32)
    radius = 0.33 * size * np.cbrt(rng.uniform(0.35, 1, count))
    turn = rng.uniform(0, 2 * np.pi, count)[:, None] + rng.choice([-1, 1]) * t * 2.6
    depth = rng.uniform(-0.75, 0.75, count)[:, None] + 0.3 * np.sin(turn + rng.uniform(0, 1, (count, 1)))
    around = np.sqrt(np.clip(1 - depth**2, 0.05, 1))
    ball = np.stack([around * np.cos(turn), around * np.sin(turn), 0.7 * depth], axis=2) * radius[:, None, None]
    return np.asarray(tie + [0, 0.03, -0.16 * size] + ball, np.float32)
