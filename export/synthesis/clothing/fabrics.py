"""Cloth and what it is printed, woven or knitted with: colour, relief and gloss over fabric coordinates.

Fabric coordinates are decimetres along the cloth. Detail finer than two pixels fades to its mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from export.synthesis.mesh import Floats, Fragments, Material, Mesh

PATTERNS = ("plain", "heather", "knit", "ribbed", "denim", "stripes", "pinstripes", "plaid", "check", "floral", "dots",
            "zigzag", "leather", "felt")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fabric:
    """A cloth.

    Attributes:
        pattern: one of :data:`PATTERNS`.
        colours: (3, 3) linear RGB: ground, first and second colour of the pattern.
        scale: decimetres of one repeat of the pattern.
        folds: depth of the folds, decimetres; 0.01 is smooth, 0.05 crumpled.
        roughness: GGX roughness.
        seed: of its noise.
    """

    pattern: str
    colours: Floats
    scale: float
    folds: float
    roughness: float
    seed: int


@njit(cache=True)  # type: ignore[untyped-decorator]
def value_noise(points: Floats, seed: int) -> Floats:
    """Smooth noise (N,) in -1..1 at points (N, 2), one lattice cell a unit."""
    result = np.empty(points.shape[0], np.float32)
    for i in range(points.shape[0]):
        x, y = np.floor(points[i, 0]), np.floor(points[i, 1])
        fx, fy = points[i, 0] - x, points[i, 1] - y
        sx, sy = fx * fx * fx * (fx * (fx * 6 - 15) + 10), fy * fy * fy * (fy * (fy * 6 - 15) + 10)
        total = 0.0
        for dx in range(2):
            for dy in range(2):
                h = (int(x) + dx) * 374761393 + (int(y) + dy) * 668265263 + seed * 2147483647
                h = (h ^ (h >> 13)) & 0xFFFFFFFF
                h = (h * 1274126177) & 0xFFFFFFFF
                h = (h ^ (h >> 16)) & 0xFFFFFFFF
                weight = (sx if dx else 1 - sx) * (sy if dy else 1 - sy)
                total += weight * (h / 2147483648.0 - 1.0)
        result[i] = total
    return result


def fractal_noise(points: Floats, seed: int, octaves: int) -> Floats:
    """Sum of octaves of :func:`value_noise` (N,), each twice as fine and half as strong, about -1..1."""
    total = np.zeros(len(points), np.float32)
    for octave in range(octaves):
        total += value_noise(points * np.float32(2**octave), seed + octave) * np.float32(0.5**octave)
    return total


def sample_fabric(rng: np.random.Generator, patterns: dict[str, float], colours: Floats) -> Fabric:
    """A cloth with one of ``patterns`` (name to weight) in the given colours (3, 3)."""
    names = list(patterns)
    weights = np.array([patterns[name] for name in names])
    pattern = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    low, high = {
        "stripes": (0.12, 0.7), "pinstripes": (0.06, 0.2), "plaid": (0.35, 1.0), "check": (0.08, 0.3),
        "floral": (0.3, 0.9), "dots": (0.12, 0.4), "zigzag": (0.2, 0.5), "knit": (0.05, 0.09), "ribbed": (0.05, 0.08),
    }.get(pattern, (0.02, 0.03))  # fmt: skip
    rough = {"leather": 0.42, "felt": 0.95, "knit": 0.9}.get(pattern, 0.8)
    folds = float(rng.uniform(0.014, 0.045)) * {"leather": 0.8, "felt": 0.4, "ribbed": 0.5}.get(pattern, 1.0)
    return Fabric(
        pattern, colours.astype(np.float32), float(rng.uniform(low, high)), folds, rough, int(rng.integers(2**20))
    )


def sample_colours(rng: np.random.Generator, lightness: tuple[float, float] | None = None) -> Floats:
    """Ground and two pattern colours (3, 3), linear RGB: mostly dark, white, grey or muted, seldom vivid."""
    kind = rng.choice(4, p=[0.42, 0.26, 0.22, 0.10])  # neutral, navy-brown-olive, muted, vivid
    hue = float(rng.choice([0.61, 0.60, 0.08, 0.24, 0.0]) + rng.normal(0, 0.02)) if kind == 1 else float(rng.random())
    saturation = float(
        (rng.uniform(0, 0.12), rng.uniform(0.3, 0.6), rng.uniform(0.2, 0.5), rng.uniform(0.6, 0.85))[kind]
    )
    value = float((rng.choice([0.08, 0.15, 0.45, 0.85]) + rng.uniform(0, 0.12), rng.uniform(0.1, 0.4),
                   rng.uniform(0.25, 0.75), rng.uniform(0.4, 0.8))[kind])  # fmt: skip
    if lightness is not None:
        value = float(rng.uniform(*lightness))
        saturation *= 0.5 if value > 0.7 else 1.0
    ground = _from_hsv(hue, saturation, value)
    contrast = rng.uniform(0.35, 0.75)
    other = value - contrast if value > 0.5 else value + contrast
    first = _from_hsv(hue + rng.normal(0, 0.12), saturation * rng.uniform(0.2, 1.2), float(np.clip(other, 0.05, 0.9)))
    second = _from_hsv(hue + rng.normal(0, 0.3), saturation * rng.uniform(0.3, 1.4), float(rng.uniform(0.1, 0.85)))
    return np.stack([ground, first, second])


def weave(fabric: Fabric, mesh: Mesh, fragments: Fragments, coordinates: Floats, occlusion: Floats) -> Material:
    """The material of cloth at fragments with fabric ``coordinates`` (N, 2) and ambient visibility ``occlusion`` (N,).

    ``mesh.attributes[:, :2]`` are the fabric coordinates of the vertices.
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
    specular = 0.05 if fabric.pattern == "leather" else 0.02
    return Material(
        np.clip(albedo, 0.002, 0.72).astype(np.float32),
        normal.astype(np.float32),
        row * np.float32(fabric.roughness),
        row * np.float32(specular),
        row * 0,
        (occlusion * cavity).astype(np.float32),
        np.zeros((n, 3), np.float32),
    )


