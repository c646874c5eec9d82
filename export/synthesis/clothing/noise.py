"""Smooth noise over the plane."""

from __future__ import annotations

import numpy as np
from numba import njit

from export.synthesis.mesh import Floats


@njit(cache=True)  # type: ignore[untyped-decorator]
def value_noise(points: Floats, seed: int) -> Floats:
    """Compute smooth noise, one lattice cell a unit.

    Args:
        points: (N, 2) float32.
        seed: picks the noise.

    Returns:
        (N,) float32 in -1..1.
    """
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
    """Sum octaves of :func:`value_noise`, each twice as fine and half as strong.

    Args:
        points: (N, 2) float32.
        seed: picks the noise.
        octaves: number of octaves.

    Returns:
        (N,) float32, about -1..1.
    """
    total = np.zeros(len(points), np.float32)
    for octave in range(octaves):
        total += value_noise(points * np.float32(2**octave), seed + octave) * np.float32(0.5**octave)
    return total
