"""Soft masks of the face's regions on the chart, from the landmarks and from the mesh's own masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from export.synthesis.head import Group, HeadAssets
from export.synthesis.mesh import Floats, interpolate, rasterize
from export.synthesis.skin.chart import AXIS, HEIGHT, TEXELS, WIDTH, locate


class SkinRegion(IntEnum):
    """Parts of the face on the chart; the value is the index of the mask."""

    NOSE = 0
    WINGS = 1  # of the nose, and the groove around them
    CHEEKS = 2
    EARS = 3
    LIDS = 4
    CREASE = 5  # between lid and brow, where eye shadow goes
    RIMS = 6  # of the lids, moist
    LINER = 7  # along the lashes
    BAGS = 8  # under the eyes
    SOCKETS = 9  # the inner corners and the hollow of the eyes
    FOREHEAD = 10
    PERIORAL = 11
    CHIN = 12
    NECK = 13
    ZONE = 14  # forehead, nose and chin: the oily T
    LIPS = 15
    BROWS = 16
    BEARD = 17
    FACE = 18


_HAIR = np.array([[0.0, 1.5]], np.float32)  # texels from the edge of a lid to its lashes
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)


def region_masks(assets: HeadAssets, landmarks: Floats) -> NDArray[np.uint8]:
    """Draw the masks of all regions.

    Args:
        assets: the head's mesh.
        landmarks: (68, 3) points on the rest head.

    Returns:
        (HEIGHT, WIDTH, len(SkinRegion)) uint8, 255 inside.
    """
    points, _ = locate(landmarks.astype(np.float32))
    baked = _bake(assets, np.stack([assets.masks[k] for k in ("ears", "face")], axis=1))
    masks = {SkinRegion.EARS: _soft(baked[..., 0], 0.012), SkinRegion.FACE: _soft(baked[..., 1], 0.06)}
    eyes = [points[RIGHT_EYE], points[LEFT_EYE]]
    outward = np.array([[-1.0, 0.0], [1.0, 0.0]], np.float32)
    nose, lip = points[30], points[[48, 54, 51, 57]].mean(axis=0)

    masks[SkinRegion.NOSE] = _blob(points[30], 0.20, 0.22) + 0.4 * _blob(points[28], 0.12, 0.3)
    masks[SkinRegion.WINGS] = _blob(points[31] - [8, 4], 0.09, 0.12) + _blob(points[35] + [8, -4], 0.09, 0.12)
    masks[SkinRegion.CHEEKS] = _sum(
        _blob(points[list(around)].mean(axis=0), 0.34, 0.26) for around in ((2, 31, 36, 48), (14, 35, 45, 54))
    )
    lids = _sum(_blob(eye.mean(axis=0), 0.24, 0.13) for eye in eyes)
    masks[SkinRegion.LIDS] = lids
    masks[SkinRegion.CREASE] = _sum(_blob(eye[1:3].mean(axis=0) - [0, 8], 0.20, 0.075) for eye in eyes)
    opened = [_polygon([_through(eye, closed=True)]) for eye in eyes]
    grown = [_grow(mask, 0.035) for mask in opened]
    masks[SkinRegion.RIMS] = _soft(_sum(grown) - 0.6 * _sum(opened), 0.006)
    masks[SkinRegion.LINER] = _sum(
        _soft(_line(_through(eye[:4] - _HAIR), 0.022), 0.008)
        + 0.35 * _soft(_line(_through(eye[[3, 4, 5, 0]] + _HAIR), 0.012), 0.01)
        for eye in eyes
    )
    masks[SkinRegion.BAGS] = _sum(
        _blob(eye[[3, 4, 5]].mean(axis=0) + [0, 15] - 3 * out, 0.20, 0.085)
        for eye, out in zip(eyes, outward, strict=True)
    )
    masks[SkinRegion.SOCKETS] = _sum(
        _blob(eye[3 if side == 0 else 0] - [0, 6], 0.09, 0.14) for side, eye in enumerate(eyes)
    )
    masks[SkinRegion.FOREHEAD] = _blob((points[19] + points[24]) / 2 - [0, 70], 0.62, 0.34)
    masks[SkinRegion.PERIORAL] = np.clip(_blob(lip, 0.36, 0.26) - _blob(lip, 0.2, 0.08), 0, 1)
    masks[SkinRegion.CHIN] = _blob((points[57] + points[8]) / 2, 0.18, 0.15)
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None] - points[8, 1]
    masks[SkinRegion.NECK] = np.broadcast_to(np.clip(rows / TEXELS / 0.25, 0, 1), (HEIGHT, WIDTH))
    masks[SkinRegion.ZONE] = (
        0.8 * masks[SkinRegion.FOREHEAD] + _blob(nose - [0, 20], 0.16, 0.34) + 0.6 * masks[SkinRegion.CHIN]
    )
    masks[SkinRegion.LIPS] = _soft(_polygon([lip_outline(points)]), 0.013)
    masks[SkinRegion.BROWS] = brow_mask(points)
    masks[SkinRegion.BEARD] = _beard(points)
    stacked = np.stack([np.clip(masks[region], 0, 1) for region in SkinRegion], axis=-1)
    return np.ascontiguousarray(np.rint(stacked * 255).astype(np.uint8))


def lip_outline(points: Floats) -> Floats:
    """Trace the border of the lips' red through points 48 to 59, with the cupid's bow.

    Args:
        points: (68, 2) landmarks in texels.

    Returns:
        (N, 2) texels.
    """
    upper, lower = points[48:55], points[[54, 55, 56, 57, 58, 59, 48]]
    return np.concatenate([_through(upper), _through(lower)[1:-1]])


def brow_mask(points: Floats) -> Floats:
    """Draw the soft shadow of the brows below their hairs, along points 17 to 21 and 22 to 26.

    Args:
        points: (68, 2) landmarks in texels.

    Returns:
        (HEIGHT, WIDTH) float32 0..1.
    """
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    for brow in (points[17:22], points[26:21:-1]):  # from the temple to the nose
        curve = _through(brow)
        half = np.interp(np.linspace(0, 1, len(curve)), [0, 0.25, 0.7, 1], [0.01, 0.03, 0.042, 0.036]) * TEXELS
        upper, lower = curve - np.stack([0 * half, half * 0.8], 1), curve + np.stack([0 * half, half], 1)
        mask += _polygon([np.concatenate([upper, lower[::-1]])])
    return _soft(mask, 0.02)


def _beard(points: Floats) -> Floats:
    """Draw where a man's beard grows: jaw, chin, upper lip and throat, without the lips."""
    jaw = points[2:15] + [0, 26]
    left = [points[14], (points[13] * 2 + points[54]) / 3 - [0, 6], points[54] + [16, -10], points[35] + [6, 10]]
    right = [points[31] + [-6, 10], points[48] + [-16, -10], (points[3] * 2 + points[48]) / 3 - [0, 6], points[2]]
    outline = np.concatenate([jaw, left, [points[33] + [0, 4]], right]).astype(np.float32)
    mask = _soft(_polygon([outline]), 0.055)
    bare = _sum(_blob(corner, 0.07, 0.05) for corner in (points[58] + [-4, 12], points[56] + [4, 12]))
    return np.asarray(mask * (1 - 0.5 * np.clip(bare, 0, 1)) * (1 - _soft(_polygon([lip_outline(points)]), 0.02)))


