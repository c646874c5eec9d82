"""Geometry of things that are worn or held: shells cut from the body, tubes, lofts, rims; and the part they become."""

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
        attributes: (V, C) float32, whatever the material needs; cut and interpolated along with the vertices.
    """

    vertices: Floats
    triangles: NDArray[np.int32]
    attributes: Floats

    @property
    def normals(self) -> Floats:
        """(V, 3) unit normals."""
        return vertex_normals(np.ascontiguousarray(self.vertices, np.float32), self.triangles)  # type: ignore[no-any-return]

    def with_attributes(self, attributes: Reals) -> Shape:
        """The same triangles with other attributes, (V, C) or one row (C,) for all vertices."""
        rows = np.broadcast_to(np.asarray(attributes, np.float32), (len(self.vertices), np.shape(attributes)[-1]))
        return replace(self, attributes=np.ascontiguousarray(rows))


@dataclass(frozen=True, slots=True)
class Solid:
    """A :class:`~export.synthesis.mesh.surface.Part` of a mesh and a function that paints it."""

    name: str
    mesh: Mesh
    look: Callable[[Fragments], Material]

    def material(self, fragments: Fragments) -> Material:
        """The look of the part's visible points."""
        return self.look(fragments)


def posed_mesh(shape: Shape, vertices: Reals) -> Mesh:
    """The mesh of a shape whose vertices have moved to ``vertices`` (V, 3)."""
    vertices = np.ascontiguousarray(vertices, np.float32)
    return Mesh(vertices, shape.triangles, vertex_normals(vertices, shape.triangles), shape.attributes)


def merge(shapes: Sequence[Shape]) -> Shape:
    """Several shapes with equally many attributes as one."""
    starts = np.cumsum([0] + [len(shape.vertices) for shape in shapes[:-1]])
    triangles = [shape.triangles + start for shape, start in zip(shapes, starts, strict=True)]
    return Shape(
        np.concatenate([shape.vertices for shape in shapes]).astype(np.float32),
        np.concatenate(triangles).astype(np.int32),
        np.concatenate([shape.attributes for shape in shapes]).astype(np.float32),
    )


def compact(shape: Shape) -> Shape:
    """Without the vertices that no triangle uses."""
    used, triangles = np.unique(shape.triangles, return_inverse=True)
    return Shape(shape.vertices[used], triangles.reshape(-1, 3).astype(np.int32), shape.attributes[used])


def clip(shape: Shape, keep: Callable[[Reals], Reals]) -> Shape:
    """Cut along the zero line of ``keep``, a function of attribute rows (N, C) -> (N,); its positive side stays."""
    values = _signed(keep(shape.attributes))
    inside = values[shape.triangles] > 0
    count = inside.sum(axis=1)
    whole = shape.triangles[count == 3]
    cut = shape.triangles[(count == 1) | (count == 2)]
    flags = inside[(count == 1) | (count == 2)]
    if not len(cut):
        return compact(replace(shape, triangles=whole))
    # turn each triangle so that the corner that is alone on its side comes first
    lonely = np.where(flags.sum(axis=1) == 1, flags.argmax(axis=1), (~flags).argmax(axis=1))
    a, b, c = (np.take_along_axis(cut, ((lonely + k) % 3)[:, None], axis=1)[:, 0] for k in range(3))
    size = len(shape.vertices)
    keys = np.concatenate([np.minimum(a, b).astype(np.int64) * size + np.maximum(a, b),
                           np.minimum(a, c).astype(np.int64) * size + np.maximum(a, c)])  # fmt: skip
    keys, where = np.unique(keys, return_inverse=True)
    first, second = keys // size, keys % size
    where = where.reshape(-1) + size
    share = _crossing(keep, shape.attributes[first], shape.attributes[second], values[first], values[second])
    everything = np.concatenate([shape.vertices, shape.attributes], axis=1)
    everything = np.concatenate([everything, everything[first] * (1 - share) + everything[second] * share])
    ab, ac = where[: len(a)], where[len(a) :]
    single = np.take_along_axis(flags, lonely[:, None], axis=1)[:, 0]
    pieces = [
        whole,
        np.stack([a, ab, ac], axis=1)[single],
        np.stack([ab, b, c], axis=1)[~single],
        np.stack([ab, c, ac], axis=1)[~single],
    ]
    triangles = np.concatenate(pieces).astype(np.int32)
    return compact(Shape(everything[:, :3].astype(np.float32), triangles, everything[:, 3:].astype(np.float32)))


def _signed(values: Reals) -> Reals:
    """Values without exact zeros."""
    return np.where(values == 0, 1e-6, values).astype(np.float32)


