"""Teachers of photographs without annotations: a landmark network over several views, and MediaPipe's attention mesh.

Neither teacher has learnt from an annotation for research, as long as the network has not: one mean offset a point,
measured on synthetic faces, moves the mesh's vertices onto the 68 points (:func:`measure_offsets`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import MIRROR, load_synthetic
from export.data.crops import mirror_points
from export.data.mesh_labels import VIEWS, Mesh, align, see
from export.pretrained import MESH_TO_68
from runtime.bench.markdown import markdown_table
from runtime.landmarks import Landmarker, Region, region_from_points

OFFSETS = Path(__file__).with_name("attention_mesh_offsets.csv")

NETWORK_VIEWS = ((1.0, 0.0), (0.93, 0.1), (1.08, -0.1))
"""Side of a view over the side of the crop, and its turn in radians; each is used mirrored, too."""

FRAMED = (0.5, 0.53, 0.8)
"""Centre x and y and side of the first region, in sides of a picture that one face fills, such as FairFace's."""

PASSES = 3
"""Runs of the network on such a picture until its region is that of the points."""

_HEADER = """\
# From the attention mesh's vertices to the 68 points, in the mesh's mean radius, with its outer eye corners level;
# mirrored points alike. Measured on synthetic faces by `python -m export faces offsets`.
point,x,y
"""


@dataclass(frozen=True, slots=True)
class TaughtFace:
    """What the teachers say of a face, in pixels of its picture (centres at integers).

    Attributes:
        network: (68, 3) float32, the network's points, the mean over its views; z is 0 at its mean.
        mesh: (68, 2) float32, the mesh's points, the mean over its views; NaN where no view showed it a face.
        confidence: the network's confidence, the mean over its views, 0..1.
    """

    network: NDArray[np.float32]
    mesh: NDArray[np.float32]
    confidence: float

    @property
    def points(self) -> NDArray[np.float32]:
        """(68, 3) float32: the mean of both teachers; z is the network's. NaN where the mesh saw no face."""
        return np.column_stack([(self.network[:, :2] + self.mesh) / 2, self.network[:, 2]]).astype(np.float32)

    @property
    def disagreement(self) -> float:
        """Mean distance between both teachers' points in percent of the root of the area of the network's box.

        NaN where the mesh saw no face.
        """
        sides = np.ptp(self.network[:, :2], axis=0)
        distance = np.linalg.norm(self.network[:, :2] - self.mesh, axis=1).mean()
        return float(100 * distance / np.sqrt(np.prod(sides)))


class FaceTeachers:
    """Both teachers."""

    def __init__(self, landmarker: Landmarker, mesh: Mesh, mesh_views: int = len(VIEWS)) -> None:
        """Use a network and a mesh; ``mesh_views`` of 1 to 3, each mirrored too, is the mesh's cost."""
        self._landmarker = landmarker
        self._mesh = mesh
        self._views = VIEWS[:mesh_views]

    def framed(self, image: NDArray[np.uint8]) -> TaughtFace:
        """Label the face that fills a picture (H, W, 3) uint8 BGR."""
        height, width = image.shape[:2]
        across, down, side = FRAMED
        region = Region(across * width, down * height, side * max(height, width), 0.0)
        for _ in range(PASSES - 1):
            region = region_from_points(self._landmarker(image, [region]).points[0])
        return self(image, region)

    def __call__(self, image: NDArray[np.uint8], region: Region) -> TaughtFace:
        """Label the face in a region of a picture (H, W, 3) uint8 BGR."""
        network, confidence = self._network_points(image, region)
        straight, mirrored = see(self._mesh, image, region_from_points(network), self._views)
        views = [points_of_mesh(mesh) for mesh in straight]
        views += [mirror_points(points_of_mesh(mesh), image.shape[1]) for mesh in mirrored]
        mesh = np.mean(views, axis=0).astype(np.float32) if views else np.full((68, 2), np.nan, np.float32)
        return TaughtFace(network, mesh, confidence)

    def _network_points(self, image: NDArray[np.uint8], region: Region) -> tuple[NDArray[np.float32], float]:
        width = image.shape[1]
        flipped = np.ascontiguousarray(image[:, ::-1])
        views, pictures = [], []
        for scale, turn in NETWORK_VIEWS:
            for picture, sign in ((image, 1), (flipped, -1)):
                x = region.x if sign == 1 else width - 1 - region.x
                views.append(Region(x, region.y, region.side * scale, sign * (region.rotation + turn)))
                pictures.append(picture)
        result = self._landmarker.batch(pictures, views)
        points = [mirror_points(each, width) if index % 2 else each for index, each in enumerate(result.points)]
        mean = np.mean(points, axis=0).astype(np.float32)
        mean[:, 2] -= mean[:, 2].mean()
        return mean, float(result.confidence.mean())


