"""Masks of a face and its parts, filled between the points."""

from __future__ import annotations

from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_whole
from runtime.errors import OptionError
from runtime.face_parts import FACE_PARTS
from runtime.faces import Face, check_face

MaskPart = Literal[
    "face", "skin", "right_brow", "left_brow", "nose", "right_eye", "left_eye", "mouth", "lips", "inner_mouth"
]
"""``"face"`` is the convex hull of all points, from the brows to the chin; ``"skin"`` is the face without brows, eyes
and mouth; ``"lips"`` is the mouth without what is between the lips, ``"inner_mouth"``."""

_OUTLINES: dict[str, tuple[int, ...]] = {"mouth": FACE_PARTS["outer_lips"], "inner_mouth": FACE_PARTS["inner_lips"]}
_WITHOUT: dict[str, tuple[str, tuple[MaskPart, ...]]] = {
    "skin": ("face", ("right_brow", "left_brow", "right_eye", "left_eye", "mouth")),
    "lips": ("mouth", ("inner_mouth",)),
}
_HULLS = ("face", "right_brow", "left_brow", "nose")

_SHIFT = 4
"""Fractional bits of the coordinates that OpenCV fills at: a sixteenth of a pixel."""

_FARTHEST = 1 << 20
"""Pixels beyond which coordinates are cut off: OpenCV's fixed-point numbers end there."""


def face_mask(face: Face, shape: tuple[int, ...], part: MaskPart = "face") -> NDArray[np.uint8]:
    """Fill a part of a face; see :meth:`Face.mask`."""
    check_face(face)
    if not isinstance(part, str) or part not in get_args(MaskPart):
        raise OptionError(f"part={part!r}: one of {', '.join(get_args(MaskPart))} is needed")
    if not isinstance(shape, (tuple, list)) or len(shape) < 2 or not all(is_whole(n) and n > 0 for n in shape[:2]):
        raise OptionError(f"shape={shape!r}: height and width of the image are needed, as image.shape has them")
    if not np.isfinite(face.landmarks).all():
        raise OptionError("face: its points are not finite")
    whole, others = _WITHOUT.get(part, (part, ()))
    mask = _filled(face, shape, whole)
    for other in others:
        mask[_filled(face, shape, other) > 0] = 0
    return mask


def _filled(face: Face, shape: tuple[int, ...], part: str) -> NDArray[np.uint8]:
    numbers = range(68) if part == "face" else _OUTLINES.get(part) or FACE_PARTS[part]
    points = np.clip(face.landmarks[list(numbers), :2], -_FARTHEST, _FARTHEST)
    fixed = np.ascontiguousarray(np.rint(points * 2**_SHIFT), np.int32)
    outline = cv2.convexHull(fixed) if part in _HULLS else fixed
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [outline], 255, cv2.LINE_8, _SHIFT)
    return mask
