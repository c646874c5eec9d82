"""The material of cloth: colour, relief and gloss over fabric coordinates.

Fabric coordinates are decimetres along the cloth. Detail finer than two pixels fades to its mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.synthesis.clothing.fabrics import Fabric, Pattern
from export.synthesis.clothing.noise import fractal_noise, value_noise
from export.synthesis.mesh import Floats, Fragments, Material, Mesh


def weave(fabric: Fabric, mesh: Mesh, fragments: Fragments, coordinates: Floats, occlusion: Floats) -> Material:
    """Compute the material of cloth.

    Args:
        fabric: the cloth.
        mesh: mesh whose first two attributes are the fabric coordinates of the vertices.
        fragments: N visible points of that mesh.
        coordinates: (N, 2) fabric coordinates of the fragments.
        occlusion: (N,) ambient visibility 0..1.
    """
    albedo = _paint(fabric, coordinates, fragments.footprint)
    step = np.float32(max(fragments.footprint, 0.004))
    here = _relief(fabric, coordinates, fragments.footprint)
    slope_u = (_relief(fabric, coordinates + np.array([step, 0], np.float32), fragments.footprint) - here) / step
    slope_v = (_relief(fabric, coordinates + np.array([0, step], np.float32), fragments.footprint) - here) / step
    gradients = _gradients(mesh)[fragments.triangle]
    slope = slope_u[:, None] * gradients[:, 0] + slope_v[:, None] * gradients[:, 1]
    slope -= fragments.normal * (slope * fragments.normal).sum(axis=1, keepdims=True)
    normal = fragments.normal - np.clip(slope, -1.2, 1.2)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    n = len(coordinates)
    row = np.ones(n, np.float32)
    cavity = np.clip(1 + here / max(fabric.folds, 0.01) * 0.12, 0.7, 1.0)
    specular = 0.05 if fabric.pattern == Pattern.LEATHER else 0.02
    return Material(
        np.clip(albedo, 0.002, 0.72).astype(np.float32),
        normal.astype(np.float32),
        row * np.float32(fabric.roughness),
        row * np.float32(specular),
        row * 0,
        (occlusion * cavity).astype(np.float32),
        np.zeros((n, 3), np.float32),
    )


def _band(x: Floats, width: float, blur: float) -> Floats:
    """Compute a periodic band: 1 in the first ``width`` of each unit, 0 outside, with edges ``blur`` wide."""
    x = x % 1.0
    blur = max(blur, 1e-3)
    return np.clip(x / blur, 0, 1) * np.clip((width - x) / blur + 1, 0, 1)  # type: ignore[no-any-return]


def _paint(fabric: Fabric, p: Floats, footprint: float) -> Floats:
    """Compute the albedo (N, 3) at fabric coordinates (N, 2)."""
    ground, first, second = fabric.colours
    q = p / np.float32(fabric.scale)
    blur = 1.5 * footprint / fabric.scale
    u, v = q[:, 0], q[:, 1]
    grain = value_noise(p * np.float32(60.0), fabric.seed) * np.float32(np.clip(0.016 / max(footprint, 1e-4), 0, 1))
    shade = 1 + 0.05 * grain + 0.06 * fractal_noise(p * np.float32(2.0), fabric.seed + 7, 2)
    match fabric.pattern:
        case Pattern.STRIPES:
            colour = _mixed(ground, first, _band(v, 0.5, blur))
        case Pattern.PINSTRIPES:
            colour = _mixed(ground, first, 0.6 * _band(u, 0.18, blur))
        case Pattern.PLAID:
            a, b = _band(u, 0.45, blur)[:, None], _band(v, 0.45, blur)[:, None]
            thin = np.maximum(_band(u + 0.3, 0.05, blur), _band(v + 0.3, 0.05, blur))[:, None]
            colour = (ground * (2 - a - b) + first * (a + b)) / 2
            colour = colour * (1 - 0.7 * thin) + second * 0.7 * thin
        case Pattern.CHECK:
            colour = _mixed(ground, first, 0.7 * np.maximum(_band(u, 0.12, blur), _band(v, 0.12, blur)))
        case Pattern.FLORAL:
            colour = _flowers(fabric, q, blur)
        case Pattern.DOTS:
            offset = q + np.stack([0.5 * (np.floor(v) % 2), v * 0], axis=1)
            away = np.linalg.norm(offset % 1 - 0.5, axis=1)
            colour = _mixed(ground, first, np.clip((0.24 - away) / max(blur, 1e-3) + 0.5, 0, 1))
        case Pattern.ZIGZAG:
            wave = v + 0.3 * np.abs((u * 2) % 2 - 1)
            colour = _mixed(_mixed(ground, first, _band(wave, 0.4, blur)), second, _band(wave + 0.3, 0.12, blur))
        case Pattern.HEATHER:
            fleck = value_noise(p * np.array([50.0, 14.0], np.float32), fabric.seed + 3)[:, None]
            colour = ground * (1 + 0.22 * fleck)
        case Pattern.DENIM:
            twill = value_noise(np.stack([p[:, 0] * 70 + p[:, 1] * 70, p[:, 1] * 9], axis=1), fabric.seed + 3)[:, None]
            worn = np.clip(fractal_noise(p * np.float32(1.5), fabric.seed + 5, 3), 0, 1)[:, None]
            colour = ground * (1 + 0.3 * twill) + 0.12 * worn * (1 - ground)
        case _:
            colour = np.broadcast_to(ground, (len(p), 3))
    return (colour * shade[:, None]).astype(np.float32)


def _mixed(one: Floats, other: Floats, share: NDArray[np.floating[Any]]) -> Floats:
    """Mix colours (N, 3) or (3,), with ``share`` (N,) of the other."""
    return (one + (other - one) * share[:, None]).astype(np.float32)


def _flowers(fabric: Fabric, q: Floats, blur: float) -> Floats:
    """Scatter flowers and leaves over the ground colour."""
    ground, first, second = fabric.colours
    colour = np.broadcast_to(ground, (len(q), 3)).copy()
    for layer, (tint, petals, size) in enumerate(
        ((second, 2, 0.30), (first, 5, 0.34), (ground * 0.5 + first * 0.5, 5, 0.26))
    ):
        moved = q * np.float32(1 + 0.3 * layer) + np.float32(0.37 * layer)
        cell = np.floor(moved)
        jitter = np.stack([value_noise(cell + 0.0, fabric.seed + 11 * layer + k) for k in range(3)], axis=1)
        local = moved - cell - 0.5 - 0.15 * jitter[:, :2]
        radius = np.linalg.norm(local, axis=1)
        angle = np.arctan2(local[:, 1], local[:, 0]) + jitter[:, 2] * 3
        edge = size * (0.62 + 0.38 * np.cos(petals * angle)) * (0.8 + 0.2 * jitter[:, 2])
        mix = np.clip((edge - radius) / max(blur, 0.02) + 0.5, 0, 1)[:, None]
        heart = np.clip((0.06 - radius) / max(blur, 0.02) + 0.5, 0, 1)[:, None]
        colour = colour * (1 - mix) + tint * (1 - heart) * mix + second * heart * mix
    return colour.astype(np.float32)


def _relief(fabric: Fabric, p: Floats, footprint: float) -> Floats:
    """Compute the height (N,) in decimetres: folds, and ribs or stitches where they are wide enough to see."""
    bend = value_noise(p * np.float32(0.8), fabric.seed + 21)[:, None] * np.array([0.5, 0.9], np.float32)
    folded = (p + bend) * np.array([1.7, 0.75], np.float32)
    height = fabric.folds * (
        fractal_noise(folded, fabric.seed + 22, 2) + 0.35 * value_noise(folded * 4, fabric.seed + 29)
    )
    seen = float(np.clip(fabric.scale / footprint / 3 - 1, 0, 1))
    q = p / np.float32(fabric.scale)
    if fabric.pattern == Pattern.RIBBED and seen:
        height += np.float32(0.010 * seen) * np.sin(2 * np.pi * q[:, 0]).astype(np.float32)
    elif fabric.pattern == Pattern.KNIT and seen:
        v = q[:, 1] + 0.35 * np.abs((q[:, 0] % 1) * 2 - 1)
        height += np.float32(0.008 * seen) * (np.abs(np.sin(np.pi * q[:, 0])) + 0.6 * np.abs(np.sin(np.pi * v))).astype(
            np.float32
        )
    elif fabric.pattern == Pattern.LEATHER:
        height += np.float32(0.0025) * np.abs(value_noise(p * np.float32(22.0), fabric.seed + 23))
    elif fabric.pattern in (Pattern.FELT, Pattern.HEATHER):
        height += np.float32(0.001) * value_noise(p * np.float32(40.0), fabric.seed + 23)
    return height.astype(np.float32)


def _gradients(mesh: Mesh) -> Floats:
    """Compute the posed surface's gradients (T, 2, 3) of both fabric coordinates for each triangle."""
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    flat = mesh.attributes[mesh.triangles][..., :2].astype(np.float64)
    e1, e2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    d1, d2 = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    a, b, c = (e1 * e1).sum(1), (e1 * e2).sum(1), (e2 * e2).sum(1)
    det = np.maximum(a * c - b * b, 1e-10)[:, None]
    dual1 = (c[:, None] * e1 - b[:, None] * e2) / det
    dual2 = (a[:, None] * e2 - b[:, None] * e1) / det
    result = np.stack([d1[:, k, None] * dual1 + d2[:, k, None] * dual2 for k in (0, 1)], axis=1)
    return np.clip(result, -3, 3).astype(np.float32)
