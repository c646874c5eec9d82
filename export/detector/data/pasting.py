"""Cutting rotated and scaled parts out of pictures, and pasting them into others with soft edges."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from export.detector.data.labels import FaceLabels


def similarity(
    origin: NDArray[np.floating], target: NDArray[np.floating], scale: float, angle: float, mirror: bool = False
) -> NDArray[np.float64]:
    """Return the map (2, 3) that moves ``origin`` to ``target`` (x, y), scales, and rotates by ``angle``.

    The angle is in radians, clockwise in the picture. With ``mirror`` left and right are exchanged first.
    """
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]])
    if mirror:
        linear[:, 0] *= -1
    return np.column_stack([linear, np.asarray(target, np.float64) - linear @ np.asarray(origin, np.float64)])


def cut(
    image: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    width: int,
    height: int,
    border: int | tuple[int, ...] | None = None,
) -> NDArray[np.uint8]:
    """Warp a picture (H, W, C) by ``matrix`` (2, 3) into ``width`` x ``height`` pixels.

    Coordinates are measured from the top-left corner. A picture that becomes smaller is resized by area averaging
    first, against aliasing.

    Args:
        image: the picture.
        matrix: map from pixels of the picture to pixels of the result.
        width: width of the result.
        height: height of the result.
        border: colour outside of the picture; None repeats the picture's edge.
    """
    scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ inverse[:, :2].T + inverse[:, 2]
    low = np.clip(np.floor(corners.min(axis=0)) - 2 / scale, 0, None).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0)) + 2 / scale, image.shape[1::-1]).astype(int)
    low = np.minimum(low, np.array(image.shape[1::-1]) - 1)
    high = np.maximum(high, low + 1)
    part = image[low[1] : high[1], low[0] : high[0]]
    shift = low.astype(np.float64)
    factor = np.ones(2)
    if scale < 0.75:
        size = np.maximum(np.round((high - low) * scale), 1).astype(int)
        factor = size / (high - low)
        part = cv2.resize(part, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    # OpenCV's pixel centres are integers: subtract half a pixel on both sides
    linear = matrix[:, :2] / factor
    offset = matrix[:, 2] + matrix[:, :2] @ shift + linear @ np.array([0.5, 0.5]) - 0.5
    mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
    value = border if isinstance(border, tuple) else (0, 0, 0, 0)
    return cv2.warpAffine(  # type: ignore[return-value]
        part,
        np.column_stack([linear, offset]),
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=mode,
        borderValue=value,
    )


def paste(
    canvas: NDArray[np.uint8], image: NDArray[np.uint8], mask: NDArray[np.uint8], matrix: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Blend a picture (h, w, 3) into ``canvas`` (H, W, 3), in place, where its ``mask`` (h, w) is not 0.

    Args:
        canvas: the picture to paste into.
        image: the picture to paste.
        mask: opacity; 255 covers the canvas, 0 leaves it as it is.
        matrix: (2, 3) map from pixels of the picture to pixels of the canvas.

    Returns:
        (4,) xyxy of the canvas that was changed; empty if the picture is outside.
    """
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix[:, :2].T + matrix[:, 2]
    low = np.clip(np.floor(corners.min(axis=0)), 0, canvas.shape[1::-1]).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)), 0, canvas.shape[1::-1]).astype(int)
    touched = np.concatenate([low, high]).astype(np.float32)
    if (high <= low).any():
        return touched
    moved = np.column_stack([matrix[:, :2], matrix[:, 2] - low])
    size = int(high[0] - low[0]), int(high[1] - low[1])
    shown = cut(np.dstack([image, mask]), moved, *size, border=0)
    place = canvas[low[1] : high[1], low[0] : high[0]]
    alpha = shown[..., 3:].astype(np.float32) / 255
    place[:] = np.rint(place + (shown[..., :3].astype(np.float32) - place) * alpha).astype(np.uint8)
    return touched


def ellipse(
    width: int, height: int, middle: NDArray[np.floating], radii: NDArray[np.floating], soft: float
) -> NDArray[np.uint8]:
    """Return the mask (height, width) of an ellipse whose edge fades over a share ``soft`` of its radius."""
    x = ((np.arange(width) + 0.5 - middle[0]) / radii[0])[None].astype(np.float32)
    y = ((np.arange(height) + 0.5 - middle[1]) / radii[1])[:, None].astype(np.float32)
    distance = np.sqrt(x * x + y * y)
    return np.rint(np.clip((1 - distance) / soft + 0.5, 0, 1) * 255).astype(np.uint8)  # type: ignore[no-any-return]


def cover(labels: FaceLabels, box: NDArray[np.float32], least: float = 0.35, some: float = 0.7) -> FaceLabels:
    """Return the labels after something was pasted over ``box`` (4,) xyxy.

    Faces covered by a share above ``some`` are removed; those covered by more than ``least`` are no longer certain.
    """
    if not len(labels):
        return labels
    low, high = np.maximum(labels.boxes[:, :2], box[:2]), np.minimum(labels.boxes[:, 2:], box[2:])
    area = (labels.boxes[:, 2:] - labels.boxes[:, :2]).prod(axis=1)
    share = np.clip(high - low, 0, None).prod(axis=1) / np.maximum(area, 1e-6)
    return labels.doubted(share > least).take(share <= some)
