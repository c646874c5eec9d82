"""Labels of photographs by MediaPipe's attention mesh: a teacher more accurate than the shipped networks.

The attention mesh (Grishchenko et al. 2020, arXiv:2006.10962; Apache-2.0) has 478 points. A ridge regression, fitted
on the annotated training photographs, turns them into the 68. Original and mirrored views are averaged, so these labels
have no offset to one side, as the annotations do (:data:`export.annotations.samples.OFFSET`).

``python -m export.data.mesh_labels`` writes ``runs/labels/SET.npz`` for helen, afw and youtube in about five minutes.
It alone needs MediaPipe, whose protobuf is older than onnx's, so both go into a folder of their own:
``pip install --no-deps --target FOLDER mediapipe==0.10.21 absl-py attrs "protobuf<5"``, then ``PYTHONPATH=FOLDER``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import OFFSET, Sample, data_root, list_samples
from export.data.crops import mirror_points
from export.data.photographs import read_image, split_set
from export.paths import RUNS
from runtime.landmarks import Region, crop, region_from_points

LABELS = RUNS / "labels"
RIDGE = 0.5  # from a grid, by cross-validation on the training faces
VIEWS = ((1.4, 0.0), (1.2, 0.12), (1.7, -0.12))
"""Side of a view over the side of the crop, and its turn in radians; each is used mirrored, too."""

Mesh = Callable[[NDArray[np.uint8]], NDArray[np.float32] | None]
"""A square view (S, S, 3) uint8 BGR -> 478 points (478, 3) in its pixels, or None where no face is found."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A similarity that puts a mesh at the origin, upright and of mean radius 1."""

    centre: NDArray[np.float64]
    turn: NDArray[np.float64]  # (2, 2), scale included

    def forward(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map points (N, 2) into the aligned frame."""
        return (points - self.centre) @ self.turn.T

    def back(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map points (N, 2) out of the aligned frame."""
        return points @ np.linalg.inv(self.turn).T + self.centre


def align(mesh: NDArray[np.float32]) -> Alignment:
    """Return the alignment of a mesh (478, 3): the outer eye corners become level."""
    centre = mesh[:, :2].mean(axis=0).astype(np.float64)
    radius = float(np.linalg.norm(mesh[:, :2] - centre, axis=1).mean())
    across = (mesh[263, :2] - mesh[33, :2]).astype(np.float64)
    cos, sin = across / np.linalg.norm(across) / radius
    return Alignment(centre, np.array([[cos, sin], [-sin, cos]]))


@dataclass(frozen=True, slots=True)
class MeshTo68:
    """Ridge regression from an aligned mesh to the 68 points."""

    mesh_mean: NDArray[np.float64]
    points_mean: NDArray[np.float64]
    weights: NDArray[np.float64]

    def __call__(self, mesh: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return points (68, 2) in the mesh's own pixels."""
        alignment = align(mesh)
        features = _features(mesh, alignment) - self.mesh_mean
        return alignment.back((self.points_mean + features @ self.weights).reshape(68, 2)).astype(np.float32)


def fit(meshes: Sequence[NDArray[np.float32]], points: Sequence[NDArray[np.float32]], ridge: float = RIDGE) -> MeshTo68:
    """Fit the regression that takes each mesh (478, 3) nearest to its points (68, 2), both in the same pixels.

    ``ridge`` is for one mesh a face: it grows with the number of meshes against 830.
    """
    alignments = [align(mesh) for mesh in meshes]
    features = np.stack([_features(mesh, item) for mesh, item in zip(meshes, alignments, strict=True)])
    targets = np.stack([item.forward(label).ravel() for label, item in zip(points, alignments, strict=True)])
    mesh_mean, points_mean = features.mean(axis=0), targets.mean(axis=0)
    features -= mesh_mean
    gram = features.T @ features + ridge * len(features) / 830 * np.eye(features.shape[1])
    return MeshTo68(mesh_mean, points_mean, np.linalg.solve(gram, features.T @ (targets - points_mean)))


def _features(mesh: NDArray[np.float32], alignment: Alignment) -> NDArray[np.float64]:
    depth = (mesh[:, 2:] - mesh[:, 2].mean()) * np.sqrt(np.linalg.det(alignment.turn))
    return np.concatenate([alignment.forward(mesh[:, :2]), depth], axis=1).ravel()


def see(
    mesh: Mesh, image: NDArray[np.uint8], region: Region, views: Sequence[tuple[float, float]] = VIEWS
) -> tuple[list[NDArray[np.float32]], ...]:
    """Return meshes of a face in all views where it is found: as it is, and mirrored (in that picture's pixels)."""
    straight: list[NDArray[np.float32]] = []
    mirrored: list[NDArray[np.float32]] = []
    flipped = np.ascontiguousarray(image[:, ::-1])
    for scale, turn in views:
        for picture, sign, found in ((image, 1, straight), (flipped, -1, mirrored)):
            x = region.x if sign == 1 else image.shape[1] - 1 - region.x
            view = Region(x, region.y, region.side * scale, sign * (region.rotation + turn))
            size = int(np.clip(view.side, 192, 512))
            points = mesh(crop(picture, view, size))
            if points is not None:
                points = view.to_frame(points, size)
                if np.linalg.norm(points[:, :2].mean(axis=0) - (view.x, view.y)) < 0.25 * region.side:
                    found.append(points)
    return straight, mirrored


def label(regression: MeshTo68, seen: tuple[list[NDArray[np.float32]], ...], width: int) -> NDArray[np.float32] | None:
    """Return points (68, 2) of a face in a picture of ``width``, the mean over all views; None if none found it."""
    straight, mirrored = seen
    views = [regression(mesh) for mesh in straight]
    views += [mirror_points(regression(mesh), width) for mesh in mirrored]
    return np.mean(views, axis=0).astype(np.float32) if views else None


def add_pseudo_labels(samples: Sequence[Sample], name: str, weight: float, folder: Path | None = None) -> list[Sample]:
    """Blend the mesh's points into a set's samples with ``weight``; leave out those without a mesh.

    ``folder`` is :data:`LABELS` where it is not given.

    A ``weight`` below 1 takes the annotations' offset off their part, so that both parts mean the same place.

    Raises:
        FileNotFoundError: the labels of the set have not been written.
    """
    path = (folder or LABELS) / f"{name}.npz"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no mesh labels; `python -m export.data.mesh_labels` writes them")
    with np.load(path) as file:
        labels = dict(zip(file["names"].tolist(), file["points"], strict=True))
    found = [sample for sample in samples if sample.image.stem in labels]
    own = np.array([OFFSET, 0], np.float32)
    return [
        Sample(sample.image, (1 - weight) * (sample.points - own) + weight * labels[sample.image.stem])
        for sample in found
    ]


def attention_mesh() -> Mesh:
    """Open MediaPipe's face mesh with attention.

    Raises:
        ImportError: MediaPipe is not installed.
    """
    import mediapipe  # type: ignore[import-not-found]

    graph = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.1
    )

    def run(view: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        faces = graph.process(np.ascontiguousarray(view[..., ::-1])).multi_face_landmarks
        if not faces:
            return None
        points = np.array([(point.x, point.y, point.z) for point in faces[0].landmark], np.float32) * len(view)
        return points - np.array([0.5, 0.5, 0], np.float32)  # pixel centres at integers

    return run


def write_labels(folder: Path, names: Sequence[str] = ("helen", "afw", "youtube"), fitted: int = 2) -> None:
    """Write ``SET.npz`` for each set; the regression is fitted on the first ``fitted`` sets, without held-out faces."""
    mesh = attention_mesh()
    folder.mkdir(parents=True, exist_ok=True)
    meshes, points = [], []
    everything = []
    for name in names:
        samples = list_samples(data_root() / name / "train")
        seen, widths = [], []
        for sample in tqdm(samples, desc=name, unit="face"):
            image = read_image(sample.image)
            seen.append(see(mesh, image, region_from_points(sample.points)))
            widths.append(image.shape[1])
        everything.append((name, samples, seen, widths))
    for name, samples, seen, widths in everything[:fitted]:
        kept = {sample.image for sample in split_set(name)[0]}
        for sample, (straight, mirrored), width in zip(samples, seen, widths, strict=True):
            if sample.image in kept:
                meshes += straight + mirrored
                points += [sample.points] * len(straight) + [mirror_points(sample.points, width)] * len(mirrored)
    regression = fit(meshes, points)
    for name, samples, seen, widths in everything:
        labels = {}
        for sample, views, width in zip(samples, seen, widths, strict=True):
            if (item := label(regression, views, width)) is not None:
                labels[sample.image.stem] = item
        np.savez_compressed(folder / f"{name}.npz", names=list(labels), points=np.stack(list(labels.values())))


if __name__ == "__main__":
    write_labels(Path(sys.argv[1]) if len(sys.argv) > 1 else LABELS)
