"""Growth of beards, moustaches, sideburns and stubble."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.synthesis.hair.beard_kinds import Beard
from export.synthesis.hair.follicles import Follicles, Roots
from export.synthesis.hair.growth import Growth, grow
from export.synthesis.hair.hair_style import GREY
from export.synthesis.hair.texture import Texture, clump, curl, wisps
from export.synthesis.head import Head
from export.synthesis.mesh import Floats, StrandKind, Strands

# Upper border on the cheek of the rest head: height over distance to the front (z), from the sideburn to the mouth.
_CHEEK_Z = [0.60, 0.72, 0.82, 0.95, 1.10, 1.25, 1.34, 1.5]
_CHEEK_Y = [7.25, 7.20, 6.98, 6.84, 6.76, 6.70, 6.64, 6.60]


def beard_density(rest: Floats, beard: Beard) -> Floats:
    """Compute how hairy the skin is, not taking the lips themselves into account.

    Args:
        rest: (N, 3) points of the rest head's skin.
        beard: the beard.

    Returns:
        (N,) float32 0..1.
    """
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    low = _rise(y, beard.neck_line + 0.25 * np.clip(0.9 - z, 0, 1), 0.08) * _rise(z, 0.5, 0.06)
    cheek_top = np.interp(z, _CHEEK_Z, _CHEEK_Y) + beard.cheek_line * (z > 0.75)
    below_cheek = _rise(cheek_top - y, 0.0, 0.07)
    jaw = below_cheek * low
    side = jaw * _rise(6.98 - y, -0.3, 0.2) * (1 - _rise(z, 0.82, 0.06))
    chin = low * _rise(0.27 - x, 0, 0.06) * _rise(6.6 - y, 0, 0.05) * _rise(z, 0.85, 0.1)
    # bare skin left and right of the tuft under the lower lip
    chin *= 1 - 0.85 * _rise(y, 6.46, 0.03) * _rise(x, 0.06, 0.03) * _rise(0.2 - x, 0, 0.03)
    lip = _rise(0.3 - x, 0, 0.05) * _rise(z, 1.22, 0.05) * _rise(6.875 - 0.35 * np.clip(x - 0.12, 0, 1) - y, 0, 0.03)
    lip *= _rise(y, 6.56, 0.05)
    # the groove under the nose is thinner
    lip *= 1 - 0.35 * np.exp(-((x / 0.02) ** 2))
    cheeks = jaw * _rise(x, 0.2, 0.06)
    if beard.cheeks < 0.5:
        cheeks = cheeks * _rise(6.62 - y, 0, 0.06)
    density = np.max(
        [beard.moustache * lip, beard.chin * chin, (beard.cheeks > 0) * cheeks * (z > 0.75), beard.sideburns * side],
        axis=0,
    )
    waves = np.sin(17 * rest[:, 0] + beard.seed) + np.sin(13 * y + 2 * beard.seed) + np.sin(19 * z + 3 * beard.seed)
    return np.asarray(density * np.clip(1 - beard.patchy * (0.35 + 0.3 * waves), 0, 1), np.float32)


def grow_beard(
    rng: np.random.Generator,
    head: Head,
    beard: Beard,
    density: Floats,
    colour: Floats,
    grey: float,
    follicles: Follicles,
) -> Strands | None:
    """Grow the hairs of a beard on a head with its expression.

    Args:
        rng: random numbers.
        head: unposed head.
        beard: the beard.
        density: (V,) how hairy each vertex is, 0..1.
        colour: (3,) linear RGB.
        grey: share of white hairs.
        follicles: skin that hairs grow from.

    Returns:
        The hairs in the head frame, or None for a shaved face.
    """
    weight = (density * (follicles.bare < 0.5)).astype(np.float32)
    roots = follicles.sample(rng, head.vertices, head.normals, weight, beard.count)
    if len(roots) == 0:
        return None
    stubble = beard.length < 0.05
    texture = Texture(
        clump=0.0 if stubble else 0.35,
        locks=150,
        radius=beard.curl,
        pitch=0.18,
        frizz=0.0 if stubble else 0.02,
        wisp=1 if stubble else 3,
        spread=0.001 if stubble else 0.022,
        taper=1.0,
    )
    paths = grow(follicles, head.vertices, head.normals, roots, _growth(rng, head, beard, roots), 3 if stubble else 9)
    paths, lock = clump(rng, paths, texture)
    paths = curl(rng, paths, roots.normal, lock, texture)
    points, _ = wisps(rng, paths, roots.normal, texture)
    n = len(points)
    shades = colour * np.exp(rng.normal(0, 0.2, (n, 1)))
    white = np.clip(grey * 1.2 + rng.normal(0, 0.3, (n, 1)) * (grey > 0), 0, 1)
    shades += white * (GREY * rng.uniform(0.75, 1.1, (n, 1)) - shades)
    return Strands(
        StrandKind.BEARD,
        points,
        (beard.width * rng.uniform(0.7, 1.2, n) * (0.75 if stubble else 1.0)).astype(np.float32),
        shades.astype(np.float32),
        np.full(n, 0.6 if stubble else 0.8, np.float32),
        0.25,
    )


def _growth(rng: np.random.Generator, head: Head, beard: Beard, roots: Roots) -> Growth:
    """Comb hairs down on cheeks and chin and outwards over the lip; hairs of the moustache end above the mouth."""
    n = len(roots)
    x, y, z = roots.rest.T
    over_lip = (np.abs(x) < 0.31) & (y > 6.6) & (z > 1.2)
    chin = _rise(6.6 - y, 0, 0.1) * _rise(0.35 - np.abs(x), 0, 0.1)
    comb = np.stack([0.35 * np.sign(x) * (1 - chin), -np.ones(n), -0.25 + 0.5 * chin], axis=1)
    outwards = np.stack([np.sign(x) * (0.25 + 2.5 * np.abs(x)), -0.8 * np.ones(n), np.zeros(n)], axis=1)
    comb = np.where(over_lip[:, None], outwards, comb) + rng.normal(0, 0.18, (n, 3))
    comb -= roots.normal * (comb * roots.normal).sum(axis=1, keepdims=True)
    comb /= np.linalg.norm(comb, axis=1, keepdims=True) + 1e-6
    length = (beard.length + (beard.chin_length - beard.length) * chin) * rng.uniform(0.5, 1.1, n)
    length = np.where((y > 6.85) & ~over_lip, np.minimum(length, 0.12), length)
    hem = np.full(n, -np.inf)
    rim = head.landmarks[48:55]
    hem[over_lip] = np.interp(roots.position[over_lip, 0], rim[:, 0], rim[:, 1]) + 0.01
    row = np.ones(n)
    values = {
        "length": length,
        "lift": np.clip(rng.normal(0.27, 0.08, n), 0.1, 0.6),
        "hold": 2.0 * row,
        "reach": 0.3 * row,
        "gravity": 2.0 * row,
        "cling": 0.0 * row,
        "layer": rng.uniform(0.0, 0.05, n) * np.clip(beard.length / 0.15, 0, 1),
        "hem": hem,
    }
    floats = {name: value.astype(np.float32) for name, value in values.items()}
    return Growth(comb.astype(np.float32), veil=np.ones(n, bool), **floats)


def _rise(x: NDArray[Any], start: Floats | float, width: float) -> Floats:
    """Step smoothly from 0 below ``start`` to 1 from ``start + width`` on."""
    t = np.clip((x - start) / width, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
