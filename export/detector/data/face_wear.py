"""Masks and dark glasses drawn onto a face by its keypoints."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

MASK_COLOURS = ((235, 235, 235), (225, 205, 150), (150, 170, 60), (40, 40, 40))
"""Usual colours of masks, BGR: white, light blue, green, black."""

SUBPIXEL = 3
"""Binary digits of the polygons' corners after the point."""


def draw_mask(canvas: NDArray[np.uint8], keypoints: NDArray[np.float32], random: np.random.Generator) -> None:
    """Draw a mask over nose and mouth, in place.

    Args:
        canvas: (H, W, 3) uint8 BGR.
        keypoints: (5, 2) as ``network.KEYPOINTS`` names them, pixels from the top-left corner.
        random: source of colour and shape.
    """
    right_eye, left_eye, nose, right_mouth, left_mouth = keypoints.astype(np.float64)
    eyes, mouth = (right_eye + left_eye) / 2, (right_mouth + left_mouth) / 2
    down = mouth - eyes
    across = (left_eye - right_eye + left_mouth - right_mouth) / 2
    top = nose - random.uniform(0.1, 0.5) * (nose - eyes)
    side = mouth - 0.45 * down
    corners = [
        top,
        side + random.uniform(0.85, 1.15) * across,
        mouth + 0.3 * down + random.uniform(0.5, 0.8) * across,
        mouth + random.uniform(0.55, 0.85) * down,
        mouth + 0.3 * down - random.uniform(0.5, 0.8) * across,
        side - random.uniform(0.85, 1.15) * across,
    ]
    usual = MASK_COLOURS[random.integers(len(MASK_COLOURS))] if random.random() < 0.7 else random.integers(0, 256, 3)
    _fill(canvas, np.array(corners), np.asarray(usual, np.float32), random)


def draw_dark_glasses(canvas: NDArray[np.uint8], keypoints: NDArray[np.float32], random: np.random.Generator) -> None:
    """Draw dark glasses, or goggles, over the eyes, in place; arguments as :func:`draw_mask`."""
    right_eye, left_eye, _, right_mouth, left_mouth = keypoints.astype(np.float64)
    across = left_eye - right_eye
    down = ((right_mouth + left_mouth) - (right_eye + left_eye)) / 2
    high, low = random.uniform(0.15, 0.3), random.uniform(0.15, 0.4)
    colour = np.full(3, random.uniform(5, 70)) + random.uniform(0, 40, 3)
    outer = random.uniform(0.35, 0.5)
    if random.random() < 0.3:  # one piece
        parts = [(right_eye - outer * across, left_eye + outer * across)]
    else:
        inner = random.uniform(0.25, 0.4)
        parts = [
            (eye - outer * across * sign, eye + inner * across * sign) for eye, sign in ((right_eye, 1), (left_eye, -1))
        ]
    for start, end in parts:
        corners = [start - high * down, end - high * down, end + low * down, start + low * down]
        _fill(canvas, np.array(corners), colour.astype(np.float32), random)


def _fill(
    canvas: NDArray[np.uint8], corners: NDArray[np.float64], colour: NDArray[np.float32], random: np.random.Generator
) -> None:
    """Fill a polygon (K, 2) with a colour (3,) BGR that varies a little over the picture."""
    mask = np.zeros(canvas.shape[:2], np.uint8)
    hull = cv2.convexHull(np.rint((corners - 0.5) * (1 << SUBPIXEL)).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 255, cv2.LINE_AA, SUBPIXEL)
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return
    place = canvas[top : top + height, left : left + width]
    alpha = mask[top : top + height, left : left + width, None].astype(np.float32) / 255 * random.uniform(0.85, 1.0)
    light = np.linspace(random.uniform(0.6, 1.2), random.uniform(0.6, 1.2), width, dtype=np.float32)[None, :, None]
    shade = np.clip(colour * light, 0, 255)
    place[:] = np.rint(place + (shade - place) * alpha).astype(np.uint8)
