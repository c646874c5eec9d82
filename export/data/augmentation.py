"""Augmentation: the detector's jitter as geometry, cameras and weather as pixels, things in front of faces."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.landmarks import Region

Image = NDArray[np.uint8]


WARP_GRID = 5
"""Control points a side of a random displacement: far enough apart that features keep their look."""


@dataclass(frozen=True, slots=True)
class Jitter:
    """Spread of training regions around the annotated one.

    BlazeFace's regions on HELEN's and AFW's training faces: rotation 2.5 and 3.6 degrees, shift 0.025, sides 0.87 to
    1.17 in 96 of 100 faces.
    """

    rotation: float = 10.0  # standard deviation, degrees
    scale_low: float = 0.87
    scale_high: float = 1.17
    shift: float = 0.035  # standard deviation, share of the side


def jitter_region(region: Region, jitter: Jitter, rng: np.random.Generator) -> Region:
    """Return a region near ``region``, as an imperfect detection would give."""
    shift = np.clip(rng.normal(0, jitter.shift, 2), -0.15, 0.15) * region.side
    return Region(
        region.x + float(shift[0]),
        region.y + float(shift[1]),
        region.side * rng.uniform(jitter.scale_low, jitter.scale_high),
        region.rotation + math.radians(float(rng.normal(0, jitter.rotation))),
    )


def warp(
    image: Image, points: NDArray[np.float32], rng: np.random.Generator, strength: float = 3.0
) -> tuple[Image, NDArray[np.float32]]:
    """Warp a crop (S, S, 3) and its points (68, 3) together by a smooth random displacement; z stays.

    Args:
        image: (S, S, 3) uint8, any colour order.
        points: (68, 3) float32 in crop pixels.
        strength: standard deviation of the displacement in pixels.
        rng: source of the displacement.
    """
    size = image.shape[0]
    coarse = rng.normal(0, strength, (WARP_GRID, WARP_GRID, 2)).astype(np.float32)
    field = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    grid = np.stack(np.meshgrid(*[np.arange(size, dtype=np.float32)] * 2), axis=2)
    # the field says where each new pixel comes from; where a point goes to is its inverse, found by iteration
    moved = source = np.ascontiguousarray(points[:, None, :2])
    for _ in range(4):
        shift = cv2.remap(field, moved, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
        moved = source - shift
    warped = cv2.remap(image, grid + field, None, cv2.INTER_LINEAR)  # type: ignore[call-overload]
    return warped, np.column_stack([moved[:, 0], points[:, 2]]).astype(np.float32)


def degrade(image: Image, rng: np.random.Generator) -> Image:
    """Change light, colour, sharpness, noise and compression of a crop (H, W, 3) uint8 BGR; a new array."""
    image = _light(image, rng)
    if rng.random() < 0.3:
        image = _shadow(image, rng)
    if rng.random() < 0.25:
        image = _blur(image, rng)
    if rng.random() < 0.15:
        image = _low_resolution(image, rng)
    if rng.random() < 0.3:
        noise = np.empty(image.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(noise, 0, float(rng.uniform(2, 14)))  # type: ignore[call-overload]
        image = cv2.add(image, noise, dtype=cv2.CV_8U)  # type: ignore[assignment]
    if rng.random() < 0.3:
        quality = int(rng.integers(20, 90))
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)  # type: ignore[assignment]
    return image


def occlude(image: Image, filler: Image, rng: np.random.Generator) -> Image:
    """Cover a part of a crop by an ellipse, a bar or a block of plain colour or of another picture."""
    size = image.shape[0]
    mask = np.zeros(image.shape[:2], np.uint8)
    centre = tuple(int(v) for v in rng.uniform(0.1, 0.9, 2) * size)
    axes = rng.uniform(0.06, 0.24, 2) * size
    angle = float(rng.uniform(0, 180))
    if rng.random() < 0.5:
        cv2.ellipse(mask, centre, (int(axes[0]), int(axes[1])), angle, 0, 360, 255, -1)
    else:
        corners = cv2.boxPoints((centre, (float(axes[0] * 2), float(axes[1] * 2)), angle))
        cv2.fillPoly(mask, [corners.astype(np.int32)], 255)
    if rng.random() < 0.5:
        cover = np.empty_like(image)
        cover[:] = rng.integers(0, 256, 3)
    else:
        cover = cv2.resize(filler, (size, size), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    result = image.copy()
    cv2.copyTo(cover, mask, result)
    return result


def _light(image: Image, rng: np.random.Generator) -> Image:
    """Change gain, offset, gamma and colour cast by one table a channel; sometimes make it gray."""
    if rng.random() < 0.12:
        image = _saturation(image, 0.0)
    elif rng.random() < 0.4:
        image = _saturation(image, float(rng.uniform(0.4, 1.6)))
    levels = np.linspace(0, 1, 256)[:, None]
    gamma = math.exp(rng.normal(0, 0.3))
    contrast = rng.uniform(0.6, 1.3)
    gain = math.exp(rng.normal(0, 0.15)) * np.exp(rng.normal(0, 0.08, 3))
    curve = ((levels**gamma - 0.5) * contrast + 0.5) * gain + rng.normal(0, 0.06)
    table = (np.clip(curve, 0, 1) * 255).astype(np.uint8).reshape(1, 256, 3)
    return cv2.LUT(image, table)  # type: ignore[return-value]


def _saturation(image: Image, factor: float) -> Image:
    gray = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return cv2.addWeighted(image, factor, gray, 1 - factor, 0)  # type: ignore[return-value]


def _shadow(image: Image, rng: np.random.Generator) -> Image:
    """Return a soft ramp of brightness across the crop: light from one side."""
    size = image.shape[0]
    angle = rng.uniform(0, 2 * math.pi)
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    ramp = axis[None, :] * math.cos(angle) + axis[:, None] * math.sin(angle) - rng.uniform(-0.5, 0.5)
    factor = 1 - rng.uniform(0.2, 0.8) / (1 + np.exp(-ramp * rng.uniform(2, 12)))
    return cv2.multiply(image, cv2.merge([factor] * 3).astype(np.float32), dtype=cv2.CV_8U)  # type: ignore[return-value]


def _blur(image: Image, rng: np.random.Generator) -> Image:
    if rng.random() < 0.5:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 2.5))  # type: ignore[return-value]
    reach = int(rng.integers(1, 6))
    length = 2 * reach + 1  # odd: a kernel without a middle pixel would move the face against its points
    kernel = np.zeros((length, length), np.float32)
    direction = rng.normal(size=2)
    step = np.rint(direction / np.linalg.norm(direction) * reach).astype(int)
    ends = [tuple(int(reach + sign * v) for v in step) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum())  # type: ignore[return-value]


def _low_resolution(image: Image, rng: np.random.Generator) -> Image:
    size = image.shape[0]
    small = int(size * rng.uniform(0.2, 0.6))
    reduced = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
    return cv2.resize(reduced, (size, size), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]
