"""The skin of the head as a part of the scene: painted maps, pores that fade with distance, the mouth's lining."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit

from export.synthesis.head import Group, HeadAssets
from export.synthesis.mesh import Floats, Fragments, Material, Mesh, vertex_normals
from export.synthesis.skin.chart import TEXELS, locate
from export.synthesis.skin.painter import SkinMaps
from export.synthesis.skin.texture import periodic_noise, sample_bilinear

REST = slice(0, 3)  # attributes: position on the rest head
OCCLUSION = 3  # ambient visibility, 0..1
LINING = 4  # 1 inside of the mouth
SCALP = 5  # 1 where hair grows densely
ATTRIBUTES = 6

_PORES = 512  # texels of the tile of pores
_PORE_TEXEL = 0.0012  # decimetres
_WET = np.array([0.17, 0.035, 0.032], np.float32)  # the lining of the mouth
_SEED = 19


def skin_mesh(assets: HeadAssets, vertices: Floats, scalp: Floats | None = None) -> Mesh:
    """Make the mesh of the posed head's skin.

    Args:
        assets: the head's mesh.
        vertices: (V, 3) all of the assets' vertices, posed, camera frame.
        scalp: (V,) 0..1, where hair grows.

    Returns:
        The mesh; its attributes (V, 6) are the position on the rest head (3), the ambient visibility, the mask of the
        mouth's lining and the scalp.
    """
    triangles = np.ascontiguousarray(assets.triangles[assets.group == Group.BODY])
    attributes = np.zeros((len(vertices), ATTRIBUTES), np.float32)
    attributes[:, REST] = assets.vertices
    attributes[:, OCCLUSION] = assets.occlusion
    attributes[:, LINING] = assets.masks["inside-mouth"]
    if scalp is not None:
        attributes[:, SCALP] = scalp
    vertices = np.ascontiguousarray(vertices, np.float32)
    return Mesh(vertices, triangles, vertex_normals(vertices, triangles), attributes)


@dataclass(frozen=True, slots=True)
class SkinPart:
    """The skin.

    Attributes:
        mesh: mesh of :func:`skin_mesh`.
        maps: the painted skin.
        head: (3, 3) rotation from the head frame into the camera frame.
        hair: (3,) linear RGB of the hair whose roots darken the scalp.
    """

    mesh: Mesh
    maps: SkinMaps
    head: Floats
    hair: Floats

    @property
    def name(self) -> str:
        """Always ``"skin"``."""
        return "skin"

    def material(self, fragments: Fragments) -> Material:
        """Compute the material of the painted skin, see :class:`~export.synthesis.skin.painter.SkinMaps`."""
        texels, gradient = locate(np.ascontiguousarray(fragments.attributes[:, REST]))
        chart = sample_bilinear(self.maps.chart, texels)
        pores = sample_bilinear(_pore_tile(), texels * np.float32(1 / (TEXELS * _PORE_TEXEL)), True)
        # detail below a pixel is noise, not skin
        fade = np.float32(np.clip(1.6 - fragments.footprint / (2.2 * _PORE_TEXEL), 0, 1))
        coarse = np.float32(np.clip(2 - fragments.footprint * TEXELS / 1.6, 0, 1))
        normal = _bend(
            np.ascontiguousarray(fragments.normal),
            gradient,
            chart[:, 6:8] * coarse
            + pores[:, :2] * (fade * self.maps.relief / TEXELS) * (1 - fragments.attributes[:, LINING : LINING + 1]),
            self.head.astype(np.float32),
        )
        albedo = chart[:, :3] * (1 + fade * self.maps.relief * pores[:, 2:3])
        scalp = np.clip(fragments.attributes[:, SCALP], 0, 1) * (0.9 + 0.1 * pores[:, 3])
        albedo += (self.hair - albedo) * np.clip(scalp, 0, 0.96)[:, None]
        roughness = chart[:, 3]
        if self.maps.sweat:
            drops = np.clip(0.6 + 0.5 * pores[:, 3], 0, 1) * self.maps.sweat
            roughness = roughness * (1 - 0.45 * drops)
        occlusion = np.clip(fragments.attributes[:, OCCLUSION], 0, 1)
        lining = np.clip(fragments.attributes[:, LINING] * 2 - 0.5, 0, 1)
        depth = mouth_light(fragments.attributes[:, REST])
        albedo += (_WET * (0.35 + 0.65 * depth[:, None]) - albedo) * lining[:, None]
        return Material(
            np.clip(albedo, 0.004, 0.9).astype(np.float32),
            normal,
            (roughness + (0.3 - roughness) * lining).astype(np.float32),
            chart[:, 5],
            (chart[:, 4] * (1 - 0.8 * lining) * (1 - 0.5 * scalp)).astype(np.float32),
            (occlusion * (1 - lining) + depth * lining).astype(np.float32),
            np.zeros((len(albedo), 3), np.float32),
        )


def mouth_light(rest: Floats) -> Floats:
    """Compute how much light reaches points inside the mouth: all at the lips, little at the throat.

    Args:
        rest: (N, 3) positions on the rest head.

    Returns:
        (N,) float32 0..1.
    """
    return np.clip((rest[:, 2] - 0.95) / 0.45, 0.06, 1.0).astype(np.float32)


@lru_cache(maxsize=1)
def _pore_tile() -> Floats:
    """Make a tile (H, W, 4) float32 that repeats: slopes across and down, share of albedo, and a coarser noise."""
    rng = np.random.default_rng(_SEED)
    shape = (_PORES, _PORES)
    cells = 60
    step = _PORES / cells
    grid = np.stack(np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij"), -1).reshape(-1, 2)
    centres = (grid + rng.uniform(0.1, 0.9, grid.shape)) * step
    pits = np.zeros(shape, np.float32)
    reach = np.arange(-5, 6)
    for (y, x), size, deep in zip(
        centres, rng.uniform(1.0, 1.9, len(centres)), rng.uniform(0.2, 1, len(centres)), strict=True
    ):
        rows, columns = int(y) + reach, int(x) + reach
        bell = np.exp(-(((rows - y)[:, None] ** 2 + (columns - x)[None] ** 2) / (2 * size**2)))
        pits[np.ix_(rows % _PORES, columns % _PORES)] += (deep * bell).astype(np.float32)
    lines = np.abs(periodic_noise(rng, (5.0, 2.0), shape)) + np.abs(periodic_noise(rng, (2.0, 5.0), shape))
    height = -0.00075 * pits + 0.00016 * np.minimum(lines, 2.0)
    slope_x = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / (2 * _PORE_TEXEL)
    slope_y = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / (2 * _PORE_TEXEL)
    tile = np.stack([slope_x, slope_y, -0.10 * pits + 0.02 * (lines - 1.6), periodic_noise(rng, (6, 6), shape)], -1)
    return np.ascontiguousarray(tile, np.float32)


@njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def _bend(normal: Floats, gradient: Floats, slopes: Floats, head: Floats) -> Floats:
    """Bend normals (N, 3) of a surface that rises by ``slopes`` (N, 2) decimetres per texel."""
    result = np.empty_like(normal)
    for i in range(normal.shape[0]):
        gx = slopes[i, 0] * gradient[i, 0, 0] + slopes[i, 1] * gradient[i, 1, 0]
        gy = slopes[i, 0] * gradient[i, 0, 1] + slopes[i, 1] * gradient[i, 1, 1]
        gz = slopes[i, 0] * gradient[i, 0, 2] + slopes[i, 1] * gradient[i, 1, 2]
        along, length = np.float32(0), np.float32(0)
        for k in range(3):
            turned = head[k, 0] * gx + head[k, 1] * gy + head[k, 2] * gz
            result[i, k] = turned
            along += turned * normal[i, k]
        for k in range(3):
            result[i, k] = normal[i, k] - (result[i, k] - along * normal[i, k])
            length += result[i, k] ** 2
        length = 1 / math.sqrt(length + 1e-12)
        for k in range(3):
            result[i, k] *= length
    return result
