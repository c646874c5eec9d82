"""A detected face, and the interface of a detector."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from runtime.checks import is_number
from runtime.detection.similarity import fit_similarity
from runtime.errors import OptionError


@dataclass(frozen=True, slots=True)
class BoxGeometry:
    """How the boxes of a detector lie on the box of the 68 points, in the face's own upright frame.

    Attributes:
        side: longer side of the points' box over the length of the detector's box.
        drop: distance by which the centre of the points' box lies lower, in lengths of the detector's box.
        square: the length is the longer side, as boxes are square but for rounding; otherwise it is the root of the
            area, which varies less from face to face.
    """

    side: float
    drop: float
    square: bool

    def length(self, width: float, height: float) -> float:
        """Return the length of a box of these sides in pixels, at least one."""
        return max(width, height, 1.0) if self.square else math.sqrt(max(width, 1.0) * max(height, 1.0))


BLAZEFACE_GEOMETRY = BoxGeometry(0.963, 0.055, square=True)
"""BlazeFace's square box, from the eyebrows to the chin; measured on HELEN and AFW (``export box-geometry``)."""

WIDER_FACE_GEOMETRY = BoxGeometry(0.916, 0.154, square=False)
"""The box of WIDER FACE, from the forehead to the chin, as YuNet and this project's detector give it; likewise."""

BoxKind = Literal["wider_face", "blazeface", "landmarks"]
"""How a box lies on a face: ``"wider_face"`` from the forehead to the chin, as RetinaFace, SCRFD, MTCNN and YuNet draw
it; ``"blazeface"`` a square from the eyebrows to the chin, as MediaPipe draws it; ``"landmarks"`` tight around the 68
points, as in annotations."""

BOX_GEOMETRIES: dict[BoxKind, BoxGeometry] = {
    "wider_face": WIDER_FACE_GEOMETRY,
    "blazeface": BLAZEFACE_GEOMETRY,
    "landmarks": BoxGeometry(1.0, 0.0, square=True),
}

FIVE_POINTS = np.array([[-0.220, -0.318], [0.220, -0.318], [0.0, -0.079], [-0.189, 0.172], [0.189, 0.172]])
"""Right eye, left eye, nose tip, right and left mouth corner (5, 2), from the centre of the box around the 68 points,
in units of its longer side, eyes level: the median of 84 synthetic heads in the generator's poses, made symmetric."""