def _from_hsv(hue: float, saturation: float, value: float) -> Floats:
    """Hue, saturation, value 0..1 of a displayed colour -> linear RGB (3,)."""
    phase = np.abs((hue % 1.0 + np.array([0, 2 / 3, 1 / 3])) % 1.0 * 6 - 3) - 1
    shown = value * (1 - np.clip(saturation, 0, 1) * (1 - np.clip(phase, 0, 1)))
    return (np.clip(shown, 0, 1) ** 2.2).astype(np.float32)


def _band(x: Floats, width: float, blur: float) -> Floats:
    """1 inside the first ``width`` of each unit, 0 outside, with edges ``blur`` wide."""
    x = x % 1.0
    blur = max(blur, 1e-3)
    return np.clip(x / blur, 0, 1) * np.clip((width - x) / blur + 1, 0, 1)  # type: ignore[no-any-return]


def _paint(fabric: Fabric, p: Floats, footprint: float) -> Floats:
    """Albedo (N, 3)."""
    ground, first, second = fabric.colours
    q = p / np.float32(fabric.scale)
    blur = 1.5 * footprint / fabric.scale
    u, v = q[:, 0], q[:, 1]
    grain = value_noise(p * np.float32(60.0), fabric.seed) * np.float32(np.clip(0.016 / max(footprint, 1e-4), 0, 1))
    shade = 1 + 0.05 * grain + 0.06 * fractal_noise(p * np.float32(2.0), fabric.seed + 7, 2)
    match fabric.pattern:
        case "stripes":
            colour = _mixed(ground, first, _band(v, 0.5, blur))
        case "pinstripes":
            colour = _mixed(ground, first, 0.6 * _band(u, 0.18, blur))
        case "plaid":
            a, b = _band(u, 0.45, blur)[:, None], _band(v, 0.45, blur)[:, None]
            thin = np.maximum(_band(u + 0.3, 0.05, blur), _band(v + 0.3, 0.05, blur))[:, None]
            colour = (ground * (2 - a - b) + first * (a + b)) / 2
            colour = colour * (1 - 0.7 * thin) + second * 0.7 * thin
        case "check":
            colour = _mixed(ground, first, 0.7 * np.maximum(_band(u, 0.12, blur), _band(v, 0.12, blur)))
        case "floral":
            colour = _flowers(fabric, q, blur)
        case "dots":
            offset = q + np.stack([0.5 * (np.floor(v) % 2), v * 0], axis=1)
            away = np.linalg.norm(offset % 1 - 0.5, axis=1)
            colour = _mixed(ground, first, np.clip((0.24 - away) / max(blur, 1e-3) + 0.5, 0, 1))
        case "zigzag":
            wave = v + 0.3 * np.abs((u * 2) % 2 - 1)
            colour = _mixed(_mixed(ground, first, _band(wave, 0.4, blur)), second, _band(wave + 0.3, 0.12, blur))
        case "heather":
            fleck = value_noise(p * np.array([50.0, 14.0], np.float32), fabric.seed + 3)[:, None]
            colour = ground * (1 + 0.22 * fleck)
        case "denim":
            twill = value_noise(np.stack([p[:, 0] * 70 + p[:, 1] * 70, p[:, 1] * 9], axis=1), fabric.seed + 3)[:, None]
            worn = np.clip(fractal_noise(p * np.float32(1.5), fabric.seed + 5, 3), 0, 1)[:, None]
            colour = ground * (1 + 0.3 * twill) + 0.12 * worn * (1 - ground)
        case _:
            colour = np.broadcast_to(ground, (len(p), 3))
    return (colour * shade[:, None]).astype(np.float32)


