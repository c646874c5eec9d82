"""Texture of grown hairs: locks, curls and wisps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from export.synthesis.mesh import Floats


@dataclass(frozen=True, slots=True)
class Texture:
    """Changes to hairs once grown; decimetres.

    Attributes:
        clump: 0..1, how far hairs of a lock come together at their tips.
        locks: number of locks.
        radius: of curls.
        pitch: length of hair in a turn of a curl.
        flatness: 0 (helix) .. 1 (wave in a plane).
        frizz: how far single hairs leave their wisp.
        wisp: number of hairs that share a path.
        spread: radius of a wisp at the root.
        taper: radius at the tip over that at the root.
    """

    clump: float = 0.3
    locks: int = 250
    radius: float = 0.0
    pitch: float = 0.5
    flatness: float = 0.0
    frizz: float = 0.01
    wisp: int = 5
    spread: float = 0.035
    taper: float = 0.8


def clump(rng: np.random.Generator, paths: Floats, texture: Texture) -> tuple[Floats, NDArray[np.int64]]:
    """Draw paths together towards the guides of their locks.

    Args:
        rng: random numbers.
        paths: (N, K, 3) float32.
        texture: locks.

    Returns:
        The new paths, and the lock (N,) of each.
    """
    guides = rng.choice(len(paths), min(texture.locks, len(paths)), replace=False)
    # a lock has hairs with similar roots and directions, so that partings separate locks
    key = np.concatenate([paths[:, 0], 0.5 * paths[:, paths.shape[1] // 3]], axis=1)
    lock = cKDTree(key[guides]).query(key)[1]
    t = np.linspace(0, 1, paths.shape[1], dtype=np.float32)[None, :, None]
    pull = np.float32(texture.clump) * t * rng.uniform(0.4, 1.2, (len(paths), 1, 1)).astype(np.float32)
    return (paths + (paths[guides[lock]] - paths) * np.minimum(pull, 1)).astype(np.float32), lock


def curl(rng: np.random.Generator, paths: Floats, normals: Floats, lock: NDArray[np.int64], texture: Texture) -> Floats:
    """Wind paths around themselves, hairs of a lock in step.

    Args:
        rng: random numbers.
        paths: (N, K, 3) float32.
        normals: (N, 3) float32 unit normals of the skin at the roots.
        lock: (N,) lock of each path.
        texture: curls.

    Returns:
        (N, K, 3) float32.
    """
    if texture.radius <= 0:
        return paths
    n = len(paths)
    tangent = np.gradient(paths, axis=1)
    tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + 1e-9
    first = normals[:, None] - tangent * (tangent * normals[:, None]).sum(axis=2, keepdims=True)
    first /= np.linalg.norm(first, axis=2, keepdims=True) + 1e-6
    second = np.cross(tangent, first)
    along = np.cumsum(np.linalg.norm(np.diff(paths, axis=1, prepend=paths[:, :1]), axis=2), axis=1)
    count = int(lock.max()) + 1
    phase = rng.uniform(0, 2 * np.pi, count)[lock] + rng.normal(0, 0.35, n)
    pitch = texture.pitch * rng.uniform(0.75, 1.3, count)[lock] * rng.uniform(0.93, 1.07, n)
    angle = phase[:, None] + 2 * np.pi * along / pitch[:, None]
    size = texture.radius * rng.uniform(0.7, 1.3, (n, 1)) * (1 - np.exp(-along / (0.5 * texture.pitch)))
    wound = (np.cos(angle) * size * (1 - texture.flatness))[..., None] * first
    wound += (np.sin(angle) * size)[..., None] * second
    return (paths + wound).astype(np.float32)


def wisps(
    rng: np.random.Generator, paths: Floats, normals: Floats, texture: Texture
) -> tuple[Floats, NDArray[np.int64]]:
    """Turn each path into a wisp of hairs.

    Args:
        rng: random numbers.
        paths: (N, K, 3) float32.
        normals: (N, 3) float32 unit normals of the skin at the roots.
        texture: wisps.

    Returns:
        Hairs (N * wisp, K, 3) float32, and the path that each came from.
    """
    source = np.repeat(np.arange(len(paths)), texture.wisp)
    n = len(source)
    angle, radius = rng.uniform(0, 2 * np.pi, n), texture.spread * np.sqrt(rng.uniform(0, 1, n))
    numbers = rng.uniform(0, 1, (n, 6)).astype(np.float32)
    shift = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)
    return _multiply(
        paths, normals, source, shift, numbers, np.float32(texture.taper), np.float32(texture.frizz)
    ), source


@njit(cache=True, fastmath=True)
def _multiply(paths, normals, source, shift, numbers, taper, frizz):  # type: ignore[no-untyped-def]
    n, k = source.shape[0], paths.shape[1]
    out = np.empty((n, k, 3), np.float32)
    for i in range(n):
        p = source[i]
        nx, ny, nz = normals[p, 0], normals[p, 1], normals[p, 2]
        # two directions along the skin
        ax, ay, az = nz, 0.0, -nx
        s = np.sqrt(ax * ax + az * az)
        if s < 0.2:
            ax, ay, az = 0.0, -nz, ny
            s = np.sqrt(ay * ay + az * az)
        ax, ay, az = ax / s, ay / s, az / s
        bx, by, bz = ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax
        share = 0.72 + 0.28 * numbers[i, 0]  # hairs of a wisp end one after another
        f1, f2 = 3.0 + 6.0 * numbers[i, 1], 2.0 + 4.0 * numbers[i, 2]
        for j in range(k):
            t = j / (k - 1)
            at = t * share * (k - 1)
            a = min(int(at), k - 2)
            w = at - a
            wide = 1 + (taper - 1) * t
            wave = frizz * t
            u = shift[i, 0] * wide + wave * np.sin(6.28 * numbers[i, 3] + f1 * t) * (0.3 + numbers[i, 5])
            v = shift[i, 1] * wide + wave * np.sin(6.28 * numbers[i, 4] + f2 * t) * (0.3 + numbers[i, 5])
            out[i, j, 0] = paths[p, a, 0] * (1 - w) + paths[p, a + 1, 0] * w + ax * u + bx * v
            out[i, j, 1] = paths[p, a, 1] * (1 - w) + paths[p, a + 1, 1] * w + ay * u + by * v
            out[i, j, 2] = paths[p, a, 2] * (1 - w) + paths[p, a + 1, 2] * w + az * u + bz * v
    return out
