"""How well the confidence head tells faces from everything else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from export.data.crops import CropConfig, face_crop, negative_crop
from export.data.photographs import Photograph
from export.data.scenery import scenery

Score = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Crops (N, 192, 192, 3) uint8 BGR -> confidence (N,)."""


def confidence_auc(score: Score, photographs: Sequence[Photograph], views: int = 4, seed: int = 0) -> float:
    """Area under the ROC curve between augmented faces and non-faces cut from the same photographs.

    Non-faces are backgrounds, misplaced crops, half faces, scenery and patterns, as in training; the
    photographs must not be those trained on.
    """
    rng = np.random.default_rng(seed)
    config = CropConfig(scenery=scenery())
    faces, others = [], []
    for index, photograph in enumerate(photographs):
        filler = photographs[index - 1]
        for _ in range(views):
            faces.append(face_crop(photograph, filler, config, rng).image)
            others.append(negative_crop(photograph, config, rng).image)
    return roc_auc(score(np.stack(faces)), score(np.stack(others)))


def roc_auc(positive: NDArray[np.floating], negative: NDArray[np.floating]) -> float:
    """Probability that a random positive scores above a random negative; ties count half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    up_to = np.searchsorted(ordered, positive, side="right")
    return float((below + up_to).mean() / 2 / len(negative))
