"""Error of a pipeline on whole annotated pictures, with its own detector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.baselines.pipelines.contender import VideoPipeline
from export.annotations import Sample
from export.data import read_image
from export.evaluation import errors_of
from runtime.face_parts import eye_distance

SAME_FACE = 0.5
"""Largest distance between the centres of a found and the annotated face, in distances of the outer eye corners."""

WELL = 8.0
"""Largest NME in percent of a face whose points count as good."""


@dataclass(frozen=True, slots=True)
class PipelineAccuracy:
    """Accuracy of a pipeline on one set of annotated faces.

    Attributes:
        faces: number of annotated faces.
        found: share of them for which points were found, 0..1.
        nme: mean error of the found ones in percent of the distance of the outer eye corners; NaN if none was found.
        well: share of all faces, found or not, that were found with an NME of at most :data:`WELL`.
    """

    faces: int
    found: float
    nme: float
    well: float


def measure(pipeline: VideoPipeline, samples: Sequence[Sample], title: str) -> PipelineAccuracy:
    """Run a pipeline on each annotated picture; the face nearest to the annotation counts."""
    predicted, truth = [], []
    for sample in tqdm(samples, desc=title, unit="face", leave=False):
        if (points := nearest(pipeline.predict(read_image(sample.image)), sample.points)) is not None:
            predicted.append(points)
            truth.append(sample.points)
    if not predicted:
        return PipelineAccuracy(len(samples), 0.0, float("nan"), 0.0)
    nme = errors_of(np.stack(predicted), np.stack(truth)).nme
    share = 1 / len(samples)
    return PipelineAccuracy(len(samples), len(nme) * share, float(nme.mean()), float((nme <= WELL).sum()) * share)


def nearest(faces: Iterable[NDArray[np.float32]], truth: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return the face (68, 2) whose centre is nearest to the annotation's; None if none is near enough."""
    eyes = float(eye_distance(truth))
    distances = [(float(np.linalg.norm((points - truth).mean(axis=0))), points) for points in faces]
    distance, points = min(distances, key=lambda item: item[0], default=(np.inf, None))
    return points if distance < SAME_FACE * eyes else None
