"""Shading of hairs by each other: a coarse voxel grid of their density, the solid head in it."""

from __future__ import annotations

import numpy as np
from numba import njit

from export.synthesis.mesh import Floats, Strands
from export.synthesis.rendering.camera import Camera

CELL = 0.09  # decimetres, side of a voxel
MAXIMUM_CELLS = 48  # a side; larger volumes get larger voxels
SOLID = 2.0  # density of a voxel inside the head
SOLID_THICKNESS = 1.0  # decimetres behind the visible surface that count as solid
ATTENUATION = 0.85  # share of light that a filled voxel takes, as an exponent
SKY = np.array(
    [[0, 1, 0], [0.8, 0.4, 0.45], [-0.8, 0.4, 0.45], [0, 0.2, 0.98], [0.7, -0.3, -0.6], [-0.7, -0.3, -0.6]], np.float32
)


class HairVolume:
    """Density of hairs in voxels, and the share of light from a direction that reaches each."""

    def __init__(self, strands: Strands, depth: Floats, camera: Camera, scale: int) -> None:
        """Fill the voxels.

        Args:
            strands: hairs, camera frame.
            depth: (S, S) distance of the solid head from the camera, decimetres.
            camera: camera of the picture.
            scale: supersampling factor of ``depth``.
        """
        bounds = np.array([[strands.points[..., c].min(), strands.points[..., c].max()] for c in range(3)])
        low, high = bounds[:, 0] - 2 * CELL, bounds[:, 1] + 2 * CELL
        self.cell = max(CELL, float((high - low).max()) / MAXIMUM_CELLS)
        self.low = low.astype(np.float32)
        shape = np.ceil((high - low) / self.cell).astype(int) + 1
        self.density = np.zeros(shape, np.float32)
        step = np.linalg.norm(strands.points[:, -1] - strands.points[:, 0], axis=1) / strands.points.shape[1]
        share = (step * strands.width * strands.opacity / self.cell**2).astype(np.float32)
        _deposit(strands.points, share, self.low, self.cell, self.density)
        np.minimum(self.density, 2.0, out=self.density)
        index = np.indices(tuple(shape)).reshape(3, -1).T
        pixels, z = camera.project((index * self.cell + self.low).astype(np.float32), scale)
        column = np.clip(np.rint(pixels), 0, depth.shape[0] - 1).astype(np.int64)
        behind = z - depth[column[:, 1], column[:, 0]] - 0.5 * self.cell
        solid = ((behind > 0) & (behind < SOLID_THICKNESS)).reshape(shape)
        self.near = np.argwhere(_blur(self.density) > 0)
        filled = _blur(self.density + SOLID * solid)
        slopes = [np.gradient(_blur(filled), axis=axis) for axis in range(3)]
        self.gradient = np.stack(slopes, axis=-1).astype(np.float32)
        self.occlusion = np.where(solid, SOLID, self.density).astype(np.float32)

    def transmittance(self, direction: Floats) -> Floats:
        """Compute the share of light from ``direction`` (3,) that reaches each voxel."""
        return _march(self.occlusion, self.near, np.asarray(direction, np.float32), ATTENUATION)

    def sky(self) -> Floats:
        """Compute the share of the surroundings that each voxel sees."""
        total = sum(self.transmittance(d / np.linalg.norm(d)) for d in SKY)
        return np.asarray(total / np.float32(len(SKY)), np.float32)

    def look_up(self, field: Floats, points: Floats) -> Floats:
        """Interpolate a field's values (N,) at points (N, 3)."""
        return _trilinear(field, (points - self.low) / np.float32(self.cell))

    def normals(self, points: Floats) -> Floats:
        """Look up outward directions (N, 3) of the volume that hairs and head fill."""
        index = np.rint((points - self.low) / self.cell).astype(np.int64)
        normals = -self.gradient[index[:, 0], index[:, 1], index[:, 2]] + np.float32(1e-4)
        return (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)


def _blur(field: Floats) -> Floats:
    """Blur by [1 2 1] / 4 along each axis."""
    for axis in range(3):
        padded = np.pad(field, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        low, middle, high = (np.take(padded, range(i, i + field.shape[axis]), axis=axis) for i in range(3))
        field = (low + 2 * middle + high) / np.float32(4)
    return field


@njit(cache=True, fastmath=True)
def _deposit(points, share, low, cell, density):  # type: ignore[no-untyped-def]
    for i in range(points.shape[0]):
        for j in range(points.shape[1]):
            x = int((points[i, j, 0] - low[0]) / cell + 0.5)
            y = int((points[i, j, 1] - low[1]) / cell + 0.5)
            z = int((points[i, j, 2] - low[2]) / cell + 0.5)
            density[x, y, z] += share[i]


@njit(cache=True, fastmath=True)
def _march(occlusion, near, direction, attenuation):  # type: ignore[no-untyped-def]
    """Sum transmittance from the voxels ``near`` hair (M, 3) to the grid's border, in steps of one voxel."""
    nx, ny, nz = occlusion.shape
    out = np.ones((nx, ny, nz), np.float32)
    for i in range(near.shape[0]):
        x, y, z = near[i, 0], near[i, 1], near[i, 2]
        total = 0.0
        px, py, pz = x + 0.5 + direction[0] * 1.2, y + 0.5 + direction[1] * 1.2, z + 0.5 + direction[2] * 1.2
        for _ in range(20):
            if px < 0 or py < 0 or pz < 0 or px >= nx or py >= ny or pz >= nz or total > 5:
                break
            total += occlusion[int(px), int(py), int(pz)]
            px += direction[0]
            py += direction[1]
            pz += direction[2]
        out[x, y, z] = np.exp(-attenuation * total)
    return out


@njit(cache=True, fastmath=True)
def _trilinear(field, at):  # type: ignore[no-untyped-def]
    out = np.empty(at.shape[0], np.float32)
    for i in range(at.shape[0]):
        x, y, z = int(at[i, 0]), int(at[i, 1]), int(at[i, 2])
        fx, fy, fz = at[i, 0] - x, at[i, 1] - y, at[i, 2] - z
        value = 0.0
        for a in range(2):
            for b in range(2):
                for c in range(2):
                    weight = (fx if a else 1 - fx) * (fy if b else 1 - fy) * (fz if c else 1 - fz)
                    value += weight * field[x + a, y + b, z + c]
        out[i] = value
    return out
