"""Frames with a known number of faces, made from the sample picture of ``landmarks web``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import runtime
from runtime.errors import OptionError
from runtime.media.images import read_image

SAMPLE = Path(runtime.__file__).parent / "web" / "static" / "sample.jpg"
"""Eileen Collins (NASA, public domain), 400x300; her face is about 100 pixels wide."""

FRAME_SIZES = ((640, 480), (1280, 720), (1920, 1080))
"""Widths and heights of camera frames."""

HEAD = (slice(20, 190), slice(115, 285))
"""Rows and columns of the head in the picture, a square."""

MAX_FACES = 8
"""Largest number of faces in a frame; more would be too small for the detector."""


def sample() -> NDArray[np.uint8]:
    """Return the sample picture, (300, 400, 3) uint8 BGR."""
    return read_image(SAMPLE)


def frame_with_faces(faces: int, width: int, height: int) -> NDArray[np.uint8]:
    """Return a frame (height, width, 3) uint8 BGR with faces side by side on a blurred background.

    Args:
        faces: number of faces, 0 to :data:`MAX_FACES`; every second one is mirrored.
        width: width of the frame in pixels.
        height: height of the frame in pixels.

    Raises:
        OptionError: the number of faces is negative or too large.
    """
    if not 0 <= faces <= MAX_FACES:
        raise OptionError(f"faces={faces}: 0 to {MAX_FACES} fit into a frame")
    picture = sample()
    small = cv2.GaussianBlur(cv2.resize(picture, (32, 24), interpolation=cv2.INTER_AREA), (0, 0), 4)
    frame = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    if not faces:
        return frame  # type: ignore[return-value]
    side = int(min(0.95 * width / faces, 0.6 * height))
    head = cv2.resize(picture[HEAD], (side, side), interpolation=cv2.INTER_AREA)
    distance = np.hypot(*np.meshgrid(*[np.linspace(-1, 1, side)] * 2))
    cover = np.clip((1 - distance) * 6, 0, 1)[..., None]
    for index in range(faces):
        left = round((index + 0.5) * width / faces - side / 2)
        top = (height - side) // 2
        place = frame[top : top + side, left : left + side]
        portrait = head[:, ::-1] if index % 2 else head
        place[:] = np.rint(place * (1 - cover) + portrait * cover)
    return frame  # type: ignore[return-value]
