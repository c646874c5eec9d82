"""Z-buffer rasteriser: visible triangle, barycentric coordinates and depth of each pixel."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from export.synthesis.mesh.surface import Floats

NEAR = 0.1
"""Triangles with a corner nearer than this to the camera (decimetres) are not drawn."""


@njit(cache=True)  # type: ignore[untyped-decorator]
def rasterize(
    pixels: Floats, depth: Floats, triangles: NDArray[np.int32], height: int, width: int
) -> tuple[NDArray[np.int32], Floats, Floats]:
    """Rasterise triangles into a depth buffer.

    Args:
        pixels: (V, 2) float32 x, y of the vertices, pixel centres at integers.
        depth: (V,) float32 distance of the vertices from the camera, positive.
        triangles: (T, 3) int32.
        height: rows of the picture.
        width: columns of the picture.

    Returns:
        The nearest triangle (height, width) int32, -1 where there is none; its perspective-correct barycentric
        coordinates (height, width, 3) float32; the depth (height, width) float32, infinite where there is none.
    """
    nearest = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 3), np.float32)
    buffer = np.full((height, width), np.inf, np.float32)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if depth[a] <= NEAR or depth[b] <= NEAR or depth[c] <= NEAR:
            continue
        x0, y0, x1, y1, x2, y2 = pixels[a, 0], pixels[a, 1], pixels[b, 0], pixels[b, 1], pixels[c, 0], pixels[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right = max(int(np.ceil(min(x0, x1, x2))), 0), min(int(np.floor(max(x0, x1, x2))), width - 1)
        top, bottom = max(int(np.ceil(min(y0, y1, y2))), 0), min(int(np.floor(max(y0, y1, y2))), height - 1)
        inverse = 1.0 / area
        near0, near1, near2 = 1.0 / depth[a], 1.0 / depth[b], 1.0 / depth[c]
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) * inverse
                w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) * inverse
                w0 = 1.0 - w1 - w2
                # a pixel centre on a shared edge must not fall between two triangles
                if w0 < -1e-5 or w1 < -1e-5 or w2 < -1e-5:
                    continue
                z = 1.0 / (w0 * near0 + w1 * near1 + w2 * near2)
                if z < buffer[y, x]:
                    buffer[y, x] = z
                    nearest[y, x] = t
                    weights[y, x, 0] = w0 * near0 * z
                    weights[y, x, 1] = w1 * near1 * z
                    weights[y, x, 2] = w2 * near2 * z
    return nearest, weights, buffer


@njit(cache=True)  # type: ignore[untyped-decorator]
def interpolate(values: Floats, corners: NDArray[np.int32], weights: Floats) -> Floats:
    """Interpolate values of vertices at points of triangles.

    Args:
        values: (V, C) float32.
        corners: (N, 3) int32 vertices of the triangle that each point lies on.
        weights: (N, 3) float32 barycentric coordinates.

    Returns:
        (N, C) float32.
    """
    result = np.empty((corners.shape[0], values.shape[1]), np.float32)
    for i in range(corners.shape[0]):
        a, b, c = corners[i, 0], corners[i, 1], corners[i, 2]
        for k in range(values.shape[1]):
            result[i, k] = weights[i, 0] * values[a, k] + weights[i, 1] * values[b, k] + weights[i, 2] * values[c, k]
    return result


@njit(cache=True)  # type: ignore[untyped-decorator]
def vertex_normals(vertices: Floats, triangles: NDArray[np.int32]) -> Floats:
    """Compute normals of vertices, weighted by the areas of their triangles.

    Args:
        vertices: (V, 3) float32.
        triangles: (T, 3) int32, counter-clockwise from outside.

    Returns:
        (V, 3) float32 unit vectors; zero at vertices without a triangle.
    """
    normals = np.zeros_like(vertices)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for i in (a, b, c):
            normals[i, 0] += nx
            normals[i, 1] += ny
            normals[i, 2] += nz
    for i in range(normals.shape[0]):
        length = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2)
        if length > 0:
            for k in range(3):
                normals[i, k] /= length
    return normals
