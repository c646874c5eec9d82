"""One step of Catmull-Clark subdivision as a linear map from control points to a finer mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from export.synthesis.mesh.surface import Floats


def catmull_clark(quads: NDArray[np.int32], vertices: int) -> tuple[sparse.csr_matrix, NDArray[np.int32]]:
    """Build the map of one subdivision step.

    The first V finer points are the control points, smoothed, in the same order; control points without a quad stay
    where they are. Then follow one point for each edge and one for each face. Quad ``i`` becomes quads ``4 i`` to ``4 i
    + 3``, the k-th of them at its k-th corner: corner, next edge, face, previous edge.

    Source: Catmull and Clark 1978, "Recursively generated B-spline surfaces on arbitrary topological meshes".

    Args:
        quads: (Q, 4) int32.
        vertices: number of control points V.

    Returns:
        The map (F, V) float32 to the F finer points, and their quads (4 Q, 4) int32.
    """
    count = len(quads)
    sides = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2)  # (Q, 4, 2), side k joins corners k and k + 1
    edges, edge_of = np.unique(np.sort(sides.reshape(-1, 2), axis=1), axis=0, return_inverse=True)
    edge_of = edge_of.reshape(count, 4)

    face_points = _matrix(np.repeat(np.arange(count), 4), quads.ravel(), 0.25, (count, vertices))
    middles = _matrix(np.repeat(np.arange(len(edges)), 2), edges.ravel(), 0.5, (len(edges), vertices))
    faces_at_edge = _matrix(edge_of.ravel(), np.repeat(np.arange(count), 4), 1.0, (len(edges), count))
    inner = np.asarray(faces_at_edge.sum(axis=1)).ravel() == 2
    edge_points = _rows(np.where(inner, 0.5, 1.0)) @ middles + _rows(0.25 * inner) @ faces_at_edge @ face_points

    edges_at_vertex = _matrix(edges.ravel(), np.repeat(np.arange(len(edges)), 2), 1.0, (vertices, len(edges)))
    faces_at_vertex = _matrix(quads.ravel(), np.repeat(np.arange(count), 4), 1.0, (vertices, count))
    valence = np.asarray(edges_at_vertex.sum(axis=1)).ravel()
    rims = edges_at_vertex @ _rows((~inner).astype(float))
    rim_edges = np.asarray(rims.sum(axis=1)).ravel()
    smooth, rim = (rim_edges == 0) & (valence > 2), rim_edges == 2
    n = np.maximum(valence, 1.0)
    vertex_points = (
        _rows(np.where(smooth, (n - 3) / n, np.where(rim, 0.5, 1.0)))
        + _rows(np.where(smooth, 1 / n**2, 0.0)) @ faces_at_vertex @ face_points
        + _rows(np.where(smooth, 2 / n**2, 0.0)) @ edges_at_vertex @ middles
        + _rows(np.where(rim, 0.25, 0.0)) @ rims @ middles
    )
    to_fine = sparse.vstack([vertex_points, edge_points, face_points]).tocsr().astype(np.float32)

    side_points = vertices + edge_of
    centre = np.broadcast_to((vertices + len(edges) + np.arange(count))[:, None], (count, 4))
    finer = np.stack([quads, side_points, centre, np.roll(side_points, 1, axis=1)], axis=2)
    return to_fine, finer.reshape(-1, 4).astype(np.int32)


def subdivide_corners(values: Floats) -> Floats:
    """Subdivide values at the corners of quads, such as texture coordinates.

    Args:
        values: (Q, 4, C).

    Returns:
        (4 Q, 4, C) float32, values at the corners of the finer quads.
    """
    sides = (values + np.roll(values, -1, axis=1)) / 2
    centre = np.broadcast_to(values.mean(axis=1, keepdims=True), values.shape)
    finer = np.stack([values, sides, centre, np.roll(sides, 1, axis=1)], axis=2)
    return finer.reshape(-1, 4, values.shape[2]).astype(np.float32)


def _matrix(
    rows: NDArray[np.integer], columns: NDArray[np.integer], value: float, shape: tuple[int, int]
) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.full(len(rows), value), (rows, columns)), shape=shape)


def _rows(weights: NDArray[np.float64]) -> sparse.dia_matrix:
    return sparse.diags(weights)
