"""Caps, hats with a brim, beanies, turbans and helmets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from export.synthesis.clothing import Pattern, value_noise, weave
from export.synthesis.head import COLUMNS, directions
from export.synthesis.headwear.builder import HeadwearBuilder, HeadwearKind, PosedHeadwear
from export.synthesis.mesh import Fragments, Material, Reals, Shape, Solid, ellipsoid, loft, merge, posed_mesh, tube


def hat(builder: HeadwearBuilder) -> PosedHeadwear:
    """Build a baseball cap, or a hat with a brim all around."""
    skull, headwear = builder.skull, builder.headwear
    cap = headwear.kind == HeadwearKind.CAP
    above = builder.line(0.24, -0.12) if cap else builder.line(0.26, 0.02)
    elevation, azimuth = np.meshgrid(skull.elevation, skull.azimuth, indexing="ij")
    high = np.clip(elevation / 0.9, 0, 1)
    front = np.clip(np.cos(azimuth), 0, 1)
    # a cap's crown is stiff in front; a hat's is flat on top
    rise = high * (0.06 + 0.16 * front * np.cos(elevation)) if cap else 0.16 * np.sin(np.clip(elevation, 0, 1.1) * 2.2)
    crown = builder.cut(headwear.room + rise, above)

    def seams(rows: Reals) -> Reals:
        turn = (rows[:, 0] / 0.9 / (np.pi / 3) + 0.5) % 1.0
        return 1 - 0.45 * np.exp(-(((turn - 0.5) * np.cos(rows[:, 1] / 0.9) / 0.012) ** 2))

    parts = [builder.part(crown, headwear.cloth, seams if cap else None)]
    if cap:
        spread = np.radians(62)
        top = skull.centre + np.array([0, skull.radius[0].mean() + headwear.room + rise[0].mean() + 0.01, 0])
        button = builder.with_cloth_attributes(ellipsoid(top, np.array([0.05, 0.025, 0.05]), 7, 12))
        parts.append(builder.part(button, headwear.trim))
        length, droop, bend = 0.68, 0.18 + 0.12 * headwear.style, 0.22 + 0.25 * headwear.style
    else:
        spread, length, droop, bend = np.pi, 0.45 + 0.5 * headwear.style, 0.12, 0.0
    brim = _brim(builder, above, headwear.room, spread, length, droop, bend)
    parts.append(builder.part(brim, headwear.trim if cap else headwear.cloth))
    if not cap:
        ribbon = builder.cut(headwear.room + rise + 0.012, above, lambda p: 0.16 - above(p), rim=0.02)
        parts.append(builder.part(ribbon, headwear.trim))
    return PosedHeadwear(parts, lambda p: above(p) > -0.02)


def _brim(
    builder: HeadwearBuilder,
    above: Callable[[Reals], Reals],
    room: float,
    spread: float,
    length: float,
    droop: float,
    bend: float,
) -> Shape:
    """Build a brim from the crown's lower edge.

    Args:
        builder: builder of the hat.
        above: function of points to their height above the crown's edge.
        room: decimetres between scalp and cloth.
        spread: radians that the brim reaches to either side.
        length: decimetres.
        droop: decimetres that it falls towards its edge.
        bend: decimetres that it curves down at the sides.
    """
    skull = builder.skull
    azimuth = np.linspace(-spread, spread, 49)
    edge = np.empty((49, 3))
    for i, angle in enumerate(azimuth):
        column = int(np.round((angle + np.pi) / (2 * np.pi) * COLUMNS)) % COLUMNS
        ray = directions(np.array([angle]), skull.elevation)[:, 0]
        points = skull.centre + ray * (skull.radius[:, column] + room)[:, None]
        scalp = skull.centre + ray * skull.radius[:, column, None]
        height = above(scalp)
        edge[i] = [np.interp(0.02, height[::-1], points[::-1, k]) for k in range(3)]
    kernel = np.ones(7) / 7
    edge = np.stack([np.convolve(np.pad(edge[:, k], 3, mode="edge"), kernel, "valid") for k in range(3)], axis=1)
    whole = spread > 3
    share = azimuth / spread
    reach = np.full(49, length) if whole else length * np.clip(1 - np.abs(share) ** 2.6, 0, 1)
    outward = np.stack([np.sin(azimuth), azimuth * 0, np.cos(azimuth)], axis=1)
    if not whole:
        outward = outward * 0.35 + np.array([0, 0, 0.75])
    wave = 0.05 * np.sin(3 * azimuth + 6 * builder.headwear.style) if whole else 0
    rings = []
    for t in np.linspace(0, 1, 9):
        ring = edge + outward * (reach * t)[:, None]
        ring[:, 1] -= (
            droop * t * (0.4 + 0.6 * t) * reach / length + bend * share**2 * t**0.7 * reach / length - wave * t**2
        )
        rings.append(ring)
    top = np.stack(rings)
    under = top[::-1] - np.array([0, 0.035, 0])
    return builder.with_cloth_attributes(loft(np.concatenate([top, under]).astype(np.float32), closed=whole))


def beanie(builder: HeadwearBuilder) -> PosedHeadwear:
    """Build a knitted cap, often with its edge turned up, sometimes with a bobble."""
    skull, headwear = builder.skull, builder.headwear
    above = builder.line(0.22, -0.35)
    elevation = np.broadcast_to(skull.elevation[:, None], skull.radius.shape)
    ears = np.exp(-(((np.abs(skull.azimuth)[None] - 1.6) / 0.5) ** 2) - ((elevation + 0.3) / 0.3) ** 2)
    slack = 0.03 + 0.13 * ears + 0.16 * headwear.style * np.clip(elevation / 1.2, 0, 1) ** 2
    crown = builder.cut(headwear.room * 0.6 + slack, above)
    parts = [builder.part(crown, headwear.cloth)]
    if headwear.style < 0.75:
        cuff = builder.cut(
            headwear.room * 0.6 + slack + 0.05, lambda p: above(p) + 0.01, lambda p: 0.34 - above(p), rim=0.07
        )
        parts.append(builder.part(cuff, replace(headwear.cloth, pattern=Pattern.RIBBED, scale=0.07, folds=0.004)))
    if headwear.style > 0.85:
        top = skull.centre + np.array([0, skull.radius[0].mean() + 0.35, 0])
        ball = ellipsoid(top, np.array([0.24, 0.22, 0.24]), 24, 32)
        fluff = 0.05 * value_noise(ball.attributes * np.array([24, 32], np.float32), headwear.cloth.seed)
        ball = replace(ball, vertices=(ball.vertices + ball.normals * fluff[:, None]).astype(np.float32))
        parts.append(builder.part(builder.with_cloth_attributes(ball), headwear.trim))
    return PosedHeadwear(parts, lambda p: above(p) > -0.02)


def turban(builder: HeadwearBuilder) -> PosedHeadwear:
    """Build cloth wound around the head: overlapping bands that cross above the forehead."""
    skull, headwear = builder.skull, builder.headwear
    above = builder.line(0.20, -0.15)
    elevation, azimuth = np.meshgrid(skull.elevation, skull.azimuth, indexing="ij")
    winding = elevation * 0.9 + 0.32 * np.abs(np.sin(azimuth / 2)) - 0.22 * np.abs(azimuth / np.pi)
    band = (winding / 0.17) % 1.0
    bulge = 0.16 * np.clip(np.cos((elevation - 0.45) * 1.3), 0, 1) ** 2
    shape = builder.cut(headwear.room + bulge + 0.05 * np.sqrt(np.clip(band, 0.0, 1)), above)

    def grooves(rows: Reals) -> Reals:
        turn = rows[:, 0] / 0.9
        wound = rows[:, 1] + 0.32 * np.abs(np.sin(turn / 2)) - 0.22 * np.abs(turn / np.pi)
        return 1 - 0.5 * np.exp(-((((wound / 0.17 + 0.5) % 1.0 - 0.5) / 0.10) ** 2))

    cloth = replace(headwear.cloth, folds=0.02)
    return PosedHeadwear([builder.part(shape, cloth, grooves)], lambda p: above(p) > -0.02)


def helmet(builder: HeadwearBuilder) -> PosedHeadwear:
    """Build a cycling or safety helmet with a chin strap."""
    skull, headwear = builder.skull, builder.headwear
    above = builder.line(0.28, -0.10)
    vents = headwear.style > 0.4
    shape = builder.cut(headwear.room + 0.16, above, rim=0.14)
    gloss = replace(headwear.cloth, pattern=Pattern.PLAIN, roughness=0.25, folds=0.0)

    def slots(rows: Reals) -> Reals:
        if not vents:
            return np.ones(len(rows), np.float32)
        turn, rise = rows[:, 0] / 0.9, rows[:, 1] / 0.9
        across = np.sin(turn) * np.cos(rise)
        lane = np.abs((across / 0.28 + 0.5) % 1.0 - 0.5) < 0.2
        along = np.abs((np.arctan2(np.cos(turn) * np.cos(rise), np.sin(rise)) / 0.7) % 1.0 - 0.5) < 0.34
        return np.where(lane & along & (rise > 0.35), 0.08, 1.0).astype(np.float32)

    mesh = posed_mesh(shape, builder.pose.rigid(shape.vertices))

    def paint(fragments: Fragments) -> Material:
        slot = slots(fragments.attributes)
        made = weave(gloss, mesh, fragments, fragments.attributes[:, :2], slot)
        return replace(
            made,
            albedo=(made.albedo * slot[:, None]).astype(np.float32),
            specular=(made.specular * 2 * slot).astype(np.float32),
        )

    strap = []
    for side in (-1, 1):
        wide = skull.width * 1.04
        path = np.array(
            [
                [wide * 1.06, skull.brow + 0.25, skull.centre[2] + 0.10],
                [wide * 1.02, skull.brow - 0.35, skull.centre[2] + 0.25],
                [wide * 0.84, skull.chin + 0.32, skull.centre[2] + 0.45],
                [wide * 0.45, skull.chin - 0.03, skull.centre[2] + 0.62],
                [0.0, skull.chin - 0.10, skull.centre[2] + 0.72],
            ]
        )
        fine = np.stack([np.interp(np.linspace(0, 4, 24), np.arange(5), path[:, k]) for k in range(3)], axis=1)
        strap.append(tube(fine * [side, 1, 1], 0.03, 6, flat=0.4))
    black = replace(headwear.trim, pattern=Pattern.PLAIN, colours=np.full((3, 3), 0.02, np.float32))
    parts = [Solid("headwear", mesh, paint), builder.part(builder.with_cloth_attributes(merge(strap)), black)]
    return PosedHeadwear(parts, lambda p: above(p) > -0.02)
