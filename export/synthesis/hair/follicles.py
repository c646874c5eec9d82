"""Roots of hairs in the skin, and collision of hairs with the skin.

Roots are drawn evenly over the surface. Collision uses the mesh itself: the vertex nearest to a moving hair is found by
walking along edges from the last one, and its tangent plane approximates the skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from export.synthesis.head import Group, HeadAssets
from export.synthesis.mesh import Floats


@dataclass(frozen=True, slots=True)
class Roots:
    """Points of the skin that hairs grow from, one row each.

    Attributes:
        position: (N, 3) float32 on the given head.
        normal: (N, 3) float32 unit vectors.
        rest: (N, 3) float32, the same points on the rest head.
        vertex: (N,) int32, a vertex close to each.
    """

    position: Floats
    normal: Floats
    rest: Floats
    vertex: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of roots."""
        return len(self.vertex)

    def pick(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Roots:
        """Select the rows of a mask or an index."""
        return Roots(self.position[rows], self.normal[rows], self.rest[rows], self.vertex[rows])


@dataclass(frozen=True, slots=True)
class Follicles:
    """Skin that hairs grow from; made once for all heads.

    Attributes:
        rest: (V, 3) float32, the rest head.
        triangles: (T, 3) int32, skin only.
        neighbours: (V, M) int32, vertices that share an edge; -1 fills the rows.
        ears: (V,) float32 0..1.
        bare: (V,) float32 0..1, never hairy: lips, eyelids, the inside of the mouth, ears.
    """

    rest: Floats
    triangles: NDArray[np.int32]
    neighbours: NDArray[np.int32]
    ears: Floats
    bare: Floats

    @staticmethod
    def from_assets(assets: HeadAssets) -> Follicles:
        """Make the follicles of the head's skin."""
        triangles = assets.triangles[assets.group == Group.BODY]
        masks = assets.masks
        bare = np.max([masks["lips"], masks["eyelids"], masks["inside-mouth"], masks["ears"]], axis=0)
        return Follicles(assets.vertices, triangles, _neighbours(triangles, len(assets.vertices)), masks["ears"], bare)

    def sample(self, rng: np.random.Generator, vertices: Floats, normals: Floats, weight: Floats, count: int) -> Roots:
        """Sample roots systematically over the area, so that there are neither holes nor clusters.

        Args:
            rng: random numbers.
            vertices: (V, 3) float32 vertices of a head.
            normals: (V, 3) float32 unit normals.
            weight: (V,) float32, density of roots at each vertex.
            count: number of roots.

        Returns:
            The roots; none if the weight is zero everywhere.
        """
        first, second, third = self.triangles.T
        density = weight[first] + weight[second] + weight[third]
        hairy = np.flatnonzero(density > 0)
        corners = self.triangles[hairy]
        a, b, c = (vertices[corners[:, i]] for i in range(3))
        cross = np.cross(b - a, c - a)
        area = np.sqrt(np.einsum("ij,ij->i", cross, cross)) * density[hairy]
        total = np.cumsum(area, dtype=np.float64)
        if count < 1 or not len(total) or total[-1] <= 0:
            empty = np.zeros((0, 3), np.float32)
            return Roots(empty, empty, empty, np.zeros(0, np.int32))
        at = (np.arange(count) + rng.uniform(0, 1, count)) * (total[-1] / count)
        chosen = corners[np.minimum(np.searchsorted(total, at), len(total) - 1)]
        u, v = rng.uniform(0, 1, (2, count)).astype(np.float32)
        fold = u + v > 1
        u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
        share = np.stack([1 - u - v, u, v], axis=1)
        position, normal, rest = (
            np.asarray(np.einsum("ijk,ij->ik", values[chosen], share), np.float32)
            for values in (vertices, normals, self.rest)
        )
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        return Roots(position, normal, rest, chosen[np.arange(count), share.argmax(axis=1)].astype(np.int32))


def _neighbours(triangles: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """List the vertices (count, M) that share an edge with each vertex; -1 fills the rows."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    degree = np.bincount(edges[:, 0], minlength=count)
    table = np.full((count, int(degree.max())), -1, np.int32)
    table[edges[:, 0], np.arange(len(edges)) - (np.cumsum(degree) - degree)[edges[:, 0]]] = edges[:, 1]
    return table


@njit(cache=True, fastmath=True)
def nearest_vertex(x, y, z, start, vertices, neighbours):  # type: ignore[no-untyped-def]
    """Find the vertex nearest to a point by descent along edges from ``start``."""
    best = start
    distance = (vertices[best, 0] - x) ** 2 + (vertices[best, 1] - y) ** 2 + (vertices[best, 2] - z) ** 2
    for _ in range(60):
        here = best
        for m in range(neighbours.shape[1]):
            n = neighbours[here, m]
            if n < 0:
                break
            d = (vertices[n, 0] - x) ** 2 + (vertices[n, 1] - y) ** 2 + (vertices[n, 2] - z) ** 2
            if d < distance:
                distance = d
                best = n
        if best == here:
            break
    return best