def _mixed(one: Floats, other: Floats, share: NDArray[np.floating[Any]]) -> Floats:
    """Colours (N, 3) or (3,) mixed, ``share`` (N,) of the other."""
    return (one + (other - one) * share[:, None]).astype(np.float32)


def _flowers(fabric: Fabric, q: Floats, blur: float) -> Floats:
    """Flowers and leaves scattered over the ground colour."""
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
    """Height (N,) in decimetres: folds, and ribs or stitches where they are wide enough to see."""
    bend = value_noise(p * np.float32(0.8), fabric.seed + 21)[:, None] * np.array([0.5, 0.9], np.float32)
    folded = (p + bend) * np.array([1.7, 0.75], np.float32)
    height = fabric.folds * (
        fractal_noise(folded, fabric.seed + 22, 2) + 0.35 * value_noise(folded * 4, fabric.seed + 29)
    )
    seen = float(np.clip(fabric.scale / footprint / 3 - 1, 0, 1))
    q = p / np.float32(fabric.scale)
    if fabric.pattern == "ribbed" and seen:
        height += np.float32(0.010 * seen) * np.sin(2 * np.pi * q[:, 0]).astype(np.float32)
    elif fabric.pattern == "knit" and seen:
        v = q[:, 1] + 0.35 * np.abs((q[:, 0] % 1) * 2 - 1)
        height += np.float32(0.008 * seen) * (np.abs(np.sin(np.pi * q[:, 0])) + 0.6 * np.abs(np.sin(np.pi * v))).astype(
            np.float32
        )
    elif fabric.pattern == "leather":
        height += np.float32(0.0025) * np.abs(value_noise(p * np.float32(22.0), fabric.seed + 23))
    elif fabric.pattern in ("felt", "heather"):
        height += np.float32(0.001) * value_noise(p * np.float32(40.0), fabric.seed + 23)
    return height.astype(np.float32)


def _gradients(mesh: Mesh) -> Floats:
    """(T, 2, 3): per triangle, the posed surface's gradients of the two fabric coordinates."""
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
