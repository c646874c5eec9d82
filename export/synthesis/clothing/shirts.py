"""Shirts, polo shirts and suits: collars with points, plackets, ties, lapels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np

from export.synthesis.clothing.builder import OCCLUSION, REST, GarmentBuilder, climb, closed, front, height
from export.synthesis.clothing.fabrics import Fabric, Pattern
from export.synthesis.clothing.outfits import Outfit, OutfitKind
from export.synthesis.mesh import Part, Reals, Shape, ellipsoid, merge

OPENING = 0.6
"""Depth of an open shirt's V below the base of the neck, decimetres."""


def _gap(outfit: Outfit) -> Callable[[Reals], Reals]:
    """Return a function of rest positions (N, 3) to half the width (N,) of a shirt's opening at the throat."""

    def gap(p: Reals) -> Reals:
        if not outfit.open_collar:
            return np.full(len(p), -0.01, np.float32)
        return cast(Reals, 0.36 * np.clip((height(p) + OPENING) / OPENING, 0, 1.3) - 0.02)

    return gap


def shirt(builder: GarmentBuilder, outfit: Outfit, cloth: Fabric, ease: float) -> list[Part]:
    """Build a shirt or polo shirt: body with a placket, collar and buttons.

    Args:
        builder: cuts the cloth.
        outfit: what the person wears.
        cloth: cloth of the shirt.
        ease: decimetres between skin and cloth.
    """
    gap = _gap(outfit)
    shell = builder.shell(ease)
    opened = [lambda p: closed(np.abs(p[:, 0]) - gap(p), p)] if outfit.open_collar else []
    body = builder.cut(shell, lambda p: 0.06 - height(p), *opened)
    strip = builder.shell(ease + 0.012)
    end = 0.9 if outfit.kind == OutfitKind.POLO else 9.0
    placket = builder.cut(
        strip,
        lambda p: p[:, 2] - 0.2,
        lambda p: p[:, 0] - np.maximum(gap(p), 0) * 0.9 + 0.13,
        lambda p: np.maximum(gap(p), 0) * 0.9 + 0.17 - p[:, 0],
        lambda p: -0.02 - height(p),
        lambda p: height(p) + end,
        *opened,
        rim=0.015,
    )
    flat = replace(cloth, folds=0.004)
    parts = [builder.part(body, cloth), builder.part(placket, flat), *collar_parts(builder, outfit, cloth, ease)]
    heights = (-0.62, -1.0) if outfit.open_collar else (-0.25, -0.62, -1.0)
    parts += _buttons(builder, strip, [level for level in heights if level > -end], outfit.trim)
    return parts


def collar_parts(builder: GarmentBuilder, outfit: Outfit, cloth: Fabric, ease: float) -> list[Part]:
    """Build a turned-down collar: a stand around the neck and two leaves with points.

    Args:
        builder: cuts the cloth.
        outfit: what the person wears.
        cloth: cloth of the shirt.
        ease: decimetres between skin and cloth.
    """
    gap = _gap(outfit)
    spread = 0.45 if outfit.open_collar else 0.55

    def opening(p: Reals) -> Reals:
        return closed(np.abs(p[:, 0]) - np.maximum(gap(p), 0.012), p)

    def slant(p: Reals) -> Reals:
        return closed(np.abs(p[:, 0]) - np.maximum(gap(p), 0.012) - spread * np.clip(0.06 - height(p), 0, 1), p)

    def lower(p: Reals) -> Reals:
        point = np.exp(-(((np.abs(p[:, 0]) - 0.42) / 0.32) ** 2))
        return cast(Reals, climb(p) + 0.20 + 0.34 * front(p) * point)

    def upper(p: Reals) -> Reals:
        return cast(Reals, 0.24 - 0.12 * front(p) - height(p))

    def lift(p: Reals) -> Reals:
        return cast(Reals, ease + 0.04 + 0.03 * np.exp(-(((height(p) - 0.1) / 0.14) ** 2)))

    inside = builder.cut(builder.shell(ease + 0.02, 8), lambda p: height(p) + 0.1, upper, opening, rim=0.02)
    leaves = builder.cut(builder.shell(lift, 8), lower, upper, slant, rim=0.045)
    smoother = replace(cloth, folds=0.004)
    inside.attributes[:, OCCLUSION] = 0.6
    return [builder.part(inside, smoother), builder.part(leaves, smoother)]


