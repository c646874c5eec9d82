"""Shapes of garments and objects, and operations on them: merge, smooth, extrude, thicken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from export.synthesis.mesh.raster import vertex_normals
from export.synthesis.mesh.surface import Floats, Fragments, Material, Mesh

Reals = NDArray[np.floating[Any]]
"""Arrays of floating-point numbers of any precision: geometry before it becomes a mesh."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Triangles before posing.

    Attributes:
        vertices: (V, 3) float32, decimetres.
        triangles: (T, 3) int32.
        attributes: (V, C) float32, inputs of the material; cut and interpolated along with the vertices.
    """

    vertices: Floats
    triangles: NDArray[np.int32]
    attributes: Floats

    @property
    def normals(self) -> Floats:
        """(V, 3) float32 unit normals."""
        return vertex_normals(np.ascontiguousarray(self.vertices, np.float32), self.triangles)  # type: ignore[no-any-return]

    def with_attributes(self, attributes: Reals) -> Shape:
        """Return the same triangles with other attributes.

        Args:
            attributes: (V, C), or one row (C,) for all vertices.
        """
        rows = np.broadcast_to(np.asarray(attributes, np.float32), (len(self.vertices), np.shape(attributes)[-1]))
        return replace(self, attributes=np.ascontiguousarray(rows))


@dataclass(frozen=True, slots=True)
class Solid:
    """A :class:`~export.synthesis.mesh.surface.Part` made of a mesh and a function that paints it.

    Attributes:
        name: name of the part.
        mesh: posed triangles.
        paint: function that computes the material of visible points.
    """

    name: str
    mesh: Mesh
    paint: Callable[[Fragments], Material]

    def material(self, fragments: Fragments) -> Material:
        """Compute the material of the part's visible points."""
        return self.paint(fragments)


def posed_mesh(shape: Shape, vertices: Reals) -> Mesh:
    """Make the mesh of a shape whose vertices have moved.

    Args:
        shape: triangles and attributes.
        vertices: (V, 3) posed vertices, camera frame.

    Returns:
        The mesh with normals of the posed vertices.
    """
    vertices = np.ascontiguousarray(vertices, np.float32)
    return Mesh(vertices, shape.triangles, vertex_normals(vertices, shape.triangles), shape.attributes)


def merge(shapes: Sequence[Shape]) -> Shape:
    """Join shapes with equally many attributes into one."""
    starts = np.cumsum([0] + [len(shape.vertices) for shape in shapes[:-1]])
    triangles = [shape.triangles + start for shape, start in zip(shapes, starts, strict=True)]
    return Shape(
        np.concatenate([shape.vertices for shape in shapes]).astype(np.float32),
        np.concatenate(triangles).astype(np.int32),
        np.concatenate([shape.attributes for shape in shapes]).astype(np.float32),
    )


def compact(shape: Shape) -> Shape:
    """Remove the vertices that no triangle uses."""
    used, triangles = np.unique(shape.triangles, return_inverse=True)
    return Shape(shape.vertices[used], triangles.reshape(-1, 3).astype(np.int32), shape.attributes[used])


def border_edges(shape: Shape) -> NDArray[np.integer[Any]]:
    """Find the edges that belong to one triangle only.

    Returns:
        (E, 2) rows of vertices, in the direction of the triangle.
    """
    t = shape.triangles
    directed = np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]])
    low, high = directed.min(axis=1).astype(np.int64), directed.max(axis=1).astype(np.int64)
    _, where, uses = np.unique(low * len(shape.vertices) + high, return_inverse=True, return_counts=True)
    return directed[uses[where.reshape(-1)] == 1]


def smooth(shape: Shape, vertices: Reals, rounds: int) -> Reals:
    """Move vertices towards the mean of their neighbours (Laplacian smoothing); borders stay.

    Args:
        shape: triangles.
        vertices: (V, 3) vertices of those triangles.
        rounds: number of steps.

    Returns:
        (V, 3) float32 smoothed vertices.
    """
    border = np.zeros(len(vertices), bool)
    border[border_edges(shape)] = True
    return _average(np.ascontiguousarray(vertices, np.float32), shape.triangles, border, rounds)  # type: ignore[no-any-return]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _average(vertices: Reals, triangles: NDArray[np.int32], fixed: NDArray[np.bool_], rounds: int) -> Reals:
    """Move vertices half way to the mean of their neighbours, ``rounds`` times, except the ``fixed`` ones (V,)."""
    result = vertices.copy()
    for _ in range(rounds):
        total = np.zeros_like(result)
        count = np.zeros(len(result), np.float32)
        for t in range(len(triangles)):
            for k in range(3):
                i = triangles[t, k]
                count[i] += 2
                for other in (triangles[t, (k + 1) % 3], triangles[t, (k + 2) % 3]):
                    for axis in range(3):
                        total[i, axis] += result[other, axis]
        for i in range(len(result)):
            if not fixed[i] and count[i] > 0:
                for axis in range(3):
                    result[i, axis] = 0.5 * result[i, axis] + 0.5 * total[i, axis] / count[i]
    return result


def extrude(shape: Shape, edges: NDArray[np.integer[Any]], offset: Reals) -> Shape:
    """Add a strip of quads from border edges to the same points moved by an offset.

    Args:
        shape: shape to extend.
        edges: (E, 2) edges of its border.
        offset: (V, 3) displacement of each vertex, decimetres.

    Returns:
        The shape with the strip; the new vertices come last, in ascending order of the old ones.
    """
    used, local = np.unique(edges, return_inverse=True)
    local = local.reshape(-1, 2) + len(shape.vertices)
    a, b = edges.T
    triangles = np.concatenate([np.stack([b, a, local[:, 0]], axis=1), np.stack([b, local[:, 0], local[:, 1]], axis=1)])
    return Shape(
        np.concatenate([shape.vertices, shape.vertices[used] + offset[used]]).astype(np.float32),
        np.concatenate([shape.triangles, triangles]).astype(np.int32),
        np.concatenate([shape.attributes, shape.attributes[used]]).astype(np.float32),
    )


def thicken(shape: Shape, depth: float) -> Shape:
    """Give the borders a thickness: a rim that goes ``depth`` decimetres inwards."""
    return extrude(shape, border_edges(shape), -shape.normals * np.float32(depth))