def _bake(assets: HeadAssets, values: Floats) -> Floats:
    """Draw values of vertices (V, C) on the chart (HEIGHT, WIDTH, C), zero where no skin is."""
    texels, _ = locate(assets.vertices)
    body = assets.triangles[assets.group == Group.BODY]
    body = body[np.ptp(texels[body, 0], axis=1) < WIDTH / 3]  # the others cross the seam at the back
    radius = np.hypot(assets.vertices[:, 0], assets.vertices[:, 2] - AXIS)
    seen, weights, _ = rasterize(texels, (20 - radius).astype(np.float32), body, HEIGHT, WIDTH)
    result = np.zeros((HEIGHT, WIDTH, values.shape[1]), np.float32)
    on = seen >= 0
    result[on] = interpolate(values.astype(np.float32), body[seen[on]], weights[on])
    return result


def _sum(masks: Iterable[Floats]) -> Floats:
    return np.sum(list(masks), axis=0, dtype=np.float32)


def _blob(centre: Floats, across: float, down: float) -> Floats:
    """Draw a Gaussian bell (HEIGHT, WIDTH) around texel ``centre``; radii in decimetres."""
    x = (np.arange(WIDTH, dtype=np.float32) - centre[0]) / (across * TEXELS)
    y = (np.arange(HEIGHT, dtype=np.float32) - centre[1]) / (down * TEXELS)
    return np.asarray(np.exp(-(y**2))[:, None] * np.exp(-(x**2))[None], np.float32)


def _soft(mask: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma * TEXELS), np.float32)


def _grow(mask: Floats, by: float) -> Floats:
    size = 2 * round(by * TEXELS) + 1
    return np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))), np.float32)


def _polygon(outlines: Sequence[Floats]) -> Floats:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32) for outline in outlines], 255, cv2.LINE_AA, 4)
    return np.asarray(mask / 255, np.float32)


def _line(curve: Floats, width: float) -> Floats:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    thickness = max(1, round(width * TEXELS))
    cv2.polylines(mask, [np.round(curve * 16).astype(np.int32)], False, 255, thickness, cv2.LINE_AA, 4)
    return np.asarray(mask / 255, np.float32)


def _through(points: Floats, closed: bool = False, steps: int = 8) -> Floats:
    """Interpolate points (N, 2) by a Catmull-Rom curve with ``steps`` pieces between two of them."""
    before, after = (points[-1:], points[:2]) if closed else (points[:1], points[-1:])
    p = np.concatenate([before, points, after]).astype(np.float64)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.concatenate([*pieces, p[-2:-1]]).astype(np.float32)
