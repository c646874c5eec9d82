"""T-shirts, tops, sweaters, jackets and hoodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np

from export.synthesis.clothing.builder import REST, GarmentBuilder, climb, closed, front, height
from export.synthesis.clothing.fabrics import Pattern
from export.synthesis.clothing.outfits import Outfit, OutfitKind
from export.synthesis.clothing.shirts import collar_parts
from export.synthesis.mesh import Part, Reals, merge, tube


def _neckline(outfit: Outfit) -> Callable[[Reals], Reals]:
    """Return a function of rest positions (N, 3) to the height (N,) of the neckline above the base of the neck."""

    def line(rest: Reals) -> Reals:
        across = np.abs(rest[:, 0])
        if outfit.kind == OutfitKind.V_NECK:
            return -0.05 - front(rest) * outfit.depth * np.clip(1 - across / 0.75, 0, 1)
        if outfit.kind == OutfitKind.SCOOP:
            wide = np.sqrt(np.clip(1 - (across / 1.05) ** 2, 0, 1))
            return -0.12 - front(rest) * outfit.depth * wide
        return np.full(len(rest), -outfit.depth, np.float32)

    return line


def pullover(builder: GarmentBuilder, outfit: Outfit) -> list[Part]:
    """Build a T-shirt or sweater: a hole for the head with a band around it."""
    line = _neckline(outfit)
    band = {OutfitKind.SWEATER: 0.17, OutfitKind.SCOOP: 0.05}.get(outfit.kind, 0.11)
    body = builder.cut(builder.shell(outfit.ease), lambda p: line(p) - band * 0.8 - climb(p), rim=0.02)
    ring = builder.cut(
        builder.shell(outfit.ease + 0.014),
        lambda p: line(p) - height(p),
        lambda p: climb(p) - line(p) + band,
        rim=0.05,
    )
    cloth = outfit.outer
    pattern = Pattern.PLAIN if cloth.pattern in (Pattern.FLORAL, Pattern.ZIGZAG) else Pattern.RIBBED
    parts = [builder.part(body, cloth), builder.part(ring, replace(cloth, pattern=pattern, scale=0.055, folds=0.003))]
    if outfit.kind == OutfitKind.SWEATER and outfit.open_collar:
        shirt = replace(outfit, kind=OutfitKind.SHIRT, open_collar=False, tie=False)
        parts += collar_parts(builder, shirt, outfit.inner, outfit.ease + 0.03)
    return parts


def straps(builder: GarmentBuilder, outfit: Outfit) -> list[Part]:
    """Build a top that hangs from two straps."""
    shell = builder.shell(0.025)

    def top(p: Reals) -> Reals:
        return cast(Reals, 4.98 + 0.22 * np.exp(-(((np.abs(p[:, 0]) - 0.95) / 0.35) ** 2)) - p[:, 1])

    cloth = builder.cut(shell, top, lambda p: 1.75 - np.abs(p[:, 0]), rim=0.02)
    bands = builder.cut(
        shell,
        lambda p: np.abs(p[:, 0]) - 0.82,
        lambda p: 1.06 - np.abs(p[:, 0]),
        rim=0.02,
    )
    return [builder.part(cloth, outfit.outer), builder.part(bands, outfit.outer)]


def turtleneck(builder: GarmentBuilder, outfit: Outfit) -> list[Part]:
    """Build a sweater with a knitted tube around the neck, folded over."""
    body = builder.cut(builder.shell(0.05, 3), lambda p: 0.30 - height(p))

    def lift(p: Reals) -> Reals:
        return cast(Reals, 0.075 + 0.03 * np.clip((0.3 - height(p)) / 0.3, 0, 1))

    roll = builder.cut(builder.shell(lift, 3), lambda p: climb(p) - 0.02, lambda p: 0.36 - height(p), rim=0.09)
    rib = replace(outfit.outer, pattern=Pattern.RIBBED, scale=0.06, folds=0.006)
    return [builder.part(body, outfit.outer), builder.part(roll, rib)]


def jacket(builder: GarmentBuilder, outfit: Outfit) -> list[Part]:
    """Build a zipped jacket with a stand-up collar over a T-shirt."""
    tee = replace(outfit, kind=OutfitKind.TEE, outer=outfit.inner, depth=0.05, ease=0.03)
    ease = outfit.ease + 0.07
    slope = 0.16 if outfit.open_collar else 0.05

    def gap(p: Reals) -> Reals:
        return cast(Reals, 0.03 + slope * np.clip((p[:, 1] - 4.2) / 0.6, 0, 4))

    def lift(p: Reals) -> Reals:
        return cast(Reals, ease + 0.08 * np.clip((height(p) + 0.1) / 0.4, 0, 1))

    shell = builder.shell(lift, 10)
    body = builder.cut(
        shell,
        lambda p: closed(np.abs(p[:, 0]) - gap(p), p),
        lambda p: 0.30 - 0.16 * front(p) - height(p),
        rim=0.07,
    )
    zipper = builder.cut(
        shell,
        lambda p: p[:, 2] - 0.2,
        lambda p: np.abs(p[:, 0]) - gap(p) + 0.05,
        lambda p: gap(p) + 0.005 - np.abs(p[:, 0]),
        lambda p: 0.13 - height(p),
        rim=0.03,
    )
    metal = replace(outfit.trim, pattern=Pattern.PLAIN, folds=0.0, roughness=0.35)
    return [*pullover(builder, tee), builder.part(body, outfit.outer), builder.part(zipper, metal)]


def hoodie(builder: GarmentBuilder, outfit: Outfit) -> list[Part]:
    """Build a sweatshirt with the hood down: a thick roll around the neck, higher behind, and two cords."""
    ease = outfit.ease + 0.03
    shell = builder.shell(ease, 8)
    body = builder.cut(shell, lambda p: -0.02 - height(p))

    def lift(p: Reals) -> Reals:
        bulge = np.clip(1 - ((climb(p) + 0.12) / 0.34) ** 2, 0, 1)
        return cast(Reals, ease + (0.13 + 0.16 * (1 - front(p))) * np.sqrt(bulge) + 0.02)

    hood = builder.cut(
        builder.shell(lift, 8),
        lambda p: climb(p) + 0.42 - 0.12 * front(p),
        lambda p: 0.16 - 0.1 * front(p) - height(p),
        lambda p: closed(np.abs(p[:, 0]) - 0.10 - 0.5 * np.clip(height(p) + 0.25, 0, 1), p),
        rim=0.12,
    )
    rest = shell.attributes[:, REST]
    cords = []
    for side in (-1, 1):
        line = [(side * 0.2, level) for level in np.linspace(-0.28, -0.95, 12)]
        index = [
            int(np.where(rest[:, 2] > 0.2, (rest[:, 0] - x) ** 2 + (height(rest) - h) ** 2, 9).argmin())
            for x, h in line
        ]
        depth = np.convolve(np.pad(shell.vertices[index, 2], 2, mode="edge"), np.ones(5) / 5, "valid")
        across = np.full(12, side * 0.2)
        ends = shell.vertices[[index[0], index[-1]], 1]
        down = np.linspace(float(ends[0]), float(ends[1]), 12)
        path = np.stack([across, down, depth + 0.06], axis=1)
        cords.append(builder.on(shell, tube(path, 0.028, 6), rest[index[6]]))
    return [
        builder.part(body, outfit.outer),
        builder.part(hood, replace(outfit.outer, folds=outfit.outer.folds * 1.4)),
        builder.part(merge(cords), replace(outfit.trim, pattern=Pattern.PLAIN, folds=0.0)),
    ]
