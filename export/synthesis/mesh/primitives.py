"""Basic shapes: lofts over rings, tubes along paths, ellipsoids."""

from __future__ import annotations

import numpy as np

from export.synthesis.mesh.shapes import Reals, Shape


def loft(rings: Reals, closed: bool = True, caps: bool = False) -> Shape:
    """Make a surface over rings of points.

    Args:
        rings: (R, S, 3) decimetres.
        closed: join the last point of each ring to the first.
        caps: close both ends with fans.

    Returns:
        The shape; its attributes are the shares 0..1 along the rings and around them.
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
    """Make a tube around a path; its cross section is carried along without twist (Bishop 1975).

    Args:
        path: (N, 3) decimetres.
        radius: (N,) decimetres, or one for all.
        sides: corners of the cross section.
        closed: join the end to the start.
        flat: scale of the cross section along its second axis.

    Returns:
        The shape; its attributes are the shares 0..1 along the path and around it.
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
    """Make an ellipsoid with its poles along y.

    Args:
        centre: (3,) decimetres.
        radii: (3,) decimetres.
        rings: number of rings from pole to pole.
        sides: points of a ring.

    Returns:
        The shape; its attributes are the shares 0..1 from the upper pole to the lower one and around.
    """
    polar = np.linspace(0, np.pi, rings)[:, None]
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)[None, :]
    unit = np.stack(
        np.broadcast_arrays(np.sin(polar) * np.cos(angle), np.cos(polar), -np.sin(polar) * np.sin(angle)), -1
    )
    return loft((np.asarray(centre) + unit * np.asarray(radii)).astype(np.float32))
