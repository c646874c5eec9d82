"""Error of float16 storage: how far it moves a network's points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.data import FacePicture
from export.evaluation.metrics import Predict, annotation_crops, errors_of
from runtime.landmarks import CROP_SCALE


@dataclass(frozen=True, slots=True)
class Rounding:
    """Points of a file with rounded weights against those of the exact one.

    Attributes:
        mean, largest: how far a point moves, in pixels of the crop.
        nme, exact_nme: error of the rounded and of the exact file, in percent of the distance of the outer eye corners.
    """

    mean: float
    largest: float
    nme: float
    exact_nme: float

    @property
    def cost(self) -> float:
        """By which share the error grows; below 0 when the rounding happens to help."""
        return self.nme / self.exact_nme - 1

    def __str__(self) -> str:
        return (
            f"points move by {self.mean:.3f} px on average and {self.largest:.2f} px at most, "
            f"NME {self.exact_nme:.3f} becomes {self.nme:.3f} ({self.cost:+.2%})"
        )


def measure_rounding(
    rounded: Predict, exact: Predict, photographs: Sequence[FacePicture], scale: float = CROP_SCALE
) -> Rounding:
    """Compare two files on crops of annotated photographs."""
    crops, truth = annotation_crops(photographs, scale)
    return compare_points(rounded(crops), exact(crops), truth)


def compare_points(rounded: NDArray[np.float32], exact: NDArray[np.float32], truth: NDArray[np.float32]) -> Rounding:
    """Compare given points (N, 68, 2 or 3) in crop pixels."""
    moved = np.linalg.norm((rounded - exact)[..., :2], axis=-1)
    return Rounding(
        float(moved.mean()),
        float(moved.max()),
        errors_of(rounded, truth).nme_mean,
        errors_of(exact, truth).nme_mean,
    )
