"""The axes of a head, drawn in perspective."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.camera.perspective import CameraPose
from runtime.checks import is_number
from runtime.errors import OptionError
from runtime.landmarks import MEAN_HEAD, RIGID_POINTS
from runtime.media import AXIS_COLOURS, INK
from runtime.media.images import as_bgr

_NOSE_TIP = MEAN_HEAD[RIGID_POINTS.index(30)]
_SHIFT = 4
_FARTHEST = 1 << 20


def draw_axes(image: NDArray[np.uint8], pose: CameraPose, length: float = 50.0) -> NDArray[np.uint8]:
    """Draw a head's axes from the nose tip on a copy of an image.

    Args:
        image: (H, W, 3) uint8 BGR, the image that the pose was computed for; it is not modified.
        pose: of a head.
        length: of each axis in millimetres.

    Returns:
        A new image (H, W, 3) uint8 BGR. The axes are those of :meth:`Pose.axes`: x red, to the person's left; y green,
        down to the chin; z blue, out of the face.

    Raises:
        ImageError: ``image`` is not an image.
        OptionError: ``pose`` is no :class:`CameraPose`, or ``length`` is not positive.
    """
    canvas: NDArray[np.uint8] = as_bgr(image).copy()
    if not isinstance(pose, CameraPose):
        raise OptionError(f"pose: a CameraPose is needed, as camera_pose gives it, not {type(pose).__name__}")
    if not is_number(length) or not 0 < length < math.inf:
        raise OptionError(f"length={length!r}: a positive number of millimetres is needed")
    tips = _NOSE_TIP * pose.eye_distance + np.array([[0, 0, 0], [length, 0, 0], [0, length, 0], [0, 0, -length]])
    depths = (tips @ pose.rotation.T + pose.translation)[1:, 2]
    if depths.min() <= 0:
        return canvas  # an axis that reaches behind the camera has no picture
    pixels = np.clip(pose.project(tips), -_FARTHEST, _FARTHEST)
    fixed = np.rint(pixels * 2**_SHIFT).astype(np.int32)
    width = max(1, round(0.02 * float(np.linalg.norm(pixels[1:] - pixels[0], axis=1).max())))
    for index in np.argsort(-depths):  # the farthest first
        line = [np.stack([fixed[0], fixed[index + 1]])]
        cv2.polylines(canvas, line, False, INK, width + 2, cv2.LINE_AA, _SHIFT)
        cv2.polylines(canvas, line, False, AXIS_COLOURS[index], width, cv2.LINE_AA, _SHIFT)
    return canvas
