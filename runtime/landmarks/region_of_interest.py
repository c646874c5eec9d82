"""Regions of interest: rotated squares around a face, and the affine maps between frame and crop.

Coordinates are pixels with pixel centres at integers, in frames and in crops alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.detection import BLAZEFACE_GEOMETRY, BoxGeometry, Detection

CROP_SCALE = 1.35
"""Side of a region over the longer side of the landmark box, eyes level."""

RIGHT_EYE = slice(36, 42)
LEFT_EYE = slice(42, 48)


@dataclass(frozen=True, slots=True)
class Region:
    """A square of the frame that becomes a crop.

    Attributes:
        x, y: centre in frame pixels.
        side: length of a side in frame pixels, positive.
        rotation: radians by which the face is turned in the image plane; positive is clockwise in the image.
    """

    x: float
    y: float
    side: float
    rotation: float = 0.0

    def to_crop(self, size: int) -> NDArray[np.float64]:
        """Return the affine map (2, 3) from frame pixels to the pixels of a ``size`` x ``size`` crop."""
        scale = size / self.side
        cos, sin = scale * math.cos(self.rotation), scale * math.sin(self.rotation)
        middle = (size - 1) / 2
        return np.array(
            [
                [cos, sin, middle - cos * self.x - sin * self.y],
                [-sin, cos, middle + sin * self.x - cos * self.y],
            ]
        )

    def to_frame(self, points: NDArray[np.float32], size: int) -> NDArray[np.float32]:
        """Map points (..., 2 or 3) from the pixels of a ``size`` x ``size`` crop to frame pixels; z scales along."""
        flat = points.reshape(1, -1, points.shape[-1]).astype(np.float32, copy=False)
        return points_to_frame([self], flat, size).reshape(points.shape)

    def within(self, outer: Region, size: int) -> Region:
        """Return the same square in the pixels of a ``size`` x ``size`` crop of another region."""
        scale = size / outer.side
        cos, sin = scale * math.cos(outer.rotation), scale * math.sin(outer.rotation)
        x, y, middle = self.x - outer.x, self.y - outer.y, (size - 1) / 2
        return Region(
            middle + cos * x + sin * y, middle - sin * x + cos * y, self.side * scale, self.rotation - outer.rotation
        )


def points_to_frame(regions: Sequence[Region], points: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Map points of several crops to frame pixels, all faces in one go.

    Args:
        regions: of the N crops.
        points: (N, K, 2 or 3) float32 in pixels of the ``size`` x ``size`` crops.
        size: side of a crop.

    Returns:
        (N, K, 2 or 3) float32 in frame pixels; z scales along.
    """
    rows: list[list[tuple[float, ...]]] = []
    axes = points.shape[-1]
    for region in regions:
        scale = region.side / size
        cos, sin = scale * math.cos(region.rotation), scale * math.sin(region.rotation)
        turn = [(cos, sin), (-sin, cos)] if axes == 2 else [(cos, sin, 0.0), (-sin, cos, 0.0), (0.0, 0.0, scale)]
        rows.append([*turn, (region.x, region.y) if axes == 2 else (region.x, region.y, 0.0)])
    maps = np.array(rows, np.float32)
    mapped: NDArray[np.float32] = np.matmul(points - _crop_centre(size, axes), maps[:, :axes])
    mapped += maps[:, axes:]
    return mapped


@lru_cache(maxsize=16)
def _crop_centre(size: int, axes: int) -> NDArray[np.float32]:
    """Return the centre of a crop (2 or 3,) float32."""
    centre = np.array([(size - 1) / 2, (size - 1) / 2, 0][:axes], np.float32)
    centre.setflags(write=False)
    return centre


def regions_from_points(points: NDArray[np.float32], scale: float = CROP_SCALE) -> list[Region]:
    """Return the regions that the networks were trained on, from the points (N, 68, 2 or 3) of N faces in iBUG order.

    Eyes are made level, then the square around the points' box is enlarged by ``scale``.
    """
    flat = points[..., :2]
    turns, directions = [], []
    for across_x, across_y in np.add.reduce(flat[:, LEFT_EYE] - flat[:, RIGHT_EYE], axis=1).tolist():
        rotation = math.atan2(across_y, across_x)
        cos, sin = math.cos(rotation), math.sin(rotation)
        turns.append((cos, sin, rotation))
        directions.append(((cos, sin), (-sin, cos), (-cos, -sin), (sin, -cos)))
    # how far the points reach in the face's own four directions
    reach = np.maximum.reduce(np.matmul(np.array(directions, np.float32), flat.transpose(0, 2, 1)), axis=2)
    regions = []
    for (cos, sin, rotation), (right, bottom, left, top) in zip(turns, reach.tolist(), strict=True):
        x, y = (right - left) / 2, (bottom - top) / 2
        side = max(right + left, bottom + top, 1.0) * scale
        regions.append(Region(cos * x - sin * y, sin * x + cos * y, side, rotation))
    return regions