_OUTSIDE = 1e9
"""Pixels beyond which a coordinate is none of a face in an image."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One detected face, in image pixels with pixel centres at integers. It may reach beyond the image.

    Attributes:
        box: (4,) float32 xyxy, around the face.
        score: the detector's certainty, 0..1.
        keypoints: (6, 2) float32 x, y: right eye, left eye, nose tip, mouth centre, then the detector's own two:
            BlazeFace's right and left ear, other detectors' right and left mouth corner. Right is the person's own
            right, on the left of an unmirrored picture.
        geometry: how the box lies on the points' box.
        rough: the box was not drawn by this runtime's detector: :meth:`Predictor.landmarks` finds the points twice, the
            second time around those found first.

    Raises:
        OptionError: a value is none of its kind or shape.

    Example:
        >>> detection = Detection.from_box([120, 80, 260, 270])    # another detector's box
    """

    box: NDArray[np.float32]
    score: float
    keypoints: NDArray[np.float32]
    geometry: BoxGeometry = BLAZEFACE_GEOMETRY
    rough: bool = False

    def __post_init__(self) -> None:
        for name, shape in (("box", (4,)), ("keypoints", (6, 2))):
            array = getattr(self, name)
            if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype.kind not in "fiu":
                given = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
                raise OptionError(f"{name}: an array {shape} of numbers is needed, not {given}")
        if not is_number(self.score):
            raise OptionError(f"score={self.score!r}: a number is needed")
        if not isinstance(self.geometry, BoxGeometry):
            raise OptionError(f"geometry={self.geometry!r}: a BoxGeometry is needed")
        if not isinstance(self.rough, bool):
            raise OptionError(f"rough={self.rough!r}: True or False is needed")

    @classmethod
    def from_box(
        cls, box: ArrayLike, *, kind: BoxKind = "wider_face", score: float = 1.0, roll: float = 0.0
    ) -> Detection:
        """Make a detection of a box alone; its keypoints are those of a mean face in it.

        Args:
            box: (4,) x1, y1, x2, y2 in image pixels; may reach beyond the image.
            kind: how the box lies on the face.
            score: of the detector that gave the box, 0..1; kept as ``Face.score``.
            roll: degrees by which the face leans clockwise in the image; within 30 is close enough.

        Raises:
            OptionError: the box is not four finite numbers with x1 < x2 and y1 < y2, ``kind`` is unknown, or ``score``
                or ``roll`` is no finite number.
        """
        sides = _numbers("box", box, (4,))
        if not (sides[0] < sides[2] and sides[1] < sides[3]):
            raise OptionError(f"box={sides.tolist()}: x1 < x2 and y1 < y2 are needed, not x, y, width, height")
        if not isinstance(kind, str) or kind not in BOX_GEOMETRIES:
            raise OptionError(f"kind={kind!r}: one of {', '.join(map(repr, get_args(BoxKind)))} is needed")
        score, roll = _number("score", score), _number("roll", roll)
        geometry, turn = BOX_GEOMETRIES[kind], _rotation(math.radians(roll))
        length = geometry.length(float(sides[2] - sides[0]), float(sides[3] - sides[1]))
        middle = (sides[:2] + sides[2:]) / 2 + turn @ (0, geometry.drop * length)
        points = middle + FIVE_POINTS * geometry.side * length @ turn.T
        return cls(sides.astype(np.float32), score, _keypoints(points), geometry, rough=True)

    @classmethod
    def from_keypoints(cls, points: ArrayLike, *, score: float = 1.0) -> Detection:
        """Make a detection of five keypoints alone; the face may be turned by any angle.

        Args:
            points: (5, 2) x, y in image pixels: right eye, left eye, nose tip, right and left mouth corner, as
                RetinaFace, SCRFD, MTCNN and :meth:`Face.five_points` order them. Right is the person's own right.
            score: of the detector that gave the points, 0..1; kept as ``Face.score``.

        Raises:
            OptionError: these are not five points with finite coordinates and two eyes apart, or ``score`` is no finite
                number.
        """
        five = _numbers("points", points, (5, 2))
        across = five[1] - five[0]
        if not across.any():
            raise OptionError("points: both eyes are on one spot")
        fit = fit_similarity(FIVE_POINTS, five)
        length = math.hypot(*fit[:, 0]) / BLAZEFACE_GEOMETRY.side
        turn = _rotation(math.atan2(across[1], across[0]))
        middle = fit[:, 2] - turn @ (0, BLAZEFACE_GEOMETRY.drop * length)
        box = np.concatenate([middle - length / 2, middle + length / 2])
        return cls(box.astype(np.float32), _number("score", score), _keypoints(five), rough=True)


def _numbers(name: str, given: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return an array of this shape; raises OptionError for anything else, and for numbers that are not finite."""
    try:
        array = np.asarray(given, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise OptionError(f"{name}: numbers of shape {shape} are needed ({error})") from error
    # written so that NaN fails too
    if array.shape != shape or not (np.abs(array) < _OUTSIDE).all():
        raise OptionError(f"{name}: finite numbers of shape {shape} are needed, not {array.tolist()!r:.100}")
    return array


def _number(name: str, value: object) -> float:
    """Return a finite number as float; raises OptionError for anything else."""
    if not is_number(value) or not math.isfinite(float(value)):  # type: ignore[arg-type]
        raise OptionError(f"{name}={value!r}: a finite number is needed")
    return float(value)  # type: ignore[arg-type]


def _rotation(angle: float) -> NDArray[np.float64]:
    """Return the rotation (2, 2) by radians, clockwise in the image."""
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _keypoints(five: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the keypoints (6, 2) of a detection, from five points."""
    mouth = five[3:].mean(axis=0, keepdims=True)
    return np.concatenate([five[:3], mouth, five[3:]]).astype(np.float32)


class Detector(Protocol):
    """Anything that finds faces in one image."""

    def __call__(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Find the faces of an image (H, W, 3) uint8 BGR; best first, none is an empty list."""
        ...
