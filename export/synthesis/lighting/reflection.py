"""Mirrored surroundings, blurred by a surface's roughness: a mip stack of a panorama and its look-up."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numba import njit

from export.synthesis.mesh import Floats

HEIGHT = 128  # rows of the finest level
LEVELS = 6


def mip_stack(panorama: Floats) -> Floats:
    """Stack ever smaller panoramas, 128 x 256 down to 4 x 8, as texels (43680, 3) one after another."""
    level = cv2.resize(panorama, (2 * HEIGHT, HEIGHT), interpolation=cv2.INTER_AREA)
    stack = []
    for _ in range(LEVELS):
        stack.append(level.reshape(-1, 3))
        level = cv2.resize(level, (level.shape[1] // 2, level.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(np.concatenate(stack), np.float32)


@njit(cache=True, fastmath=True)
def level_of(roughness):  # type: ignore[no-untyped-def]
    """Compute the level of the stack whose texels are as wide as the highlight of a GGX roughness."""
    alpha = max(roughness * roughness, np.float32(0.015))
    return min(max(np.float32(5.7) + np.log2(alpha), np.float32(0)), np.float32(LEVELS - 1))


@njit(cache=True, fastmath=True)
def look_up(mirror, x, y, z, level):  # type: ignore[no-untyped-def]
    """Interpolate radiance (red, green, blue) from a unit vector x, y, z at a fractional level of the stack (T, 3)."""
    fine = min(int(level), LEVELS - 2)
    blend = np.float32(level - fine)
    across = np.float32((math.atan2(x, -z) + math.pi) / (2 * math.pi))
    down = np.float32(math.acos(min(max(y, np.float32(-1)), np.float32(1))) / math.pi)
    red, green, blue = np.float32(0), np.float32(0), np.float32(0)
    start, height = 0, HEIGHT
    for _ in range(fine):
        start += 2 * height * height
        height >>= 1
    for step in range(2):
        width = 2 * height
        column = across * np.float32(width) - np.float32(0.5)
        row = min(max(down * np.float32(height) - np.float32(0.5), np.float32(0)), np.float32(height - 1.001))
        left, top = math.floor(column), int(row)
        right_part, lower_part = np.float32(column - left), np.float32(row - top)
        weight = blend if step == 1 else 1 - blend
        for corner in range(4):
            share = right_part if corner & 1 else 1 - right_part
            share *= (lower_part if corner & 2 else 1 - lower_part) * weight
            texel = start + (top + (corner >> 1)) * width + (left + (corner & 1) + width) % width
            red += share * mirror[texel, 0]
            green += share * mirror[texel, 1]
            blue += share * mirror[texel, 2]
        start += 2 * height * height
        height >>= 1
    return red, green, blue


@njit(cache=True, fastmath=True)
def reflect(mirror, vectors, roughness):  # type: ignore[no-untyped-def]
    """Look up radiance (N, 3) float32 that arrives from unit vectors (N, 3), blurred for one roughness."""
    out = np.empty(vectors.shape, np.float32)
    level = level_of(np.float32(roughness))
    for i in range(vectors.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = look_up(mirror, vectors[i, 0], vectors[i, 1], vectors[i, 2], level)
    return out
