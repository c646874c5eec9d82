"""A network's points on a folder of synthetic faces, with the known truth about them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.annotations import load_synthetic, read_labels
from runtime.face_parts import eye_distance
from runtime.landmarks import Landmarker, region_from_points

YAWS = (0, 15, 30, 45)
"""Lower bounds of the groups by how far a face turns away, degrees."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SyntheticTest:
    """N synthetic faces and a network's points on them. Points in pixels of the pictures, z negative to the camera.

    Attributes:
        predicted: (N, 68, 3) the network's points, crops cut by the label.
        truth: (N, 68, 3) the labels: x and y in the picture, z of the head itself.
        hidden: (N, 68) bool, the point is covered by something, the head itself included.
        pose: (N, 3) yaw, pitch, roll in degrees, as in ``runtime.landmarks.head_pose``.
        eye_distance: (N,) distance of the outer eye corners in space, pixels: what errors are in percent of. The
            distance in the picture would shrink as a face turns.
        solid: (N, 68, 3) the labels on the head itself, where the jaw does not follow the visible contour.
        attributes: by name (N,), numbers or words.
    """

    predicted: Floats
    truth: Floats
    hidden: NDArray[np.bool_]
    pose: Floats
    eye_distance: Floats
    solid: Floats
    attributes: dict[str, NDArray[Any]]

    @property
    def visible(self) -> NDArray[np.bool_]:
        """(N, 68) bool."""
        return ~self.hidden


def run_synthetic_test(landmarker: Landmarker, folder: Path) -> SyntheticTest:
    """Run a network on a folder that ``synthesize`` wrote.

    Raises:
        FileNotFoundError: there is no such folder, or a picture is missing.
    """
    labels = read_labels(folder)
    faces = load_synthetic(folder)
    regions = [region_from_points(face.points, landmarker.spec.crop_scale) for face in faces]
    predicted = np.stack(
        [landmarker(face.image, [region]).points[0] for face, region in zip(faces, regions, strict=True)]
    )
    solid = labels["points3d"].astype(np.float64)
    return SyntheticTest(
        predicted=predicted.astype(np.float64),
        truth=np.stack([face.points for face in faces]).astype(np.float64),
        hidden=labels["hidden"],
        pose=labels["pose"].astype(np.float64),
        eye_distance=eye_distance(solid),
        solid=solid,
        attributes={name: column for name, column in labels.items() if column.shape == (len(faces),)},
    )


def mean_over(errors: Floats, points: NDArray[np.bool_]) -> Floats:
    """Average errors (N, 68) over some points (N, 68) of each face, (N,); NaN for a face that has none of them."""
    count = points.sum(axis=1)
    total = np.where(points, errors, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def yaw_groups(pose: Floats) -> dict[str, NDArray[np.bool_]]:
    """Group faces (N,) by how far they turn away from the camera."""
    turned = np.abs(pose[:, 0])
    groups = {f"yaw {low} to {high}": (turned >= low) & (turned < high) for low, high in itertools.pairwise(YAWS)}
    return {**groups, f"yaw over {YAWS[-1]}": turned >= YAWS[-1]}
