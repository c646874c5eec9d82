"""Crops of a face in the position that other networks expect, and crops of its parts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number, is_whole
from runtime.detection import fit_similarity
from runtime.errors import OptionError
from runtime.faces import Face, check_face
from runtime.landmarks.region_of_interest import LEFT_EYE, RIGHT_EYE, Region, crop, region_from_points
from runtime.media.images import as_bgr, preview_png

Template = Literal["arcface", "ffhq"]
"""Where the face lies in an aligned crop: ``"arcface"`` fills it with the face, for recognition; ``"ffhq"`` shows the
whole head, for generators."""

DEFAULT_SIZES: dict[Template, int] = {"arcface": 112, "ffhq": 256}

ARCFACE_SIZE = 112
ARCFACE_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Right eye, left eye, nose tip, right and left mouth corner (5, 2) in a crop of 112x112 pixels.

Source: Deng et al. 2019, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition"; ``arcface_dst`` in
``insightface/utils/face_align.py``."""


@dataclass(frozen=True, slots=True, eq=False)
class AlignedCrop:
    """A square cut out of an image, turned and scaled, and how its pixels lie in the image.

    Attributes:
        image: (S, S, 3) uint8 BGR; black outside of the image.
        transform: (2, 3) float64, the affine map from image pixels to crop pixels, as ``cv2.warpAffine`` takes it;
            pixel centres at integers in both.
    """

    image: NDArray[np.uint8]
    transform: NDArray[np.float64]

    def to_crop(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Map points (..., 2) x, y from image pixels to crop pixels."""
        return _mapped(points, self.transform)

    def to_image(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Map points (..., 2) x, y from crop pixels to image pixels."""
        return _mapped(points, cv2.invertAffineTransform(self.transform))

    def _repr_png_(self) -> bytes:
        """Return the crop as PNG; for notebooks."""
        return preview_png(self.image)


def align_face(
    face: Face, image: NDArray[np.uint8], size: int | None = None, template: Template = "arcface"
) -> AlignedCrop:
    """Cut a face out as a template places it; see :meth:`Face.align`."""
    _check_points(face)
    if not isinstance(template, str) or template not in DEFAULT_SIZES:
        raise OptionError(f"template={template!r}: {' or '.join(map(repr, get_args(Template)))} is needed")
    size = DEFAULT_SIZES[template] if size is None else size
    region = _arcface_region(face) if template == "arcface" else _ffhq_region(face)
    return _cut(image, region, size)


def crop_part(face: Face, image: NDArray[np.uint8], part: str, size: int = 64, scale: float = 1.5) -> AlignedCrop:
    """Cut a part of a face out, eyes level; see :meth:`Face.crop_part`."""
    _check_points(face)
    if not is_number(scale) or not 0 < scale < math.inf:
        raise OptionError(f"scale={scale!r}: a positive number is needed")
    points = face.part(part)[:, :2].astype(np.float64)
    angle = region_from_points(face.landmarks).rotation
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    level = points @ turn.T
    low, high = level.min(axis=0), level.max(axis=0)
    x, y = (low + high) / 2 @ turn
    return _cut(image, Region(float(x), float(y), max(float((high - low).max()), 1.0) * scale, angle), size)


def _check_points(face: Face) -> None:
    check_face(face)
    points = face.landmarks[:, :2]
    if not np.isfinite(points).all() or not np.ptp(points, axis=0).any():
        raise OptionError("face: its points are not finite or on one spot: there is nothing to cut out")


def _mapped(points: NDArray[Any], matrix: NDArray[Any]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return result


def _cut(image: NDArray[np.uint8], region: Region, size: int) -> AlignedCrop:
    if not is_whole(size) or not 1 <= size <= 8192:
        raise OptionError(f"size={size!r}: a whole number of pixels in 1..8192 is needed")
    return AlignedCrop(crop(as_bgr(image), region, int(size)), region.to_crop(int(size)))


def _arcface_region(face: Face) -> Region:
    """Return the square that insightface's ``norm_crop`` cuts out: a similarity onto the template, scaled with it."""
    fit = fit_similarity(face.five_points(), ARCFACE_POINTS)
    scale = math.hypot(*fit[:, 0])
    # the template is scaled by pixel corners here, so that the middle stays the middle at every size
    x, y = np.linalg.solve(fit[:, :2], (ARCFACE_SIZE - 1) / 2 - fit[:, 2])
    return Region(float(x), float(y), ARCFACE_SIZE / scale, -math.atan2(fit[1, 0], fit[0, 0]))


def _ffhq_region(face: Face) -> Region:
    """Return the square of FFHQ's alignment.

    Source: Karras et al. 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks";
    ``recreate_aligned_images`` in ``download_ffhq.py`` of NVlabs/ffhq-dataset. What lies outside of the image is black
    here, and reflected and blurred there.
    """
    points = face.landmarks[:, :2].astype(np.float64)
    right_eye, left_eye = points[RIGHT_EYE].mean(axis=0), points[LEFT_EYE].mean(axis=0)
    eyes, mouth = (right_eye + left_eye) / 2, (points[48] + points[54]) / 2
    across, down = left_eye - right_eye, mouth - eyes
    axis = across + (down[1], -down[0])
    half = max(2.0 * math.hypot(*across), 1.8 * math.hypot(*down))
    x, y = eyes + 0.1 * down
    return Region(float(x), float(y), 2 * half, math.atan2(axis[1], axis[0]))
