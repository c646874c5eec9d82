"""Accuracy of a landmark network on annotated test photographs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.annotations import annotated_folder, data_root, list_samples
from export.data import CropConfig, Photograph, face_crop, load_photographs, load_scenery, negative_crop
from export.evaluation.metrics import Errors, annotation_crops, errors_of, onnx_confidence, onnx_predict
from runtime.landmarks import Landmarker

TEST_SETS = ("helen", "afw")

Score = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Crops (N, 192, 192, 3) uint8 BGR -> confidence (N,)."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Results of one network.

    Attributes:
        errors: by test set, on crops cut by the annotation.
        confidence_auc: on augmented faces and non-faces of all test photographs.
    """

    errors: dict[str, Errors]
    confidence_auc: float

    def metrics(self) -> dict[str, float]:
        """Return flat numbers for the manifest and the file's metadata."""
        flat = {f"nme_{name}_test": round(errors.nme_mean, 3) for name, errors in self.errors.items()}
        return {**flat, "confidence_auc": round(self.confidence_auc, 5)}


def read_test_photographs(folders: Sequence[str] = ()) -> dict[str, list[Photograph]]:
    """Read annotated photographs to measure networks on; their z, which no measure uses, is 0.

    Args:
        folders: of pictures with 300-W annotations (``.pts``), as they are or inside ``LANDMARKS_DATA``; by default
            the photographs kept for reporting, :data:`TEST_SETS`.

    Returns:
        The photographs by set or folder.

    Raises:
        FileNotFoundError: they are not on this machine.
        ValueError: a picture or an annotation cannot be read.
    """
    chosen = {name: annotated_folder(name) for name in folders} or {
        name: data_root() / name / "test" for name in TEST_SETS
    }
    return {name: load_photographs(list_samples(folder), None) for name, folder in chosen.items()}


def measure_accuracy(landmarker: Landmarker, photographs: Mapping[str, Sequence[Photograph]]) -> Accuracy:
    """Measure a network on test photographs, by set."""
    errors = {}
    for name, faces in photographs.items():
        crops, points = annotation_crops(faces, landmarker.spec.crop_scale)
        errors[name] = errors_of(onnx_predict(landmarker)(crops), points)
    everyone = [face for faces in photographs.values() for face in faces]
    return Accuracy(errors, confidence_auc(onnx_confidence(landmarker), everyone))


def confidence_auc(score: Score, photographs: Sequence[Photograph], views: int = 4, seed: int = 0) -> float:
    """Return the area under the ROC curve between augmented faces and non-faces cut from the same photographs.

    Non-faces are backgrounds, misplaced crops, half faces, scenery and patterns, as in training; the
    photographs must not be those trained on.
    """
    rng = np.random.default_rng(seed)
    config = CropConfig(scenery=load_scenery())
    faces, others = [], []
    for index, photograph in enumerate(photographs):
        filler = photographs[index - 1]
        for _ in range(views):
            faces.append(face_crop(photograph, filler, config, rng).image)
            others.append(negative_crop(photograph, config, rng).image)
    return roc_auc(score(np.stack(faces)), score(np.stack(others)))


def roc_auc(positive: NDArray[np.floating], negative: NDArray[np.floating]) -> float:
    """Return the probability that a random positive scores above a random negative; ties count half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    up_to = np.searchsorted(ordered, positive, side="right")
    return float((below + up_to).mean() / 2 / len(negative))
