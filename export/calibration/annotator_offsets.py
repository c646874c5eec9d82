"""Offsets from the points of the synthetic mesh to those of annotators: the table ``offsets.csv``.

300-W's annotators click a little beside the vertices of our table, each point in its own direction. A network trained
on their annotations measures by how much: its points on synthetic faces, minus the labels there. One vector per point
in the head frame fits the differences at all poses.

The remaining offsets are measured with a network trained on synthetic faces alone: the annotations of photographs
minus its points.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import MIRROR, Sample, SyntheticFace, load_synthetic, read_labels
from export.data import Photograph, mirror_points, read_image
from export.synthesis.head import rotation
from export.synthesis.landmarks import read_offsets
from runtime.face_parts import eye_distance
from runtime.landmarks import Landmarker, crop, estimate_pose, region_from_points

OFFSETS = Path(__file__).resolve().parents[1] / "synthesis" / "landmarks" / "offsets.csv"
LARGEST_YAW = 40.0
JAW_YAW = 30.0  # beyond, jaw points slide along the visible contour and say little about the head frame
SLIDING = slice(
    3, 14
)  # jaw points that slide towards the camera by themselves: a depth would push them off the outline
TRIM = 0.15  # share of the largest differences that do not count: hidden parts, gross errors of the network
# pull towards "no offset" along x, y, z a face: depth shows only in the few turned heads, and on synthetic ones where
# a network has not learnt them
RIDGE = (0.02, 0.02, 0.3)
RIDGE_PHOTOGRAPHS = (0.02, 0.02, 0.05)

_HEADER = """\
# Habits of the annotators of 300-W: from the points of the mesh to where they put them, in shares of the
# distance between the outer eye corners; x to the subject's left, y up, z to the front; mirrored points alike.
# Measured by `python -m export annotator-offsets`, on synthetic faces and then on photographs.
point,x,y,z
"""


def measure_synthetic_offsets(folder: Path, landmarker: Landmarker, count: int | None = None) -> NDArray[np.float32]:
    """Measure the offsets (68, 3) with which a ``synthesize`` folder's labels would agree with the network's points.

    The offsets that the folder was made with (those in force) are included.

    Raises:
        ValueError: too few faces turn less than :data:`LARGEST_YAW` degrees.
    """
    table = read_labels(folder)
    faces = load_synthetic(folder, count)
    pose, hidden = table["pose"][: len(faces)], table["hidden"][: len(faces)]
    _check_poses(pose, str(folder))
    truth = np.stack([face.points for face in faces])[..., :2]
    read = np.stack([read_face(landmarker, face) for face in faces])[..., :2]
    # the eyes' distance in space, whichever way the head looks
    size = eye_distance(truth)
    return _moved((read - truth) / size[:, None, None], pose, hidden, RIDGE)


def measure_photograph_offsets(samples: Sequence[Sample], landmarker: Landmarker) -> NDArray[np.float32]:
    """Measure the offsets (68, 3) with which a network's points would agree with the annotations of photographs.

    The network has learnt from synthetic faces alone, made with the offsets in force, which are included.

    Raises:
        ValueError: too few faces turn less than :data:`LARGEST_YAW` degrees.
    """
    faces = [
        Photograph(read_image(sample.image), np.column_stack([sample.points, np.zeros(68, np.float32)]))
        for sample in tqdm(samples, desc="reading photographs", unit="face", leave=False)
    ]
    read = np.stack([read_face(landmarker, face) for face in tqdm(faces, desc="points", unit="face", leave=False)])
    angles = [estimate_pose(points) for points in read]
    pose = np.array([(angle.yaw, angle.pitch, angle.roll) for angle in angles], np.float32)
    _check_poses(pose, "the photographs")
    truth = np.stack([face.points for face in faces])[..., :2]
    size = eye_distance(read)
    nothing_hidden = np.zeros((len(faces), 68), bool)
    return _moved((truth - read[..., :2]) / size[:, None, None], pose, nothing_hidden, RIDGE_PHOTOGRAPHS)


def _check_poses(pose: NDArray[np.floating], source: str) -> None:
    usable = int((np.abs(pose[:, 0]) < LARGEST_YAW).sum())
    if usable < 50:
        raise ValueError(f"{source}: {usable} faces look at the camera, at least 50 are needed; take more")


def _moved(
    difference: NDArray[np.floating],
    pose: NDArray[np.floating],
    hidden: NDArray[np.bool_],
    ridge: tuple[float, float, float],
) -> NDArray[np.float32]:
    """Correct the offsets in force by differences (N, 68, 2) in pictures, as shares of the eyes' distance."""
    usable = np.abs(pose[:, 0]) < LARGEST_YAW
    difference = difference * (1, -1)
    views = np.stack([rotation(*angles)[:2] for angles in pose])
    change = np.zeros((68, 3), np.float32)
    for point in range(68):
        rows = usable & ~hidden[:, point] & ((point > 16) | (np.abs(pose[:, 0]) < JAW_YAW))
        change[point] = _fit(views[rows], difference[rows, point], ridge)
    change[SLIDING, 2] = 0
    change = (change + change[MIRROR] * (-1, 1, 1)) / 2
    return (read_offsets() + change).astype(np.float32)


def read_face(landmarker: Landmarker, face: SyntheticFace | Photograph) -> NDArray[np.float32]:
    """Return a network's points (68, 3) in the picture, averaged over the face and its mirror image."""
    image = face.image
    region = region_from_points(face.points)
    upright = crop(image, region, landmarker.spec.input_size)
    straight, mirrored = landmarker.run(np.stack([upright, upright[:, ::-1]]))[0]
    both = (straight + mirror_points(mirrored, upright.shape[1])) / 2
    return region.to_frame(both, landmarker.spec.input_size)


def format_offsets(offsets: NDArray[np.float32]) -> str:
    """Format the table as :func:`export.synthesis.landmarks.read_offsets` reads it."""
    return _HEADER + "".join(f"{i},{x:.4f},{y:.4f},{z:.4f}\n" for i, (x, y, z) in enumerate(offsets))


def _fit(
    views: NDArray[np.float32], difference: NDArray[np.floating], ridge: tuple[float, float, float]
) -> NDArray[np.floating]:
    """Fit the vector (3,) whose views (N, 2, 3) come closest to the differences (N, 2), the largest errors left out."""
    keep = np.ones(len(views), bool)
    vector = np.zeros(3)
    for _ in range(4):
        a, b = views[keep], difference[keep]
        gram = np.einsum("nij,nik->jk", a, a) + keep.sum() * np.diag(ridge)
        vector = np.linalg.solve(gram, np.einsum("nij,ni->j", a, b))
        error = np.linalg.norm(difference - views @ vector, axis=1)
        keep = error <= np.quantile(error, 1 - TRIM)
    return vector
