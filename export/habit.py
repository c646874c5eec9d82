"""Where annotators put points, compared with the points of the synthetic mesh: the table ``offsets.csv``.

300-W's annotators click a little beside the vertices that we name, each point in its own direction. A network that has
learnt from them shows by how much: its points on synthetic faces, minus the labels there. One vector a point in the
head frame explains the differences at all poses.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.data.annotations import MIRROR
from export.data.crops import mirror_points
from export.data.synthetic import SyntheticFace, load_synthetic, read_labels
from export.synthesis.head import rotation
from export.synthesis.points import CORNERS, read_offsets
from runtime.landmarker import Landmarker
from runtime.regions import crop, region_from_points

OFFSETS = Path(__file__).parent / "synthesis" / "offsets.csv"
LARGEST_YAW = 40.0
JAW_YAW = 20.0  # beyond, jaw points slide along the visible contour and tell nothing of the head frame
TRIM = 0.15  # share of the largest differences that do not count: hidden parts, gross errors of the network
RIDGE = (0.02, 0.02, 0.3)  # pull towards "no offset" along x, y, z a face: depth shows only in the few turned heads

_HEADER = """\
# Habits of the annotators of 300-W: from the points of the mesh to where they put them, in shares of the
# distance between the outer eye corners; x to the subject's left, y up, z to the front; mirrored points alike.
# Measured by `python -m export habit`.
point,x,y,z
"""


def measure_habit(folder: Path, landmarker: Landmarker, count: int | None = None) -> NDArray[np.float32]:
    """The offsets (68, 3) that would make the labels of a ``synthesize`` folder agree with the network's points.

    The offsets that the folder was made with (those in force) are included.

    Raises:
        ValueError: too few faces turn less than :data:`LARGEST_YAW` degrees.
    """
    table = read_labels(folder)
    faces = load_synthetic(folder, count)
    pose, hidden = table["pose"][: len(faces)], table["hidden"][: len(faces)]
    usable = np.abs(pose[:, 0]) < LARGEST_YAW
    if usable.sum() < 50:
        raise ValueError(f"{folder}: {usable.sum()} faces look at the camera, at least 50 are needed; make more")
    truth = np.stack([face.points for face in faces])
    difference = np.stack([read_face(landmarker, face) for face in faces])[..., :2] - truth[..., :2]
    # the eyes' distance in space, whichever way the head looks
    size = np.linalg.norm(truth[:, CORNERS[0]] - truth[:, CORNERS[1]], axis=1)
    difference *= np.array([1, -1]) / size[:, None, None]
    views = np.stack([rotation(*angles)[:2] for angles in pose])
    change = np.zeros((68, 3), np.float32)
    for point in range(68):
        rows = usable & ~hidden[:, point] & ((point > 16) | (np.abs(pose[:, 0]) < JAW_YAW))
        change[point] = _fit(views[rows], difference[rows, point])
    change = (change + change[MIRROR] * (-1, 1, 1)) / 2
    return (read_offsets() + change).astype(np.float32)


def read_face(landmarker: Landmarker, face: SyntheticFace) -> NDArray[np.float32]:
    """A network's points (68, 3) in the picture, averaged over the face and its mirror image."""
    image = face.image
    region = region_from_points(face.points)
    upright = crop(image, region, landmarker.spec.input_size)
    straight, mirrored = landmarker.run(np.stack([upright, upright[:, ::-1]]))[0]
    both = (straight + mirror_points(mirrored, upright.shape[1])) / 2
    return region.to_frame(both, landmarker.spec.input_size)


def format_offsets(offsets: NDArray[np.float32]) -> str:
    """The table in the form that :func:`export.synthesis.points.read_offsets` reads."""
    return _HEADER + "".join(f"{i},{x:.4f},{y:.4f},{z:.4f}\n" for i, (x, y, z) in enumerate(offsets))


def _fit(views: NDArray[np.float32], difference: NDArray[np.floating]) -> NDArray[np.floating]:
    """The vector (3,) whose views (N, 2, 3) come closest to the differences (N, 2), the largest errors left out."""
    keep = np.ones(len(views), bool)
    vector = np.zeros(3)
    for _ in range(4):
        a, b = views[keep], difference[keep]
        gram = np.einsum("nij,nik->jk", a, a) + keep.sum() * np.diag(RIDGE)
        vector = np.linalg.solve(gram, np.einsum("nij,ni->j", a, b))
        error = np.linalg.norm(difference - views @ vector, axis=1)
        keep = error <= np.quantile(error, 1 - TRIM)
    return vector
