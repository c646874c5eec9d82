"""Headscarves, hoods, headbands and headphones."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from export.synthesis.clothing import Pattern, weave
from export.synthesis.head import COLUMNS, Head, directions
from export.synthesis.headwear.builder import HeadwearBuilder, HeadwearKind, PosedHeadwear
from export.synthesis.mesh import (
    Fragments,
    Material,
    Reals,
    Solid,
    clip,
    ellipsoid,
    loft,
    merge,
    posed_mesh,
    thicken,
    tube,
)


def scarf(builder: HeadwearBuilder) -> PosedHeadwear:
    """Build a headscarf around the face, or the hood of a jacket: from the crown to the shoulders."""
    skull, headwear = builder.skull, builder.headwear
    hood = headwear.kind == HeadwearKind.HOOD
    room = headwear.room + (0.14 if hood else 0.0)
    low = skull.chin - (0.35 if hood else 0.02)
    top = skull.brow + (0.42 if hood else 0.30) - headwear.low
    middle, half = (top + low) / 2, (top - low) / 2
    wide = np.radians(72 if hood else 60)

    rays = directions(skull.azimuth, skull.elevation)
    skin = skull.centre + rays * skull.radius[..., None]
    elevation = np.broadcast_to(skull.elevation[:, None], skull.radius.shape)
    azimuth = np.broadcast_to(skull.azimuth[None, :], skull.radius.shape)
    ears = np.exp(-(((np.abs(azimuth) - 1.6) / 0.45) ** 2) - ((elevation + 0.35) / 0.35) ** 2)
    stand = room + 0.14 * ears + 0.05 * np.sin(azimuth * 2 + 6 * headwear.style) * np.clip(-elevation, 0, 0.5)
    if hood:  # a hood stands off the head like a tent
        stand = stand + 0.10 * np.clip(np.cos(azimuth), -0.2, 1) * np.clip(elevation + 0.3, 0, 1)
    outer = skull.centre + rays * (skull.radius + stand)[..., None]
    keep = int(np.searchsorted(-skull.elevation, np.radians(38 if not hood else 30)))
    rings, places = list(outer[:keep]), list(skin[:keep])
    # below the jaw: in towards the neck, out over the shoulders, then down
    sin, cos = np.sin(skull.azimuth), np.cos(skull.azimuth)
    phase = headwear.style
    ripple = 0.045 * np.sin(5 * skull.azimuth + 9 * phase) + 0.03 * np.sin(9 * skull.azimuth + 4 * phase)
    neck = skull.chin - 0.12
    for y, x, z, middle_z, fold in ((neck, 0.74, 0.74, 0.38, 0.3), (neck - 0.25, 0.95, 0.78, 0.30, 1.0),
                                    (neck - 0.48, 1.35, 0.92, 0.25, 1.6), (neck - 0.85, 1.75, 1.05, 0.28, 2.0),
                                    (neck - 2.6, 2.0, 1.3, 0.35, 2.4)):  # fmt: skip
        ring = np.stack([sin * (x + ripple * fold), np.full(COLUMNS, y), middle_z + cos * (z + ripple * fold)], axis=1)
        rings.append(ring)
        places.append(ring)
    dense, scalp = [], []
    for k in range(keep - 1):
        dense.append(rings[k])
        scalp.append(places[k])
    tail, steps = np.stack(rings[keep - 1 :]), np.linspace(0, len(rings) - keep, 22)
    for s in steps:
        k = min(int(s), len(tail) - 2)
        t = s - k
        dense.append(tail[k] * (1 - t) + tail[k + 1] * t)
        scalp.append(dense[-1])
    shape = loft(np.stack(dense).astype(np.float32))
    shape = replace(shape, triangles=np.ascontiguousarray(shape.triangles[:, ::-1]))
    at = np.stack(scalp).reshape(-1, 3)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(np.stack(dense), axis=0), axis=2).mean(axis=1))])
    u, v = np.meshgrid(skull.azimuth, -length)
    shape = shape.with_attributes(np.column_stack([u.ravel(), v.ravel(), np.ones(u.size), at]).astype(np.float32))

    def outside(rows: Reals) -> Reals:
        p = rows[:, 3:6]
        turn = np.arctan2(p[:, 0], p[:, 2] - skull.centre[2])
        return cast(Reals, np.hypot(turn / wide, (p[:, 1] - middle) / half) - 1)

    shape = thicken(clip(shape, outside), 0.06)
    # the part on the shoulders moves with them
    mesh = posed_mesh(shape, builder.pose.apply(shape.vertices, shape.vertices))

    def paint(fragments: Fragments) -> Material:
        rows = fragments.attributes
        return weave(replace(headwear.cloth, folds=0.03), mesh, fragments, rows[:, :2], rows[:, 2])

    def covers(p: Reals) -> NDArray[np.bool_]:
        return np.ones(len(p), bool)

    return PosedHeadwear([Solid("headwear", mesh, paint)], covers)


def headphones(builder: HeadwearBuilder, head: Head) -> PosedHeadwear:
    """Build a padded band over the crown and cups on both ears."""
    skull, headwear = builder.skull, builder.headwear
    ears = head.vertices[head.assets.masks["ears"] > 0.5]
    middle = ears[:, 1].mean(), ears[:, 2].mean()
    reach = float(np.abs(ears[:, 0]).max()) + 0.03
    angle = np.linspace(0, np.pi, 41)
    top = skull.centre[1] + float(skull.radius[0].mean()) + headwear.room * 0.6 + 0.03
    path = np.stack([np.cos(angle) * (reach + 0.02), middle[0] + np.sin(angle) ** 0.8 * (top - middle[0]),
                     np.full(41, middle[1] + 0.02)], axis=1)  # fmt: skip
    pad = np.exp(-(((angle - np.pi / 2) / 0.7) ** 2))
    band = tube(path, 0.035 + 0.03 * pad, 10, flat=2.2)
    cups, cushions = [], []
    for side in (-1, 1):
        at = np.array([side * (reach + 0.04), *middle])
        cups.append(ellipsoid(at + [side * 0.05, 0, 0], np.array([0.12, 0.36, 0.31]), 16, 24))
        cushions.append(ellipsoid(at - [side * 0.06, 0, 0], np.array([0.11, 0.38, 0.33]), 16, 24))
    shell = replace(headwear.cloth, pattern=Pattern.PLAIN, roughness=0.35, folds=0.0)
    dark = np.minimum(headwear.trim.colours, 0.08)
    soft = replace(headwear.trim, pattern=Pattern.LEATHER, roughness=0.5, folds=0.0, colours=dark)
    hard = builder.part(builder.with_cloth_attributes(merge([band, *cups])), shell)
    pads = builder.part(builder.with_cloth_attributes(merge(cushions)), soft)
    return PosedHeadwear([hard, pads], lambda p: np.zeros(len(p), bool))


def headband(builder: HeadwearBuilder) -> PosedHeadwear:
    """Build a band of cloth around the forehead."""
    headwear = builder.headwear
    above = builder.line(0.42, 0.0)
    wide = 0.14 + 0.22 * headwear.style
    shape = builder.cut(headwear.room, above, lambda p: wide - above(p), rim=0.1)
    return PosedHeadwear([builder.part(shape, headwear.cloth)], lambda p: (above(p) > 0) & (above(p) < wide))
