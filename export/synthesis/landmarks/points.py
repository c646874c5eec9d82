"""The 68 points of iBUG 300-W on a head, their visible outline, and their occlusion.

Source: Sagonas et al. 2013, "300 Faces in-the-Wild Challenge".
"""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from export.synthesis.landmarks.contour import even_steps, outline
from export.synthesis.mesh import Floats
from runtime.face_parts import OUTER_EYE_CORNERS

JAW = 17
"""Number of jaw points: the first 17 run from the subject's right ear over the chin to the left."""

_NOSE_ROOT, _CHIN = 27, 8


class LandmarkArrays(Protocol):
    """The arrays of a head mesh with vertices (V, 3) that its landmarks are computed from."""

    @property
    def point_rows(self) -> NDArray[np.int32]:
        """(68, 2) rows of the vertices that each point lies between."""
        ...

    @property
    def point_weights(self) -> Floats:
        """(68, 2) weights of those vertices."""
        ...

    @property
    def outline_rows(self) -> NDArray[np.int32]:
        """(17, K, 3) rows of the curves from each jaw point towards the middle of the face."""
        ...

    @property
    def outline_weights(self) -> Floats:
        """(17, K, 3) barycentric weights of those vertices."""
        ...


def mesh_points(assets: LandmarkArrays, vertices: Floats) -> Floats:
    """Compute the points exactly on the mesh, posed or not.

    Args:
        assets: arrays of the head's mesh.
        vertices: (V, 3) float32 vertices of that mesh.

    Returns:
        (68, 3) float32.
    """
    return (vertices[assets.point_rows] * assets.point_weights[..., None]).sum(axis=1)


def scaled_offsets(assets: LandmarkArrays, vertices: Floats, normals: Floats, offsets: Floats) -> Floats:
    """Scale the annotators' offsets to a head and lay them along its skin.

    Points within the face stay on the skin: only the part of an offset along it counts. The jaw's points mark an
    outline, which may lie off the skin.

    Args:
        assets: arrays of the head's mesh.
        vertices: (V, 3) float32, unposed head.
        normals: (V, 3) float32 unit normals.
        offsets: (68, 3) shares of the distance of the outer eye corners, such as :func:`read_offsets`.

    Returns:
        (68, 3) float32 displacements in decimetres from the mesh's points to the annotators' points.
    """
    points, normal = mesh_points(assets, vertices), mesh_points(assets, normals)
    right, left = OUTER_EYE_CORNERS
    shift = offsets * np.float32(np.linalg.norm(points[right] - points[left]))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    normal[:JAW] = 0
    return shift - (shift * normal).sum(axis=1, keepdims=True) * normal


@lru_cache(maxsize=1)
def read_offsets() -> Floats:
    """Read the annotators' offsets from ``offsets.csv``.

    Returns:
        (68, 3) float32, read-only, shares of the distance of the outer eye corners: x to the subject's left, y up, z to
        the front.

    Raises:
        ValueError: the file does not have the points 0..67 in order.
    """
    lines = files("export.synthesis.landmarks").joinpath("offsets.csv").read_text().splitlines()
    rows = list(csv.reader(line for line in lines if line and not line.startswith("#")))[1:]
    if [row[0] for row in rows] != [str(i) for i in range(68)]:
        raise ValueError("export/synthesis/landmarks/offsets.csv must have the points 0..67 in order, a line each")
    table = np.array([row[1:] for row in rows], np.float32)
    table.setflags(write=False)
    return table


def visible_outline(assets: LandmarkArrays, posed: Floats, pixels: Floats) -> Floats:
    """Compute the jaw points that annotators see in the image.

    On the near side the outline is the jaw, on the far side where the face ends in the picture; the points divide it
    evenly.

    Args:
        assets: arrays of the head's mesh.
        posed: (V, 3) float32 posed vertices, camera frame.
        pixels: (V, 2) the same vertices projected.

    Returns:
        (17, 3) float32 points in the camera frame.
    """
    rows, weights = assets.outline_rows, assets.outline_weights[..., None]
    flat, solid = ((points[rows] * weights).sum(axis=2) for points in (pixels, posed))
    frame = mesh_points(assets, pixels)
    down = frame[_CHIN] - frame[_NOSE_ROOT]
    even = even_steps((flat * outline(flat, down)[..., None]).sum(axis=1))
    # interpolate the curves, so that points between the jaw points are on the outline, too
    flat, solid = (np.tensordot(even, curves, 1) for curves in (flat, solid))
    return (solid * outline(flat, down)[..., None]).sum(axis=1)


def find_hidden(depth: Floats, pixels: Floats, distance: Floats, tolerance: float) -> NDArray[np.bool_]:
    """Find the points that lie behind something; points outside of the picture do not count as hidden.

    Args:
        depth: (H, W) float32 distance of the nearest surface from the camera in decimetres, inf where there is none.
        pixels: (N, 2) points in pixels of that picture, pixel centres at integers.
        distance: (N,) distance of the points from the camera, decimetres.
        tolerance: decimetres that a point may lie behind the surface and still be on it.

    Returns:
        (N,) bool.
    """
    height, width = depth.shape
    cells = np.rint(pixels).astype(int)
    flags = np.zeros(len(pixels), bool)
    inside = ((cells >= 0) & (cells < (width, height))).all(axis=1)
    x, y = cells[inside].T
    # the largest depth around the pixel, as points on an edge would otherwise be hidden by the surface next to them
    around = [
        depth[np.clip(y + dy, 0, height - 1), np.clip(x + dx, 0, width - 1)] for dy in (-1, 0, 1) for dx in (-1, 0, 1)
    ]
    flags[inside] = distance[inside] > np.max(around, axis=0) + tolerance
    return flags
