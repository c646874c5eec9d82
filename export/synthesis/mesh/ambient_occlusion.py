"""Ambient occlusion: visible share of the sky for each vertex of a mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.synthesis.mesh.raster import rasterize
from export.synthesis.mesh.surface import Floats

DIRECTIONS = 96
RESOLUTION = 640
LIFT = 0.015  # decimetres off the surface, so that a vertex does not hide itself


def vertex_occlusion(vertices: Floats, triangles: NDArray[np.int32], normals: Floats) -> Floats:
    """Compute the ambient visibility of each vertex from orthographic depth maps of evenly spread directions.

    Args:
        vertices: (V, 3) float32, decimetres.
        triangles: (T, 3) int32, everything that blocks the sky.
        normals: (V, 3) float32 unit normals of the vertices.

    Returns:
        (V,) float32 0..1, the cosine-weighted share of the hemisphere above each vertex that no triangle hides.
    """
    lifted = vertices + normals * LIFT
    seen, total = np.zeros(len(vertices)), np.full(len(vertices), 1e-6)
    for direction in _fibonacci_sphere(DIRECTIONS):
        cosine = np.clip(normals @ direction, 0, None)
        side = np.cross(direction, [0.3, 0.9, 0.1] if abs(direction[1]) < 0.9 else [1.0, 0.0, 0.0])
        side /= np.linalg.norm(side)
        frame = np.stack([side, np.cross(direction, side), direction]).astype(np.float32)
        local = vertices @ frame.T
        low = local.min(axis=0)
        scale = (RESOLUTION - 2) / float((local.max(axis=0) - low)[:2].max())
        top = local[:, 2].max() + 1
        depth = rasterize((local[:, :2] - low[:2]) * scale, top - local[:, 2], triangles, RESOLUTION, RESOLUTION)[2]
        mine = lifted @ frame.T
        cell = np.clip(np.rint((mine[:, :2] - low[:2]) * scale).astype(int), 0, RESOLUTION - 1)
        seen += cosine * (depth[cell[:, 1], cell[:, 0]] > top - mine[:, 2] - 1.5 / scale)
        total += cosine
    return (seen / total).astype(np.float32)


def _fibonacci_sphere(count: int) -> Floats:
    """Spread ``count`` unit vectors (count, 3) evenly over the sphere."""
    i = np.arange(count) + 0.5
    y, angle = 1 - 2 * i / count, i * np.pi * (1 + 5**0.5)
    radius = np.sqrt(1 - y * y)
    return np.stack([radius * np.cos(angle), y, radius * np.sin(angle)], axis=1).astype(np.float32)
