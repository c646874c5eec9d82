"""The visible outline of the face: jaw points slide along the skin as the head turns, and divide the outline evenly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from export.synthesis.mesh import Floats

STEPS = 64
CENTRE = np.array([0.0, 6.95, 0.35], np.float32)  # inside the rest head; the curves are seen from here
SHARPNESS = 0.004  # of the face's height: points this close to the outermost one count nearly as much
SPRING = 1.0  # of the distance to the neighbours' middle, squared, in the face's height
REPEATS = 4

CHIN = 8
LAST_STEP = 0.117  # of the way from an ear to the chin; the other seven steps are equal
START = 0.2  # annotators begin lower on the short side: this times the logarithm of the sides' ratio, ...
LATEST_START = 0.04  # ... but no later than this share of the way


def slide_curves(
    vertices: Floats, triangles: NDArray[np.int32], starts: Floats, ends: Floats
) -> tuple[NDArray[np.int32], Floats]:
    """Trace curves on the skin between pairs of points.

    Each curve is the projection, onto the outermost surface, of the great arc between both points as seen from inside
    the head. The first point of a curve is where the ray to its start leaves the skin.

    Args:
        vertices: (V, 3) float32, the rest head.
        triangles: (T, 3) int32, its skin.
        starts: (N, 3) first point of each curve.
        ends: (N, 3) last point of each curve.

    Returns:
        (N, STEPS, 3) int32 rows of the vertices that each point of a curve lies between, and (N, STEPS, 3) float32
        barycentric weights.
    """
    a, b = (_unit(points - CENTRE) for points in (starts, ends))
    angle = np.arccos(np.clip((a * b).sum(axis=1), -1, 1))[:, None, None]
    t = np.linspace(0, 1, STEPS)[None, :, None]
    directions = (np.sin((1 - t) * angle) * a[:, None] + np.sin(t * angle) * b[:, None]) / np.sin(angle)
    corners = vertices[triangles] - CENTRE
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    rows = np.empty((len(a), STEPS, 3), np.int32)
    weights = np.empty((len(a), STEPS, 3), np.float32)
    for i in range(len(a)):
        for k in range(STEPS):
            across = np.cross(directions[i, k], second)
            determinant = (first * across).sum(axis=1)
            determinant[np.abs(determinant) < 1e-12] = np.inf
            u = -(corners[:, 0] * across).sum(axis=1) / determinant
            along = np.cross(-corners[:, 0], first)
            v = (along @ directions[i, k]) / determinant
            distance = (second * along).sum(axis=1) / determinant
            distance[(u < -1e-6) | (v < -1e-6) | (u + v > 1 + 1e-6)] = -np.inf
            hit = int(distance.argmax())
            rows[i, k], weights[i, k] = triangles[hit], (1 - u[hit] - v[hit], u[hit], v[hit])
    return rows, weights


def outline(curves: Floats, down: Floats) -> Floats:
    """Find the visible jaw points on their curves.

    On every curve it is the point that lies outermost in the image, or the mean of several where they are equally far
    out, so that the points move smoothly as the head turns. Outwards is at right angles to the outline itself; where
    the outline has a sharp bend, a spring term holds each point halfway between its neighbours.

    Args:
        curves: (17, STEPS, 2) in pixels.
        down: (2,) from the nose's root to the chin in the image; its length is the unit of distances.

    Returns:
        (17, STEPS) float32 weight of each point of a curve in the visible jaw point; rows sum to 1.
    """
    height = float(np.linalg.norm(down))
    points = curves[:, 0]
    weights = np.zeros(curves.shape[:2], np.float32)
    middle = curves[:, -1].mean(axis=0)
    for repeat in range(REPEATS):
        score = ((curves - middle) * _outwards(points, middle)[:, None]).sum(axis=2)
        if repeat:
            between = (points[:-2] + points[2:]) / 2
            score[1:-1] -= SPRING / height * ((curves[1:-1] - between[:, None]) ** 2).sum(axis=2)
        weights = np.exp((score - score.max(axis=1, keepdims=True)) / (SHARPNESS * height))
        weights /= weights.sum(axis=1, keepdims=True)
        points = (curves * weights[..., None]).sum(axis=1)
    return weights.astype(np.float32)


def even_steps(outline: Floats) -> Floats:
    """Compute the annotators' jaw points on an outline.

    300-W's jaw points do not stay on the skin when a head turns: from either ear to the chin they divide the visible
    outline into equal steps, so that those of the near side spread and those of the far side move together. The
    constants are fitted: with them the points of a network trained otherwise are closest to the annotations of
    training photographs.

    Args:
        outline: (17, 2) in pixels, from the subject's right ear over the chin to the left.

    Returns:
        (17, 17) float32 weights of the outline's points in the annotators' points; rows sum to 1.
    """
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(outline, axis=0), axis=1))])
    right, left = way[CHIN], way[-1] - way[CHIN]
    ratio = float(np.log(left / right))
    places = np.concatenate([right * _steps(ratio), [right], way[-1] - left * _steps(-ratio)[::-1]])
    return CubicSpline(way, np.eye(17))(places).astype(np.float32)  # type: ignore[no-any-return]


def _steps(ratio: float) -> Floats:
    """Compute the positions of the eight points before the chin, as shares of the way to it.

    Args:
        ratio: logarithm of the length of the other side over that of this side.
    """
    start = min(max(START * ratio, 0.0), LATEST_START)
    return (start + (1 - start) * np.linspace(0, 1 - LAST_STEP, CHIN)).astype(np.float32)


def _outwards(points: Floats, middle: Floats) -> Floats:
    """Compute smoothed unit normals (17, 2) of the polyline through the points (17, 2), away from the face."""
    tangent = points[[1, *range(2, 17), 16]] - points[[0, *range(15), 15]]
    tangent[1:-1] = (tangent[:-2] + 2 * tangent[1:-1] + tangent[2:]) / 4
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    # a common sign for all, as the outline runs around the face
    normal *= np.sign(((points - middle) * normal).sum())
    return _unit(normal)


def _unit(vectors: Floats) -> Floats:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
