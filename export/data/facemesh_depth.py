"""The z of photographs: FaceMesh's, moved to where the 68 points lie on heads of known shape.

FaceMesh's vertices that stand for the 68 points follow the visible outline at the jaw and lie flatter than the skin
elsewhere. On synthetic faces, whose depth is known, one shift a point takes the mean error of z from 8 to 5 percent of
the eyes' distance.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import MIRROR, load_synthetic, read_labels
from export.networks import INPUT_SIZE, LandmarkNetwork
from export.pretrained import mesh_points
from runtime.face_parts import eye_distance
from runtime.landmarks import crop, region_from_points

TABLE = Path(__file__).with_name("facemesh_depth.csv")

_HEADER = """\
# From FaceMesh's z of the 68 points to their depth, in shares of the distance of the outer eye corners in space;
# positive away from the camera, mirrored points alike. Measured on synthetic faces by `python -m export depth`.
point,z
"""


def depth_of(image: NDArray[np.uint8], points: NDArray[np.float32], facemesh: LandmarkNetwork) -> NDArray[np.float32]:
    """Return z (68,) in pixels, 0 at its mean, of a face with points (68, 2) in a picture (H, W, 3) uint8 BGR."""
    z = _facemesh_depth(image, points, facemesh)
    size = eye_distance(np.column_stack([points, z]))
    moved = z + read_shifts() * np.float32(size)
    return (moved - moved.mean()).astype(np.float32)


@lru_cache(maxsize=1)
def read_shifts() -> NDArray[np.float32]:
    """Read the table (68,)."""
    lines = files("export.data").joinpath(TABLE.name).read_text().splitlines()
    table = np.array([line.split(",")[1] for line in lines if line and line[0].isdigit()], np.float32)
    table.setflags(write=False)
    return table


def measure_shifts(folder: Path, facemesh: LandmarkNetwork) -> NDArray[np.float32]:
    """Measure shifts (68,) that correct FaceMesh's mean z on the faces of a ``synthesize`` folder."""
    truth = read_labels(folder)["points3d"]
    differences = []
    for face, exact in zip(
        tqdm(load_synthetic(folder), desc="reading depth", unit="face", leave=False), truth, strict=True
    ):
        z = _facemesh_depth(face.image, face.points[:, :2], facemesh)
        size = eye_distance(exact)
        differences.append((exact[:, 2] - exact[:, 2].mean() - z) / size)
    shift = np.mean(differences, axis=0)
    return ((shift + shift[MIRROR]) / 2).astype(np.float32)


def format_shifts(shifts: NDArray[np.float32]) -> str:
    """Format the table as :func:`read_shifts` reads it."""
    return _HEADER + "".join(f"{point},{z:.4f}\n" for point, z in enumerate(shifts))


def _facemesh_depth(
    image: NDArray[np.uint8], points: NDArray[np.float32], facemesh: LandmarkNetwork
) -> NDArray[np.float32]:
    """Return FaceMesh's own z, averaged over the picture and its mirror image."""
    region = region_from_points(points)
    upright = crop(image, region, INPUT_SIZE)
    straight, mirrored = mesh_points(facemesh, np.stack([upright, upright[:, ::-1]]))
    z = (straight[:, 2] + mirrored[MIRROR, 2]) / 2 * (region.side / INPUT_SIZE)
    return (z - z.mean()).astype(np.float32)