def points_of_mesh(mesh: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the 68 points (68, 2) of an attention mesh (478, 3): its nearest vertices, moved by the mean offsets."""
    alignment = align(mesh)
    return alignment.back(alignment.forward(mesh[MESH_TO_68, :2]) + read_offsets()).astype(np.float32)


def measure_offsets(folder: Path, mesh: Mesh) -> NDArray[np.float32]:
    """Measure the offsets (68, 2) from vertices to points on the faces of a ``synthesize`` folder.

    Each is the median over the faces and their mirror images, since the mesh misses some faces by far.
    """
    found = []
    for face in tqdm(load_synthetic(folder), desc="reading meshes", unit="face", disable=None):
        image, points = face.image, face.points[:, :2]
        straight, mirrored = see(mesh, image, region_from_points(points), VIEWS[:1])
        for item, truth in [
            *((each, points) for each in straight),
            *((each, mirror_points(points, image.shape[1])) for each in mirrored),
        ]:
            alignment = align(item)
            found.append(alignment.forward(truth) - alignment.forward(item[MESH_TO_68, :2]))
    offset = np.median(found, axis=0)
    return ((offset + offset[MIRROR] * (-1, 1)) / 2).astype(np.float32)


def format_mesh_offsets(offsets: NDArray[np.float32]) -> str:
    """Format the table as :func:`read_offsets` reads it."""
    return _HEADER + "".join(f"{point},{x:.4f},{y:.4f}\n" for point, (x, y) in enumerate(offsets))


@lru_cache(maxsize=1)
def read_offsets() -> NDArray[np.float32]:
    """Read the table (68, 2)."""
    lines = files("export.data").joinpath(OFFSETS.name).read_text().splitlines()
    table = np.array([line.split(",")[1:] for line in lines if line and line[0].isdigit()], np.float32)
    table.setflags(write=False)
    return table


def compare_teachers(
    taught: Sequence[TaughtFace], truths: Sequence[NDArray[np.float32]]
) -> dict[str, NDArray[np.float64]]:
    """Return errors (N,) of the network, the mesh and their mean in percent of the outer eye distance.

    NaN where the mesh saw no face.
    """
    rows = {"network": [], "mesh": [], "mean": []}  # type: dict[str, list[float]]
    for face, truth in zip(taught, truths, strict=True):
        eyes = float(np.linalg.norm(truth[36] - truth[45]))
        for name, points in (("network", face.network), ("mesh", face.mesh), ("mean", face.points)):
            rows[name].append(100 * float(np.linalg.norm(points[:, :2] - truth, axis=1).mean()) / eyes)
    return {name: np.array(values) for name, values in rows.items()}


def teacher_table(
    taught: Sequence[TaughtFace], errors: dict[str, NDArray[np.float64]], limits: Sequence[float] = (3, 4, 5, 7, 10)
) -> str:
    """Return a Markdown table: errors of each teacher and of their mean, on all faces and where they agree."""
    disagreement = np.array([face.disagreement for face in taught])
    rows = []
    for limit in (np.inf, *limits):
        kept = disagreement <= limit
        if not kept.any():
            continue
        numbers = [
            f"{value[kept].mean():.2f} / {np.median(value[kept]):.2f} / {100 * (value[kept] > 10).mean():.1f} %"
            for value in errors.values()
        ]
        rows.append(["any" if np.isinf(limit) else f"<= {limit:g} %", f"{kept.mean():.1%}", *numbers])
    heads = [f"{name}: mean / median / FR@10" for name in errors]
    return markdown_table(["disagreement", "faces", *heads], rows)