def _crossing(keep: Callable[[Reals], Reals], low: Reals, high: Reals, at_low: Reals, at_high: Reals) -> Reals:
    """Shares (N, 1) of the way from rows ``low`` to ``high`` at which ``keep`` changes its sign (regula falsi)."""
    left, right = np.zeros(len(low), np.float32), np.ones(len(low), np.float32)
    share = at_low / (at_low - at_high)
    for _ in range(2):
        value = _signed(keep(low * (1 - share)[:, None] + high * share[:, None]))
        same = (value > 0) == (at_low > 0)
        left, at_low = np.where(same, share, left), np.where(same, value, at_low)
        right, at_high = np.where(same, right, share), np.where(same, at_high, value)
        share = left + (right - left) * np.clip(at_low / (at_low - at_high), 0.02, 0.98)
    return share[:, None].astype(np.float32)


def border_edges(shape: Shape) -> NDArray[np.integer[Any]]:
    """(E, 2) edges that belong to one triangle only, in that triangle's direction."""
    t = shape.triangles
    directed = np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]])
    low, high = directed.min(axis=1).astype(np.int64), directed.max(axis=1).astype(np.int64)
    _, where, uses = np.unique(low * len(shape.vertices) + high, return_inverse=True, return_counts=True)
    return directed[uses[where.reshape(-1)] == 1]


def smooth(shape: Shape, vertices: Reals, rounds: int) -> Reals:
    """``vertices`` (V, 3) after rounds of averaging with their neighbours (Laplacian); borders stay."""
    border = np.zeros(len(vertices), bool)
    border[border_edges(shape)] = True
    return _average(np.ascontiguousarray(vertices, np.float32), shape.triangles, border, rounds)  # type: ignore[no-any-return]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _average(vertices: Reals, triangles: NDArray[np.int32], fixed: NDArray[np.bool_], rounds: int) -> Reals:
    """Half way to the mean of the neighbours, ``rounds`` times, but for the ``fixed`` (V,)."""
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
    """Add a strip of quads from border ``edges`` (E, 2) to the same points moved by ``offset`` (V, 3)."""
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


def loft(rings: Reals, closed: bool = True, caps: bool = False) -> Shape:
    """A skin over rings (R, S, 3), each with the same number of points; attributes are the (ring, point) shares 0..1.

    ``closed`` joins the last point of each ring to the first; ``caps`` closes both ends with fans.
    """
    count, size = rings.shape[:2]
    r, s = np.meshgrid(np.arange(count - 1), np.arange(size if closed else size - 1), indexing="ij")
    a, b = r * size + s, r * size + (s + 1) % size
    quads = np.stack([a, b, b + size, a + size], axis=-1).reshape(-1, 4)
    triangles = [quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]
    vertices = [rings.reshape(-1, 3)]
    grid = np.stack(np.meshgrid(np.linspace(0, 1, count), np.linspace(0, 1, size), indexing="ij"), axis=-1)
    attributes = [grid.reshape(-1, 2)]
    if caps:
        for index, (ring, flip) in enumerate(((0, True), (count - 1, False))):
            centre = count * size + index
            around = ring * size + np.arange(size)
            fan = np.stack([np.full(size, centre), around, np.roll(around, -1)], axis=1)
            triangles.append(fan[:, ::-1] if flip else fan)
            vertices.append(rings[ring].mean(axis=0, keepdims=True))
            attributes.append(np.array([[float(index), 0.5]]))
    return Shape(
        np.concatenate(vertices).astype(np.float32),
        np.concatenate(triangles).astype(np.int32),
        np.concatenate(attributes).astype(np.float32),
    )


def tube(path: Reals, radius: Reals | float, sides: int = 8, closed: bool = False, flat: float = 1.0) -> Shape:
    """A tube around a path (N, 3) with ``radius`` (N,) or one for all.

    ``flat`` squeezes its section along the second axis of the path's frame, which is carried along without twist
    (Bishop 1975). ``closed`` joins the end to the start.
    """
    path = np.asarray(path, np.float64)
    tangents = np.asarray(np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0) if closed else np.gradient(path, axis=0))
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True) + 1e-9
    first = np.cross(tangents[0], np.eye(3)[np.abs(tangents[0]).argmin()])
    side = np.empty_like(path)
    for i, tangent in enumerate(tangents):
        first = first - tangent * (first @ tangent)
        first /= np.linalg.norm(first) + 1e-9
        side[i] = first
    other = np.cross(tangents, side)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    wide = np.broadcast_to(np.asarray(radius, np.float64), (len(path),))[:, None, None]
    rings = path[:, None] + wide * (
        np.cos(angle)[None, :, None] * side[:, None] + flat * np.sin(angle)[None, :, None] * other[:, None]
    )
    if closed:
        rings = np.concatenate([rings, rings[:1]])
    return loft(rings.astype(np.float32), caps=not closed)


def ellipsoid(centre: Reals, radii: Reals, rings: int = 12, sides: int = 18) -> Shape:
    """An ellipsoid with its poles along y."""
    polar = np.linspace(0, np.pi, rings)[:, None]
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)[None, :]
    unit = np.stack(
        np.broadcast_arrays(np.sin(polar) * np.cos(angle), np.cos(polar), -np.sin(polar) * np.sin(angle)), -1
    )
    return loft((np.asarray(centre) + unit * np.asarray(radii)).astype(np.float32))