def region_from_points(points: NDArray[np.float32], scale: float = CROP_SCALE) -> Region:
    """Return the region of one face, from its points (68, 2 or 3); see :func:`regions_from_points`."""
    return regions_from_points(points[None], scale)[0]


def region_from_detection(
    box: NDArray[np.float32],
    right_eye: NDArray[np.float32],
    left_eye: NDArray[np.float32],
    scale: float = CROP_SCALE,
    geometry: BoxGeometry = BLAZEFACE_GEOMETRY,
) -> Region:
    """Return the region for a detector's box (4,) xyxy and eye centres (2,), all in frame pixels."""
    rotation = math.atan2(float(left_eye[1] - right_eye[1]), float(left_eye[0] - right_eye[0]))
    side = geometry.length(float(box[2] - box[0]), float(box[3] - box[1]))
    drop = geometry.drop * side
    return Region(
        float(box[0] + box[2]) / 2 - math.sin(rotation) * drop,
        float(box[1] + box[3]) / 2 + math.cos(rotation) * drop,
        side * geometry.side * scale,
        rotation,
    )


def detection_region(detection: Detection, scale: float = CROP_SCALE) -> Region:
    """Return the region for a detection."""
    right_eye, left_eye = detection.keypoints[:2]
    return region_from_detection(detection.box, right_eye, left_eye, scale, detection.geometry)


def box_from_region(region: Region, scale: float = CROP_SCALE) -> NDArray[np.float32]:
    """Return the BlazeFace box (4,) xyxy that belongs to a region: the inverse of :func:`region_from_detection`."""
    half = region.side / scale / BLAZEFACE_GEOMETRY.side / 2
    x = region.x + math.sin(region.rotation) * BLAZEFACE_GEOMETRY.drop * 2 * half
    y = region.y - math.cos(region.rotation) * BLAZEFACE_GEOMETRY.drop * 2 * half
    return np.array([x - half, y - half, x + half, y + half], np.float32)


def crop(
    image: NDArray[np.uint8], region: Region, size: int, out: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Cut a region out of a frame (H, W, 3) uint8 as (size, size, 3) uint8; black outside of the frame.

    A region more than twice the crop's size is reduced by area averaging first: bilinear sampling alone
    would skip pixels and alias.

    Args:
        image: the frame; only the part under the region is read.
        region: what to cut out.
        size: side of the crop.
        out: contiguous (size, size, 3) uint8 to write into, and to give; by default a new array.
    """
    if out is None:
        out = np.empty((size, size, 3), np.uint8)
    factor = max(1, int(region.side / size))
    if factor > 4:
        # an even one begins with a half, which OpenCV averages ten times faster than other areas
        factor -= factor % 2
    height, width = image.shape[:2]
    # beside the rotated square itself, the pixels that its border is interpolated from
    reach = region.side * (abs(math.cos(region.rotation)) + abs(math.sin(region.rotation))) / 2 + factor + 1
    left, right = (int(min(max(region.x + sign * reach, 0), width)) for sign in (-1, 1))
    top, bottom = (int(min(max(region.y + sign * reach, 0), height)) for sign in (-1, 1))
    columns, rows = (right - left) // factor, (bottom - top) // factor
    if columns < 1 or rows < 1:
        out.fill(0)
        return out
    # OpenCV 4 warps no image of more than 32766 pixels a side: give it the part it needs
    part = image[top : top + rows * factor, left : left + columns * factor]
    if factor > 4:
        half = part.shape[1] // 2, part.shape[0] // 2
        part = cv2.resize(part, half, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    if factor > 1:
        part = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    # pixel s of the part covers frame pixels left + s * factor ... + factor - 1: its centre is in their middle
    x, y = (region.x - left - (factor - 1) / 2) / factor, (region.y - top - (factor - 1) / 2) / factor
    matrix = Region(x, y, region.side / factor, region.rotation).to_crop(size)
    # OpenCV warps four channels twice as fast as three, to the same pixels
    warped = cv2.warpAffine(cv2.cvtColor(part, cv2.COLOR_BGR2BGRA), matrix, (size, size), flags=cv2.INTER_LINEAR)
    return cv2.cvtColor(warped, cv2.COLOR_BGRA2BGR, dst=out)  # type: ignore[return-value]


def distance(one: Region, other: Region) -> float:
    """Return the distance of two regions' centres, in sides of the larger."""
    return math.hypot(one.x - other.x, one.y - other.y) / max(one.side, other.side)


def ratio(one: Region, other: Region) -> float:
    """Return the larger side of two regions over the smaller, at least 1."""
    return max(one.side, other.side) / min(one.side, other.side)
