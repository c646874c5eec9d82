"""Shadows: a depth map from each key light, soft by the light's size, with hair that lets some light through."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from export.synthesis.lighting import KeyLight
from export.synthesis.mesh import Floats, Strands
from export.synthesis.rendering.shadow_kernels import (
    bounds,
    occlude,
    raise_hairs,
    raise_triangles,
    smooth_within,
    soft_visibility,
    thicken,
)

LAYERS = 4  # of hair opacity behind the first hair
LAYER = 0.04  # decimetres, the first of them
ENOUGH_HAIRS = 3000  # for a shadow
TAPS = 14


@dataclass(frozen=True, slots=True)
class ShadowMap:
    """The scene as a key light sees it, orthographic.

    Attributes:
        key: the light.
        axes: (3, 3) rows right, up and towards the light, camera frame.
        origin: (2,) the map's corner along right and up, decimetres.
        texel: decimetres a texel is wide.
        height: (R, R) how far towards the light the topmost surface reaches, decimetres; -inf where nothing is.
        hair_height: (R, R) the same for the topmost hair.
        hair: (R, R, LAYERS) opacity (optical depth) up to 1, 2, 4 and 8 times ``LAYER`` below the topmost hair.
    """

    key: KeyLight
    axes: Floats
    origin: Floats
    texel: float
    height: Floats
    hair_height: Floats
    hair: Floats

    def visibility(self, points: Floats, normals: Floats | None = None, seed: int = 0) -> Floats:
        """Compute the share of the light that arrives at points.

        Percentage-closer soft shadows (Fernando 2005): the penumbra grows with the distance to what blocks the light.
        The filter's disc is turned by a hash of ``seed`` and the row, so that equal input gives equal output.

        Args:
            points: (N, 3) camera frame.
            normals: (N, 3) unit normals; None for hairs.
            seed: turns the filter's disc.

        Returns:
            (N,) float32 0..1.
        """
        local = np.ascontiguousarray(points, np.float32) @ self.axes.T
        if normals is None:
            tilt = np.zeros_like(local)
            tilt[:, 2] = 1
        else:
            tilt = np.ascontiguousarray(normals, np.float32) @ self.axes.T
        return soft_visibility(
            local,
            tilt,
            self.origin,
            np.float32(self.texel),
            self.height,
            self.hair_height,
            self.hair,
            np.float32(LAYER),
            np.float32(self.key.softness),
            _disc(TAPS),
            seed,
        )


def cast_shadows(
    key: KeyLight,
    vertices: Floats,
    triangles: NDArray[np.int32],
    strands: Sequence[Strands] = (),
    resolution: int = 384,
) -> ShadowMap:
    """Make the map of everything that may block a light.

    Hair follows Yuksel and Keyser, "Deep Opacity Maps", Eurographics 2008.

    Args:
        key: the light.
        vertices: (V, 3) camera frame.
        triangles: (T, 3) int32.
        strands: hairs, camera frame.
        resolution: side of the map in texels.

    Raises:
        ValueError: there are no vertices.
    """
    if not len(vertices):
        raise ValueError("nothing casts shadows: vertices is empty")
    axes = _axes(key.direction)
    local = np.ascontiguousarray(vertices, np.float32) @ axes.T
    hairs = [(_turned(_thinned(s.points), axes), s) for s in strands if len(s.points)]
    low, high = bounds(local)
    for hair, _ in hairs:
        hair_low, hair_high = bounds(hair.reshape(-1, 3))
        low, high = np.minimum(low, hair_low), np.maximum(high, hair_high)
    texel = np.float32((high - low).max() / (resolution - 4) + 1e-6)
    origin = low - 2 * texel
    height = np.full((resolution, resolution), -np.inf, np.float32)
    raise_triangles(height, local, triangles, origin, texel)
    hair_height = np.full_like(height, -np.inf)
    layers = np.zeros((resolution, resolution, LAYERS), np.float32)
    for hair, _ in hairs:
        raise_hairs(hair_height, hair, origin, texel)
    for hair, strand in hairs:
        # the remaining hairs get the width of those left out by thinning
        cover = _thinned(strand.width * strand.opacity).astype(np.float32) * np.float32(len(strand.width) / len(hair))
        thicken(layers, hair_height, hair, cover, origin, texel, np.float32(LAYER))
    if hairs:
        layers = cv2.GaussianBlur(layers, (0, 0), 1.6)  # type: ignore[assignment]
        # the blurred opacity reaches texels beside the hairs: give those a height, too
        hair_height = np.maximum(hair_height, cv2.dilate(hair_height, np.ones((5, 5), np.uint8)))
    return ShadowMap(key, axes, origin, float(texel), height, hair_height, layers)


def screen_space_occlusion(depth: Floats, footprint: float, reach: float = 0.35, seed: int = 0) -> Floats:
    """Compute ambient visibility from the depth picture alone: crevices, under hair, beside glasses.

    Horizon sampling as in Bavoil and Sainz, "Image-space horizon-based ambient occlusion", 2008, at half resolution.

    Args:
        depth: (S, S) distance from the camera in decimetres, inf where nothing is.
        footprint: decimetres a pixel covers.
        reach: decimetres within which neighbours take light away.
        seed: turns the sampling pattern.

    Returns:
        (S, S) float32 0..1.
    """
    size = depth.shape[0]
    half = np.ascontiguousarray(depth[::2, ::2], np.float32)
    radius = min(max(reach / footprint / 2, 2.0), half.shape[0] / 6)
    raw = occlude(half, np.float32(2 * footprint), np.float32(reach), np.float32(radius), seed)
    smooth = smooth_within(raw, half, np.float32(0.4 * reach))
    return cv2.resize(smooth, (size, size), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _thinned(rows: Floats) -> Floats:
    """Keep every k-th row, so that about ENOUGH_HAIRS stay."""
    return rows[:: max(len(rows) // ENOUGH_HAIRS, 1)]


def _turned(points: Floats, axes: Floats) -> Floats:
    """Turn hairs (N, K, 3) to the light's axes."""
    flat = np.ascontiguousarray(points, np.float32).reshape(-1, 3)
    return (flat @ axes.T).reshape(points.shape)


def _axes(direction: Floats) -> Floats:
    up = np.array([0, 1, 0] if abs(direction[1]) < 0.9 else [0, 0, 1], np.float64)
    right = np.cross(up, direction)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(direction, right), direction]).astype(np.float32)


def _disc(count: int) -> Floats:
    """Spread points (count, 2) evenly over the unit disc (Vogel's spiral)."""
    turn = np.arange(count) * (math.pi * (3 - math.sqrt(5)))
    radius = np.sqrt((np.arange(count) + 0.5) / count)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1).astype(np.float32)
