"""Rotation and translation of a head in front of a camera, by perspective-n-point on the mean head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number, is_whole
from runtime.errors import OptionError
from runtime.faces import Face, Pose, check_face
from runtime.landmarks import MEAN_HEAD, RIGID_POINTS, pose_from_rotation

EYE_DISTANCE = 90.0
"""Millimetres between the outer eye corners of an adult. Source: Jayaratne et al. 2013, "Normative findings for
periocular anthropometric measurements among Chinese young adults in Hong Kong": 93.0 (men), 88.4 (women)."""


LENS_SIZES = (0, 4, 5, 8, 12, 14)
"""Numbers of distortion coefficients that OpenCV knows."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraPose:
    """A head in the camera's space, in millimetres: x right, y down, z away from the camera, origin in its centre.

    A point of the head lies at ``rotation @ point + translation``. The head's own origin is the middle between the
    outer eye corners; its axes are x to the person's left, y down to the chin, z into the head.

    Attributes:
        rotation: (3, 3) float64, from the head to the camera; the identity for a head that is parallel to the camera.
        translation: (3,) float64, millimetres.
        intrinsics: (3, 3) float64 that it was computed with.
        distortion: (K,) float64 of the lens, empty for none.
        eye_distance: millimetres between the outer eye corners, the scale of everything else.
        error: root mean square distance in pixels of the head's rigid points and the face's.
    """

    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]
    intrinsics: NDArray[np.float64]
    distortion: NDArray[np.float64]
    eye_distance: float
    error: float

    @property
    def vector(self) -> NDArray[np.float64]:
        """The rotation as a vector (3,), axis times radians, as OpenCV takes it."""
        return np.asarray(cv2.Rodrigues(self.rotation)[0], np.float64).ravel()

    @property
    def distance(self) -> float:
        """Distance of the head from the camera in millimetres; as exact as focal length and eye distance are."""
        return float(np.linalg.norm(self.translation))

    @property
    def pose(self) -> Pose:
        """The rotation as ``Face.pose`` has it: seen along the ray from the camera to the head."""
        middle = self.translation + self.rotation @ MEAN_HEAD.mean(axis=0) * self.eye_distance
        ray = middle / np.linalg.norm(middle)
        axis = np.cross(ray, (0.0, 0.0, 1.0))
        sine = float(np.linalg.norm(axis))
        angle = math.atan2(sine, float(ray[2])) / sine if sine > 0 else 0.0
        facing = np.asarray(cv2.Rodrigues(axis * angle)[0], np.float64)
        return pose_from_rotation(facing @ self.rotation)

    def project(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Project points (N, 3) of the head, millimetres, into the image: (N, 2) x, y in pixels."""
        head = np.ascontiguousarray(points, np.float64).reshape(-1, 1, 3)
        lens = self.distortion if self.distortion.size else None
        pixels = cv2.projectPoints(head, self.vector, self.translation, self.intrinsics, lens)[0]
        return np.asarray(pixels, np.float64).reshape(-1, 2)


