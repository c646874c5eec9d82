"""Result types: what a predictor gives for each face."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number, is_whole
from runtime.errors import OptionError
from runtime.face_parts import CONTOUR_POINTS, CONTOURS, FACE_PARTS
from runtime.face_rows import ANGLES, number, numbers_of, row_values, track_of
from runtime.face_svg import face_svg
from runtime.irises import Irises

if TYPE_CHECKING:
    from runtime.landmarks import AlignedCrop, MaskPart, Template


@dataclass(frozen=True, slots=True)
class Pose:
    """Rotation of a head, in degrees; all 0 when it looks straight into the camera.

    Roll acts in the image plane, then yaw, then pitch: R = Rz(roll) Ry(-yaw) Rx(-pitch).

    Attributes:
        yaw: positive when the face is turned towards the right side of the image.
        pitch: positive when it looks up.
        roll: positive when it leans clockwise in the image.

    All are NaN where the points have no orientation.

    Raises:
        OptionError: an angle is no number, or infinite.
    """

    yaw: float
    pitch: float
    roll: float

    def __post_init__(self) -> None:
        for name, value in (("yaw", self.yaw), ("pitch", self.pitch), ("roll", self.roll)):
            if not is_number(value) or math.isinf(value):
                raise OptionError(f"{name}={value!r}: a number of degrees is needed, or NaN")

    def axes(self) -> NDArray[np.float32]:
        """Return the head's axes as unit vectors in the image, the rows of (3, 3) float32.

        They point to the image's right (the person's left), down to the chin, and out of the face (negative z when it
        looks into the camera).
        """
        rotation = self.matrix()
        return np.stack([rotation[:, 0], rotation[:, 1], -rotation[:, 2]]).astype(np.float32)

    def matrix(self) -> NDArray[np.float64]:
        """Return the rotation (3, 3) from a frontal head to this pose; image axes: x right, y down, z away."""
        yaw, pitch, roll = -math.radians(self.yaw), -math.radians(self.pitch), math.radians(self.roll)
        cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (math.cos, math.sin))
        about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        rotation: NDArray[np.float64] = about_z @ about_y @ about_x
        return rotation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Face:
    """One face of one image. Arrays are read-only, also after pickling. A notebook shows it as a drawing.

    Attributes:
        landmarks: (68, 3) float32 in iBUG 300-W order: x, y in image pixels (centres at integers),
            z in the same unit, 0 at the mean of the points, negative towards the camera.
        box: (4,) float32 x1, y1, x2, y2 of the detection in image pixels; may reach beyond the image. Of a face that
            is followed: the box that the detector would give for these points.
        score: the detector's score of its box, 0..1; of a tracked face, at the detector's last run that found it. Cups
            and cats score 0.6, too, so it only selects candidates; ``min_score`` is its threshold.
        confidence: the landmark network's own confidence that its points lie on a face, 0..1, computed from the
            crop. It decides what is a face (``min_confidence``), and is the number on the picture. It does not measure
            how exact the points are.
        pose: head rotation in degrees.
        track: number of the face in a stream, the same from frame to frame; None where faces are not followed.
        irises: of a predictor with ``irises=True``; None otherwise.

    Raises:
        OptionError: ``landmarks`` or ``box`` is no array of numbers of its shape, or another value is none of its kind.

    Example:
        >>> face.part("left_eye").mean(axis=0)     # centre of the person's left eye
    """

    landmarks: NDArray[np.float32]
    box: NDArray[np.float32]
    score: float
    confidence: float
    pose: Pose
    track: int | None = None
    irises: Irises | None = None

    def __post_init__(self) -> None:
        for name, array, shape in (("landmarks", self.landmarks, (68, 3)), ("box", self.box, (4,))):
            if not isinstance(array, np.ndarray):
                raise OptionError(f"{name}: a numpy array is needed, not {type(array).__name__}")
            if array.shape != shape or array.dtype.kind not in "fiu":
                raise OptionError(f"{name}: numbers {shape} are needed, not {array.dtype} {array.shape}")
        for name, value in (("score", self.score), ("confidence", self.confidence)):
            if not is_number(value):
                raise OptionError(f"{name}={value!r}: a number is needed")
        if not isinstance(self.pose, Pose):
            raise OptionError(f"pose={self.pose!r}: a Pose(yaw, pitch, roll) is needed")
        if self.track is not None and not (is_whole(self.track) and abs(self.track) < 2**63):
            raise OptionError(f"track={self.track!r}: a whole number is needed, or None")
        if self.irises is not None and not isinstance(self.irises, Irises):
            raise OptionError(f"irises={self.irises!r}: Irises(right, left, gaze_yaw, gaze_pitch) are needed, or None")
        self.landmarks.setflags(write=False)
        self.box.setflags(write=False)

    def __reduce__(self) -> tuple[type[Face], tuple[Any, ...]]:
        values = self.landmarks, self.box, self.score, self.confidence, self.pose, self.track, self.irises
        return type(self), values

    def __repr__(self) -> str:
        box = ", ".join(f"{value:.1f}" for value in self.box.tolist())
        return (
            f"Face(track={self.track}, box=({box}), score={self.score:.3f}, confidence={self.confidence:.3f}, "
            f"pose=({self.pose.yaw:.1f}, {self.pose.pitch:.1f}, {self.pose.roll:.1f}), "
            f"landmarks={'x'.join(map(str, self.landmarks.shape))} {self.landmarks.dtype})"
        )

    def _repr_html_(self) -> str:
        """Draw the landmarks as SVG, with box, score, confidence and pose as text; for notebooks."""
        lines = [(CONTOUR_POINTS[name], closed) for name, closed in CONTOURS]
        return f"<figure>{face_svg(self.landmarks, lines)}<figcaption>{self!r}</figcaption></figure>"

    def part(self, name: str) -> NDArray[np.float32]:
        """Return the points (K, 3) of a part such as ``"left_eye"``; the names are the keys of :data:`FACE_PARTS`.

        Raises:
            OptionError: there is no part of that name.
        """
        if not isinstance(name, str) or name not in FACE_PARTS:
            raise OptionError(f"no part {name!r} of a face; there are {', '.join(FACE_PARTS)}")
        return self.landmarks[list(FACE_PARTS[name])]

    def five_points(self) -> NDArray[np.float32]:
        """Return the five points (5, 2) float32 x, y in image pixels that other libraries take.

        Centre of the right and of the left eye (mean of its six points), nose tip, right and left mouth corner: the
        order of ArcFace, RetinaFace and MTCNN. Right is the person's own right.
        """
        points = self.landmarks[:, :2]
        eyes = [points[list(FACE_PARTS[eye])].mean(axis=0) for eye in ("right_eye", "left_eye")]
        return np.stack([*eyes, points[30], points[48], points[54]])

    def align(self, image: NDArray[np.uint8], size: int | None = None, template: Template = "arcface") -> AlignedCrop:
        """Cut the face out of its image, turned and scaled as another network expects it.

        Args:
            image: (H, W, 3) uint8 BGR, the image that the face was found in.
            size: side of the crop in pixels; by default 112 for ArcFace, 256 for FFHQ.
            template: ``"arcface"`` brings the five points onto ArcFace's, by a least-squares similarity: at 112 the
                pixels of insightface's ``norm_crop`` but for averaging where a large face is reduced. ``"ffhq"`` is
                the alignment of the FFHQ data set, with the whole head.

        Returns:
            The crop, black outside of the image, and its 2x3 transform.

        Raises:
            ImageError: ``image`` is not an image.
            OptionError: an option is outside its range, or the points are not finite.

        Source: Deng et al. 2019, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition"; Karras et al. 2019,
        "A Style-Based Generator Architecture for Generative Adversarial Networks".
        """
        # runtime.landmarks imports this module
        from runtime.landmarks import align_face

        return align_face(self, image, size, template)

    def crop_part(self, image: NDArray[np.uint8], part: str, size: int = 64, scale: float = 1.5) -> AlignedCrop:
        """Cut a part such as ``"left_eye"`` or ``"mouth"`` out of the image as a square, eyes level.

        Args:
            image: (H, W, 3) uint8 BGR, the image that the face was found in.
            part: a key of :data:`FACE_PARTS`.
            size: side of the crop in pixels.
            scale: side of the square over the longer side of the box around the part's points.

        Returns:
            The crop, black outside of the image, and its 2x3 transform.

        Raises:
            ImageError: ``image`` is not an image.
            OptionError: an option is outside its range, or the points are not finite.
        """
        from runtime.landmarks import crop_part

        return crop_part(self, image, part, size, scale)

    def mask(self, shape: tuple[int, ...], part: MaskPart = "face") -> NDArray[np.uint8]:
        """Return a mask (H, W) uint8 of the face or a part: 255 inside the outline and on it, 0 elsewhere.

        Args:
            shape: of the image, height and width first.
            part: ``"face"`` (convex hull of all points: brows to chin), ``"skin"`` (without brows, eyes and mouth),
                ``"right_brow"``, ``"left_brow"``, ``"nose"`` (convex hulls), ``"right_eye"``, ``"left_eye"``,
                ``"mouth"``, ``"lips"`` (the mouth without its opening), ``"inner_mouth"``.

        Raises:
            OptionError: there is no part of that name, ``shape`` is no shape, or the points are not finite.
        """
        from runtime.landmarks import face_mask

        return face_mask(self, shape, part)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists, ready for JSON; angles are None where the pose has none.

        ``irises`` are an entry where there are any.
        """
        values = {
            "track": self.track,
            "box": [round(float(value), 3) for value in self.box],
            "score": round(self.score, 4),
            "confidence": round(self.confidence, 4),
            "pose": {
                # JSON has no NaN
                name: None if math.isnan(angle) else round(angle, 2)
                for name, angle in (("yaw", self.pose.yaw), ("pitch", self.pose.pitch), ("roll", self.pose.roll))
            },
            "landmarks": [[round(float(value), 3) for value in point] for point in self.landmarks],
        }
        return values if self.irises is None else values | {"irises": self.irises.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Face:
        """Make a face of what :meth:`to_dict` gave, or of the same from a JSON file; ``to_dict`` gives it back.

        Raises:
            OptionError: an entry is missing, or holds no numbers of the right shape.
        """
        if not isinstance(values, Mapping):
            raise OptionError(f"from_dict: a dictionary is needed, as to_dict gives it, not {type(values).__name__}")
        try:
            angles = [values["pose"][name] for name in ANGLES]
            pose = [
                math.nan if angle is None else number(name, angle) for name, angle in zip(ANGLES, angles, strict=True)
            ]
            box, points = (np.array(values[name], np.float32) for name in ("box", "landmarks"))
            score, confidence = (number(name, values[name]) for name in ("score", "confidence"))
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, OptionError):
                raise
            raise OptionError(f"from_dict: no face as to_dict gives it ({error!r})") from error
        if box.shape != (4,) or points.shape != (68, 3):
            raise OptionError(
                f"from_dict: box has shape {box.shape}, landmarks {points.shape}; (4,), (68, 3) are needed"
            )
        irises = None if values.get("irises") is None else Irises.from_dict(values["irises"])
        return cls(points, box, score, confidence, Pose(*pose), track_of(values.get("track")), irises)

    def to_row(self) -> dict[str, Any]:
        """Return the face as one flat row of a table, unrounded: ``track``, scores, box, pose, points and measures.

        Columns: ``track`` (None where it is not followed), ``score``, ``confidence`` (0..1), ``left``, ``top``,
        ``right``, ``bottom`` (box in image pixels), ``yaw``, ``pitch``, ``roll`` (degrees), ``x0``, ``y0``, ``z0`` to
        ``x67``, ``y67``, ``z67`` (image pixels), the fields of :class:`runtime.Measures`, and where the face has
        ``irises`` those of :meth:`Irises.to_row`.
        """
        # runtime.landmarks imports this module
        from runtime.landmarks import face_measures

        angles = self.pose.yaw, self.pose.pitch, self.pose.roll
        values = row_values(self.box, self.score, self.confidence, angles, self.landmarks)
        irises = {} if self.irises is None else self.irises.to_row()
        return {"track": self.track, **values, **face_measures(self).to_dict(), **irises}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Face:
        """Make a face of what :meth:`to_row` gave, or of a row of a CSV or Parquet file; other columns are ignored.

        Raises:
            OptionError: a column is missing, or holds no number.
        """
        values, track = numbers_of(row)
        points, box = values[9:].astype(np.float32).reshape(68, 3), values[2:6].astype(np.float32)
        pose = Pose(*values[6:9].tolist())
        return cls(points, box, float(values[0]), float(values[1]), pose, track, Irises.from_row(row))


def check_face(face: object) -> None:
    """Refuse what is not one face.

    Raises:
        OptionError: it is a list of faces, or something else.
    """
    if not isinstance(face, Face):
        remedy = "; take one of the list, such as faces[0]" if isinstance(face, (list, tuple)) else ""
        raise OptionError(f"a Face is needed, as a predictor gives it, not {type(face).__name__}{remedy}")
