"""Accuracy: NME, ME, SR, error curves and errors by region of the face."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from export.data import FacePicture, points_in_crop
from export.networks import INPUT_SIZE, LandmarkNetwork, to_input
from runtime.face_parts import PART_GROUPS, eye_distance
from runtime.landmarks import CROP_SCALE, Landmarker, crop, region_from_points
from runtime.predictor import Predictor

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Crops (N, 192, 192, 3) uint8 BGR -> points (N, 68, 2 or 3) in crop pixels."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Point errors of one set of faces.

    Attributes:
        pixels: (N, 68) distances in pixels of the 192x192 crop.
        eye_distance: (N,) distance of the outer eye corners (points 36 and 45), same unit.
    """

    pixels: NDArray[np.float64]
    eye_distance: NDArray[np.float64]

    @property
    def nme(self) -> NDArray[np.float64]:
        """(N,) mean error of each face in percent of the outer-eye distance."""
        return self.pixels.mean(axis=1) / self.eye_distance * 100

    @property
    def nme_mean(self) -> float:
        """Mean NME over the faces, in percent."""
        return float(self.nme.mean())

    @property
    def me(self) -> NDArray[np.float64]:
        """(N,) mean error of each face in pixels of the crop."""
        return self.pixels.mean(axis=1)

    @property
    def success_rate(self) -> float:
        """Share of faces with a mean error below 20 crop pixels (the study's SR)."""
        return float((self.me < 20).mean())

    def auc(self, limit: float = 8.0) -> float:
        """Return the area under the cumulative error curve up to an NME of ``limit`` percent; 1 is perfect."""
        return float(np.maximum(0, 1 - self.nme / limit).mean())

    def failure_rate(self, limit: float = 8.0) -> float:
        """Share of faces with an NME above ``limit`` percent."""
        return float((self.nme > limit).mean())

    def by_part(self) -> dict[str, float]:
        """Return the mean NME of the points of each region of the face."""
        return {name: float(errors.mean()) for name, errors in self.part_nme().items()}

    def part_nme(self) -> dict[str, NDArray[np.float64]]:
        """Return the NME (N,) of each face over the points of each region."""
        relative = self.pixels / self.eye_distance[:, None] * 100
        return {name: relative[:, list(points)].mean(axis=1) for name, points in PART_GROUPS.items()}


def errors_of(predicted: NDArray[np.floating], truth: NDArray[np.floating]) -> Errors:
    """Compare points (N, 68, 2 or more); only x and y count."""
    pixels = np.linalg.norm((predicted[..., :2] - truth[..., :2]).astype(np.float64), axis=-1)
    eyes = eye_distance(truth[..., :2].astype(np.float64))
    return Errors(pixels, eyes)


def join_errors(parts: Sequence[Errors]) -> Errors:
    """Join several sets."""
    return Errors(
        np.concatenate([part.pixels for part in parts]), np.concatenate([part.eye_distance for part in parts])
    )


def annotation_crops(
    photographs: Sequence[FacePicture], scale: float = CROP_SCALE
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Cut crops (N, 192, 192, 3) uint8 BGR by the annotation, without jitter; return also their points (N, 68, 3).

    ``scale``: side of a crop over the longer side of the points' box, as the network expects it.
    """
    crops, points = [], []
    for photograph in photographs:
        region = region_from_points(photograph.points, scale)
        crops.append(crop(photograph.image, region, INPUT_SIZE))
        points.append(points_in_crop(photograph.points, region))
    return np.stack(crops), np.stack(points)


def torch_predict(network: LandmarkNetwork, batch: int = 32, device: str = "cpu") -> Predict:
    """Wrap a network, which is on the torch device, as a function of crops."""

    def predict(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        results = []
        with torch.no_grad():
            for start in range(0, len(crops), batch):
                rgb = np.ascontiguousarray(crops[start : start + batch, ..., ::-1])
                results.append(network(to_input(torch.from_numpy(rgb).to(device)))[0].cpu().numpy())
        return np.concatenate(results)

    return predict


def onnx_predict(landmarker: Landmarker) -> Predict:
    """Wrap a runtime landmarker as a function of crops."""
    return lambda crops: _run(landmarker, crops)[0]


def onnx_confidence(landmarker: Landmarker) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Wrap a runtime landmarker as a function from crops to confidence (N,)."""
    return lambda crops: _run(landmarker, crops)[1]


def _run(
    landmarker: Landmarker, crops: NDArray[np.uint8], batch: int = 32
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    parts = [landmarker.run(crops[start : start + batch]) for start in range(0, len(crops), batch)]
    points, confidence = zip(*parts, strict=True)
    return np.concatenate(points), np.concatenate(confidence)


@dataclass(frozen=True, slots=True)
class PipelineErrors:
    """Errors of the whole predictor on whole pictures.

    Attributes:
        errors: of the faces that were found, in pixels of a 192-pixel crop by the annotation.
        faces: annotated faces.
        found: those with a prediction whose points' centre lies within half an eye distance of the truth's.
    """

    errors: Errors
    faces: int
    found: int


def nearest_face(
    faces: Sequence[NDArray[np.float32]], truth: NDArray[np.float32]
) -> tuple[NDArray[np.float32] | None, float]:
    """Return the face whose centre is nearest to that of annotated points, and their distance; None if there is none.

    Args:
        faces: points (68, 2 or 3) of each face that was found.
        truth: (68, 2 or 3) annotated points.
    """
    centre = truth[:, :2].mean(axis=0)
    away = [float(np.linalg.norm(points[:, :2].mean(axis=0) - centre)) for points in faces]
    if not away:
        return None, np.inf
    index = int(np.argmin(away))
    return faces[index], away[index]


def pipeline_errors(predictor: Predictor, photographs: Sequence[FacePicture]) -> PipelineErrors:
    """Detect, crop and predict as an app would; the face nearest to the annotation counts.

    Raises:
        ValueError: no face was found in any of them, so there is nothing to average.
    """
    predicted, truth = [], []
    for photograph in photographs:
        eyes = float(np.linalg.norm(photograph.points[36, :2] - photograph.points[45, :2]))
        scale = INPUT_SIZE / region_from_points(photograph.points).side
        nearest, distance = nearest_face([face.landmarks for face in predictor(photograph.image)], photograph.points)
        if nearest is not None and distance < eyes / 2:
            predicted.append(nearest * scale)
            truth.append(photograph.points * scale)
    if not predicted:
        raise ValueError(f"no face found in any of {len(photographs)} photographs")
    return PipelineErrors(errors_of(np.stack(predicted), np.stack(truth)), len(photographs), len(predicted))
