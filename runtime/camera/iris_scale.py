"""Distance of a face from the camera by the size of its irises, which differs little between people."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.camera.perspective import check_camera, default_intrinsics
from runtime.checks import is_number
from runtime.errors import OptionError
from runtime.faces import Face, check_face

IRIS_DIAMETER = 11.7
"""Millimetres, an adult's mean; standard deviation 0.4. Source: Rüfer et al. 2005, "White-to-white corneal diameter:
normal values in healthy humans obtained with the Orbscan II topography system"."""


def iris_distance(
    face: Face,
    shape: tuple[int, ...],
    intrinsics: NDArray[Any] | None = None,
    *,
    iris_diameter: float = IRIS_DIAMETER,
) -> float:
    """Return the distance of a face from the camera in millimetres, by the mean diameter of both irises.

    Unlike :func:`camera_pose`, which takes the distance of the outer eye corners, it is the same for children and
    adults. Irises below 16 pixels are found too small, and the distance is 15 % too large in the median
    (``python -m export iris``).

    Args:
        face: of one image, with ``irises``.
        shape: of the image, height and width first, as ``image.shape`` has them.
        intrinsics: (3, 3) camera matrix in pixels; by default as :func:`default_intrinsics` says. A wrong focal length
            changes the distance by the same factor.
        iris_diameter: millimetres of the person's irises.

    Raises:
        OptionError: the face has no irises, or an option is outside its range.

    Example:
        >>> predictor = Predictor(irises=True)
        >>> iris_distance(predictor(image)[0], image.shape)
    """
    check_face(face)
    camera = default_intrinsics(shape) if intrinsics is None else check_camera(intrinsics)
    if not is_number(iris_diameter) or not 0 < iris_diameter < math.inf:
        raise OptionError(f"iris_diameter={iris_diameter!r}: a positive number of millimetres is needed")
    if face.irises is None:
        raise OptionError("face: it has no irises; find them with Predictor(irises=True)")
    eyes = face.irises
    if not 0 < eyes.diameter < math.inf:
        raise OptionError(f"face: irises of {eyes.diameter} pixels are none")
    middle = np.array([(eyes.right.x + eyes.left.x) / 2, (eyes.right.y + eyes.left.y) / 2, 1.0])
    ray = np.linalg.solve(camera, middle)
    focal = math.sqrt(camera[0, 0] * camera[1, 1])
    return focal * float(iris_diameter) / eyes.diameter * float(np.linalg.norm(ray))
