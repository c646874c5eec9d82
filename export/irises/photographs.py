"""Irises on annotated photographs: both eyes against each other, and distances by irises against those by corners.

No photograph states how far away its face was. What two measures of the same distance differ by bounds the error of
both, differences between people included.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.annotations import Sample
from runtime import Detection, Predictor, eye_opening, read_image
from runtime.bench.markdown import markdown_table
from runtime.camera import EYE_DISTANCE, IRIS_DIAMETER

LARGEST_YAW = 15
"""Degrees; farther turned, one eye is nearer to the camera."""

OPEN = 0.15
"""Smallest opening of an eye that counts as open."""

SIZES = (0, 12, 16, 24, 1000)
"""Bounds of the diameters in pixels for which rows are printed."""


@dataclass(frozen=True, slots=True, eq=False)
class IrisErrors:
    """Irises of N faces that look ahead with open eyes.

    Attributes:
        diameter: (N,) mean of both eyes, pixels.
        sides: (N,) difference between both eyes over their mean.
        distance: (N,) distance by irises over that by the outer eye corners.
    """

    diameter: NDArray[np.float64]
    sides: NDArray[np.float64]
    distance: NDArray[np.float64]


def measure_photographs(predictor: Predictor, samples: Mapping[str, Sequence[Sample]]) -> IrisErrors:
    """Find the irises of annotated faces; ``predictor`` has ``irises=True``."""
    rows = []
    for sample in (each for part in samples.values() for each in part):
        points = sample.points
        eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
        keypoints = np.stack([*eyes, points[30], points[48], points[54]]).astype(np.float32)
        [[face]] = predictor.landmarks([read_image(sample.image)], [[Detection.from_keypoints(keypoints)]])
        opening = eye_opening(face)
        if face.irises is None or abs(face.pose.yaw) > LARGEST_YAW or min(opening.right, opening.left) < OPEN:
            continue
        corners = float(np.linalg.norm(face.landmarks[45] - face.landmarks[36]))
        both = face.irises.right.diameter, face.irises.left.diameter
        mean = face.irises.diameter
        rows.append((mean, (both[0] - both[1]) / mean, corners / EYE_DISTANCE * IRIS_DIAMETER / mean))
    return IrisErrors(*np.array(rows, np.float64).reshape(-1, 3).T)


def photographs_table(errors: IrisErrors) -> str:
    """Return a Markdown table, one row for each range of diameters."""
    rows = []
    for low, high in itertools.pairwise(SIZES):
        chosen = (errors.diameter >= low) & (errors.diameter < high)
        if not chosen.any():
            continue
        sides, ratio = np.abs(errors.sides[chosen]), errors.distance[chosen]
        name = (
            f"{low} to {high} px"
            if low and high < SIZES[-1]
            else f"below {high} px"
            if not low
            else f"{low} px and more"
        )
        rows.append(
            (
                name,
                int(chosen.sum()),
                f"{100 * np.median(sides):.1f} %",
                f"{100 * np.quantile(sides, 0.9):.1f} %",
                f"{np.median(ratio):.2f}",
                f"{np.quantile(ratio, 0.05):.2f} to {np.quantile(ratio, 0.95):.2f}",
            )
        )
    head = (
        "diameter",
        "faces",
        "eyes differ: median",
        "nine in ten below",
        "distance by irises / by corners",
        "nine in ten",
    )
    return markdown_table(head, rows, aligned=False)
