"""Caps, hats with a brim, beanies, turbans and helmets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from export.synthesis.clothing import value_noise, weave
from export.synthesis.head import COLUMNS, directions
from export.synthesis.headwear.kinds import Workshop, Worn
from export.synthesis.mesh import Fragments, Material, Reals, Shape, Solid, ellipsoid, loft, merge, posed_mesh, tube


def hat(workshop: Workshop) -> Worn:
    """A baseball cap, or a hat with a brim all around."""
    skull, wear = workshop.skull, workshop.headwear
    cap = wear.kind == "cap"
    above = workshop.line(0.24, -0.12) if cap else workshop.line(0.26, 0.02)
    elevation, azimuth = np.meshgrid(skull.elevation, skull.azimuth, indexing="ij")
    high = np.clip(elevation / 0.9, 0, 1)
    front = np.clip(np.cos(azimuth), 0, 1)
    # a cap's crown is stiff in front; a hat's is flat on top
    rise = high * (0.06 + 0.16 * front * np.cos(elevation)) if cap else 0.16 * np.sin(np.clip(elevation, 0, 1.1) * 2.2)
    crown = workshop.cut(wear.room + rise, above)

    def seams(rows: Reals) -> Reals:
        turn = (rows[:, 0] / 0.9 / (np.pi / 3) + 0.5) % 1.0
        return 1 - 0.45 * np.exp(-(((turn - 0.5) * np.cos(rows[:, 1] / 0.9) / 0.012) ** 2))

    parts = [workshop.part(crown, wear.cloth, seams if cap else None)]
    if cap:
        spread = np.radians(62)
        top = skull.centre + np.array([0, skull.radius[0].mean() + wear.room + rise[0].mean() + 0.01, 0])
        button = workshop.dressed(ellipsoid(top, np.array([0.05, 0.025, 0.05]), 7, 12))
        parts.append(workshop.part(button, wear.trim))
        length, droop, bend = 0.68, 0.18 + 0.12 * wear.style, 0.22 + 0.25 * wear.style
    else:
        spread, length, droop, bend = np.pi, 0.45 + 0.5 * wear.style, 0.12, 0.0
    brim = _brim(workshop, above, wear.room, spread, length, droop, bend)
    parts.append(workshop.part(brim, wear.trim if cap else wear.cloth))
    if not cap:
        ribbon = workshop.cut(wear.room + rise + 0.012, above, lambda p: 0.16 - above(p), rim=0.02)
        parts.append(workshop.part(ribbon, wear.trim))
    return Worn(parts, lambda p: above(p) > -0.02)


def _brim(
    workshop: Workshop,
    above: Callable[[Reals], Reals],
    room: float,
    spread: float,
    length: float,
    droop: float,
    bend: float,
) -> Shape:
    """A brim from the crown's lower edge: ``spread`` radians to either side, ``bend`` curves it down at the sides."""
    skull = workshop.skull
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
    wave = 0.05 * np.sin(3 * azimuth + 6 * workshop.headwear.style) if whole else 0
    rings = []
    for t in np.linspace(0, 1, 9):
        ring = edge + outward * (reach * t)[:, None]
        ring[:, 1] -= (
            droop * t * (0.4 + 0.6 * t) * reach / length + bend * share**2 * t**0.7 * reach / length - wave * t**2
        )
        rings.append(ring)
    top = np.stack(rings)
    under = top[::-1] - np.array([0, 0.035, 0])
    return workshop.dressed(loft(np.concatenate([top, under]).astype(np.float32), closed=whole))