def default_intrinsics(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return intrinsics (3, 3) of a camera that was not calibrated: focal length as long as the image's longer side.

    That is a field of view of 53 degrees along this side, between that of a phone (about 70) and of a webcam or a
    portrait lens (30 to 60). The principal point is the middle of the image.

    Args:
        shape: of the image, height and width first.

    Raises:
        OptionError: ``shape`` is no shape.
    """
    if not isinstance(shape, (tuple, list)) or len(shape) < 2 or not all(is_whole(n) and n > 0 for n in shape[:2]):
        raise OptionError(f"shape={shape!r}: height and width of the image are needed, as image.shape has them")
    height, width = shape[:2]
    focal = float(max(height, width))
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])


def camera_pose(
    face: Face,
    shape: tuple[int, ...],
    intrinsics: NDArray[Any] | None = None,
    distortion: NDArray[Any] | None = None,
    eye_distance: float = EYE_DISTANCE,
) -> CameraPose:
    """Compute where a head is and how it is turned, by ``cv2.solvePnP`` on eye corners and nose of the mean head.

    The start is ``face.pose``, so that of two solutions the one with the network's depth is found. ``CameraPose.pose``
    differs from ``face.pose`` by less than 6 degrees in the median and by less than 12 in nine of ten photographs. Most
    of it is pitch: here it follows from two-dimensional points and the mean head alone, there from the network's depth,
    too.

    Args:
        face: of one image.
        shape: of the image, height and width first, as ``image.shape`` has them.
        intrinsics: (3, 3) camera matrix in pixels, as ``cv2.calibrateCamera`` gives it; by default as
            :func:`default_intrinsics` says. A wrong focal length changes the distance by the same factor.
        distortion: coefficients of the lens as OpenCV orders them; none by default.
        eye_distance: millimetres between the person's outer eye corners. 90 is an adult's mean, children have less.
            All lengths are proportional to it.

    Raises:
        OptionError: an option is outside its range, or the points are those of no head in front of the camera.

    Example:
        >>> pose = camera_pose(face, image.shape)
        >>> pose.translation        # millimetres: right, down, away
    """
    check_face(face)
    camera = default_intrinsics(shape) if intrinsics is None else check_camera(intrinsics)
    lens = np.zeros(0) if distortion is None else _lens(distortion)
    if not is_number(eye_distance) or not 0 < eye_distance < math.inf:
        raise OptionError(f"eye_distance={eye_distance!r}: a positive number of millimetres is needed")
    points = np.ascontiguousarray(face.landmarks[list(RIGID_POINTS), :2], np.float64)
    if not (np.isfinite(points).all() and math.isfinite(face.pose.yaw)):
        raise OptionError("face: its points are not finite, or have no orientation")
    head = MEAN_HEAD * float(eye_distance)
    given = lens if lens.size else None
    done, vector, translation = cv2.solvePnP(
        head, points, camera, given, *_start(face, points, head, camera), True, cv2.SOLVEPNP_ITERATIVE
    )
    if not done or not np.isfinite(translation).all() or translation[2, 0] <= 0:
        raise OptionError("face: its points fit no head in front of this camera; are these its intrinsics?")
    seen = cv2.projectPoints(head, vector, translation, camera, given)[0].reshape(-1, 2)
    error = math.sqrt(float(np.square(seen - points).sum(axis=1).mean()))
    rotation = np.asarray(cv2.Rodrigues(vector)[0], np.float64)
    place = np.asarray(translation, np.float64).ravel()
    return CameraPose(rotation, place, camera, lens, float(eye_distance), error)


def check_camera(intrinsics: Any) -> NDArray[np.float64]:
    """Return a camera matrix (3, 3) as float64; raises OptionError where it is none."""
    try:
        camera = np.array(intrinsics, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise OptionError(f"intrinsics: a camera matrix (3, 3) is needed ({error})") from error
    if camera.shape != (3, 3) or not np.isfinite(camera).all() or camera[0, 0] <= 0 or camera[1, 1] <= 0:
        raise OptionError(f"intrinsics: a camera matrix (3, 3) with positive focal lengths is needed, not {camera}")
    return camera


def _lens(distortion: Any) -> NDArray[np.float64]:
    try:
        lens = np.asarray(distortion, np.float64).ravel()
    except (TypeError, ValueError, OverflowError) as error:
        raise OptionError(f"distortion: a list of numbers is needed ({error})") from error
    if lens.size not in LENS_SIZES or not np.isfinite(lens).all():
        raise OptionError(f"distortion: {', '.join(map(str, LENS_SIZES))} finite numbers are needed, not {lens.size}")
    return lens


def _start(
    face: Face, points: NDArray[np.float64], head: NDArray[np.float64], camera: NDArray[np.float64]
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return a rotation vector (3, 1) and a translation (3, 1) from the face's pose and size."""
    rotation = face.pose.matrix()
    # as far away as the spread of the head's turned points says; without depth, so that any scale of z is right
    turned = head @ rotation.T
    spread = np.linalg.norm(turned[:, :2] - turned[:, :2].mean(axis=0))
    scale = np.linalg.norm(points - points.mean(axis=0)) / spread
    depth = float(camera[0, 0] / max(scale, 1e-9))
    ray = np.linalg.solve(camera, np.append(points.mean(axis=0), 1.0))
    translation = ray / ray[2] * depth - turned.mean(axis=0)
    return np.asarray(cv2.Rodrigues(rotation)[0], np.float64), translation.reshape(3, 1)
