"""The picture: the frame at the window's size, mirrored if wanted, with the faces; or two of them side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.faces import Face
from runtime.irises import Iris, Irises
from runtime.media import Style, draw_faces

GAP = 4
"""Pixels between two pictures side by side."""


@dataclass(frozen=True, slots=True)
class Look:
    """Elements that are drawn on the frame."""

    points: bool = True
    contours: bool = True
    boxes: bool = True
    axes: bool = True
    mirror: bool = False

    def style(self) -> Style:
        """Return the style to draw with, without confidences: numbers that change with every frame are unreadable."""
        return Style(
            points=self.points,
            contours=self.contours,
            box=self.boxes,
            track=self.boxes,
            axes=self.axes,
            confidence=False,
        )


def scene_size(shape: tuple[int, ...], pictures: int, room: tuple[int, int] | None) -> tuple[int, int]:
    """Return width and height of so many frames of a shape (H, W, 3) side by side.

    Args:
        shape: of the frame.
        pictures: how many times it is shown.
        room: width and height that the scene must fit into, as large as it can be; None for frames at their own size.
    """
    height, width = shape[:2]
    gaps = GAP * (pictures - 1)
    scale = 1.0 if room is None else min((room[0] - gaps) / (width * pictures), room[1] / height)
    # rounding down: half a pixel more for each of two pictures would be one too many
    inner = max(1, math.floor(width * scale + 1e-6))
    return inner * pictures + gaps, max(1, math.floor(height * scale + 1e-6))


def compose(
    image: NDArray[np.uint8], faces: Sequence[Sequence[Face]], look: Look, size: tuple[int, int]
) -> tuple[NDArray[np.uint8], list[int]]:
    """Draw a frame once for each list of faces.

    Args:
        image: (H, W, 3) uint8 BGR.
        faces: of each network, in pixels of the frame.
        look: what to draw.
        size: width and height of the scene.

    Returns:
        The scene, a new array (height, width, 3) uint8 BGR, and the column at which each picture starts.
    """
    width, height = size
    count = len(faces)
    inner = max(1, (width - GAP * (count - 1)) // count)
    frame = _resized(cv2.flip(image, 1) if look.mirror else image, inner, height)  # type: ignore[arg-type]
    style = look.style()
    scale = inner / image.shape[1], height / image.shape[0]
    pictures = []
    for found in faces:
        shown = [_moved(face, image.shape[1], look.mirror, scale) for face in found]
        pictures.append(draw_faces(frame, shown, style))
    if count == 1:
        return pictures[0], [0]
    scene = np.full((height, width, 3), 16, np.uint8)
    starts = [index * (inner + GAP) for index in range(count)]
    for start, picture in zip(starts, pictures, strict=True):
        scene[:, start : start + inner] = picture
    return scene, starts


def _resized(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if image.shape[:2] == (height, width):
        return image
    method = cv2.INTER_AREA if height < image.shape[0] else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=method)  # type: ignore[return-value]


def _moved(face: Face, width: int, mirror: bool, scale: tuple[float, float]) -> Face:
    """Move a face of the frame into the picture. Point numbers stay: the person's left stays the person's left."""
    landmarks, box, pose, irises = face.landmarks.copy(), face.box.copy(), face.pose, face.irises
    if irises is not None:
        irises = _moved_irises(irises, width, mirror, scale)
    if mirror:
        landmarks[:, 0] = width - 1 - landmarks[:, 0]
        box = np.array([width - 1 - box[2], box[1], width - 1 - box[0], box[3]], np.float32)
        pose = replace(pose, yaw=-pose.yaw, roll=-pose.roll)
    factors = np.array(scale, np.float32)
    # pixel centres are at integers
    landmarks[:, :2] = (landmarks[:, :2] + 0.5) * factors - 0.5
    landmarks[:, 2] *= factors.mean()
    box = ((box.reshape(2, 2) + 0.5) * factors - 0.5).reshape(4).astype(np.float32)
    return replace(face, landmarks=landmarks, box=box, pose=pose, irises=irises)


def _moved_irises(irises: Irises, width: int, mirror: bool, scale: tuple[float, float]) -> Irises:
    right, left = (
        Iris(
            ((width - 1 - iris.x if mirror else iris.x) + 0.5) * scale[0] - 0.5,
            (iris.y + 0.5) * scale[1] - 0.5,
            iris.diameter * sum(scale) / 2,
        )
        for iris in (irises.right, irises.left)
    )
    return Irises(right, left, -irises.gaze_yaw if mirror else irises.gaze_yaw, irises.gaze_pitch)