def _buttons(builder: GarmentBuilder, shell: Shape, heights: list[float], trim: Fabric) -> list[Part]:
    """Put buttons on the midline at the given heights above the base of the neck."""
    rest = shell.attributes[:, REST]
    middle = (np.abs(rest[:, 0]) < 0.04) & (rest[:, 2] > 0.2)
    shapes = []
    for level in heights:
        index = int(np.where(middle, np.abs(height(rest) - level), 9.0).argmin())
        button = ellipsoid(shell.vertices[index] + np.array([0.02, 0, 0.012]), np.array([0.05, 0.05, 0.018]), 7, 14)
        shapes.append(builder.on(shell, button, rest[index]))
    plain = replace(trim, pattern=Pattern.PLAIN, roughness=0.35, folds=0.0)
    return [builder.part(merge(shapes), plain)] if shapes else []


def suit(builder: GarmentBuilder, outfit: Outfit) -> list[Part]:
    """Build a shirt, perhaps a tie, and a blazer with lapels."""
    below = replace(outfit, kind=OutfitKind.SHIRT, open_collar=outfit.open_collar and not outfit.tie)
    parts = shirt(builder, below, outfit.inner, 0.03)
    if outfit.tie:
        parts += _tie(builder, outfit.trim)
    parts += _lapels(builder, outfit.outer, outfit.ease + 0.06)
    return parts


def _tie(builder: GarmentBuilder, cloth: Fabric) -> list[Part]:
    """Build a knot below the collar and a blade that widens downwards."""
    blade = builder.cut(
        builder.shell(0.075, 8),
        lambda p: p[:, 2] - 0.2,
        lambda p: 0.11 + 0.10 * (5.6 - p[:, 1]) - np.abs(p[:, 0]),
        lambda p: -0.12 - height(p),
        rim=0.03,
    )
    knot = builder.cut(
        builder.shell(lambda p: np.maximum(0.15 - 2.5 * p[:, 0] ** 2, 0.02), 8),
        lambda p: p[:, 2] - 0.2,
        lambda p: 0.10 + 0.35 * np.clip(height(p) + 0.26, 0, 0.4) - np.abs(p[:, 0]),
        lambda p: 0.06 - height(p),
        lambda p: height(p) + 0.26,
        rim=0.1,
    )
    silk = replace(cloth, folds=0.004, roughness=0.5, scale=0.16)
    return [builder.part(blade, silk), builder.part(knot, silk)]


def _lapels(builder: GarmentBuilder, cloth: Fabric, ease: float) -> list[Part]:
    """Build a blazer: the body open in a V, lapels folded back along it, a collar around the neck."""

    def edge(p: Reals) -> Reals:
        return cast(Reals, 0.66 * np.clip((p[:, 1] - 3.7) / 2.2, 0, 1.2))

    def opening(p: Reals) -> Reals:
        return closed(np.abs(p[:, 0]) - edge(p), p)

    def turned(p: Reals) -> Reals:
        return cast(Reals, 0.20 + 0.5 * np.clip((p[:, 1] - 4.3) / 1.1, 0, 1) + edge(p) - np.abs(p[:, 0]))

    def lift(p: Reals) -> Reals:
        return cast(Reals, ease + 0.045 + 0.03 * np.exp(-(((np.abs(p[:, 0]) - edge(p)) / 0.12) ** 2)))

    upper = builder.shell(lift, 10)
    body = builder.cut(builder.shell(ease, 10), opening, lambda p: -0.02 - height(p), rim=0.06)
    lapel = builder.cut(
        upper, lambda p: p[:, 2] - 0.2, opening, turned, lambda p: 5.46 - 0.28 * (np.abs(p[:, 0]) - edge(p)) - p[:, 1]
    )
    collar = builder.cut(
        upper,
        opening,
        lambda p: 0.10 - height(p),
        lambda p: climb(p) + 0.36 + 0.25 * front(p),
        lambda p: closed(p[:, 1] - 5.47 + 0.30 * (np.abs(p[:, 0]) - edge(p)), p),
    )
    flat = replace(cloth, folds=cloth.folds * 0.25)
    return [builder.part(body, cloth), builder.part(lapel, flat), builder.part(collar, flat)]