def beanie(workshop: Workshop) -> Worn:
    """A knitted cap, often with its edge turned up, sometimes with a bobble."""
    skull, wear = workshop.skull, workshop.headwear
    above = workshop.line(0.22, -0.35)
    elevation = np.broadcast_to(skull.elevation[:, None], skull.radius.shape)
    ears = np.exp(-(((np.abs(skull.azimuth)[None] - 1.6) / 0.5) ** 2) - ((elevation + 0.3) / 0.3) ** 2)
    slack = 0.03 + 0.13 * ears + 0.16 * wear.style * np.clip(elevation / 1.2, 0, 1) ** 2
    crown = workshop.cut(wear.room * 0.6 + slack, above)
    parts = [workshop.part(crown, wear.cloth)]
    if wear.style < 0.75:
        cuff = workshop.cut(
            wear.room * 0.6 + slack + 0.05, lambda p: above(p) + 0.01, lambda p: 0.34 - above(p), rim=0.07
        )
        parts.append(workshop.part(cuff, replace(wear.cloth, pattern="ribbed", scale=0.07, folds=0.004)))
    if wear.style > 0.85:
        top = skull.centre + np.array([0, skull.radius[0].mean() + 0.35, 0])
        ball = ellipsoid(top, np.array([0.24, 0.22, 0.24]), 24, 32)
        fluff = 0.05 * value_noise(ball.attributes * np.array([24, 32], np.float32), wear.cloth.seed)
        ball = replace(ball, vertices=(ball.vertices + ball.normals * fluff[:, None]).astype(np.float32))
        parts.append(workshop.part(workshop.dressed(ball), wear.trim))
    return Worn(parts, lambda p: above(p) > -0.02)


def turban(workshop: Workshop) -> Worn:
    """Cloth wound around the head: overlapping bands that cross above the forehead."""
    skull, wear = workshop.skull, workshop.headwear
    above = workshop.line(0.20, -0.15)
    elevation, azimuth = np.meshgrid(skull.elevation, skull.azimuth, indexing="ij")
    winding = elevation * 0.9 + 0.32 * np.abs(np.sin(azimuth / 2)) - 0.22 * np.abs(azimuth / np.pi)
    band = (winding / 0.17) % 1.0
    bulge = 0.16 * np.clip(np.cos((elevation - 0.45) * 1.3), 0, 1) ** 2
    shape = workshop.cut(wear.room + bulge + 0.05 * np.sqrt(np.clip(band, 0.0, 1)), above)

    def grooves(rows: Reals) -> Reals:
        turn = rows[:, 0] / 0.9
        wound = rows[:, 1] + 0.32 * np.abs(np.sin(turn / 2)) - 0.22 * np.abs(turn / np.pi)
        return 1 - 0.5 * np.exp(-((((wound / 0.17 + 0.5) % 1.0 - 0.5) / 0.10) ** 2))

    return Worn([workshop.part(shape, replace(wear.cloth, folds=0.02), grooves)], lambda p: above(p) > -0.02)


def helmet(workshop: Workshop) -> Worn:
    """A cycling or safety helmet with a chin strap."""
    skull, wear = workshop.skull, workshop.headwear
    above = workshop.line(0.28, -0.10)
    vents = wear.style > 0.4
    shape = workshop.cut(wear.room + 0.16, above, rim=0.14)
    gloss = replace(wear.cloth, pattern="plain", roughness=0.25, folds=0.0)

    def slots(rows: Reals) -> Reals:
        if not vents:
            return np.ones(len(rows), np.float32)
        turn, rise = rows[:, 0] / 0.9, rows[:, 1] / 0.9
        across = np.sin(turn) * np.cos(rise)
        lane = np.abs((across / 0.28 + 0.5) % 1.0 - 0.5) < 0.2
        along = np.abs((np.arctan2(np.cos(turn) * np.cos(rise), np.sin(rise)) / 0.7) % 1.0 - 0.5) < 0.34
        return np.where(lane & along & (rise > 0.35), 0.08, 1.0).astype(np.float32)

    mesh = posed_mesh(shape, workshop.posing.rigid(shape.vertices))

    def look(fragments: Fragments) -> Material:
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
    black = replace(wear.trim, pattern="plain", colours=np.full((3, 3), 0.02, np.float32))
    parts = [Solid("headwear", mesh, look), workshop.part(workshop.dressed(merge(strap)), black)]
    return Worn(parts, lambda p: above(p) > -0.02)
