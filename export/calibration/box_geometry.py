"""How the boxes of face detectors lie on the box of the 68 points: the runtime's ``BoxGeometry`` of each format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import Sample
from export.data import read_image
from runtime.bench.markdown import markdown_table
from runtime.detection import BoxGeometry, Detection, FaceDetector
from runtime.engine import load_model
from runtime.landmarks import Region, region_from_points
from runtime.pipeline import open_detector

NEAR = 0.4
"""Largest distance of a detection from the annotated face, between centres, in longer sides of the points' box."""


@dataclass(frozen=True, slots=True)
class BoxFit:
    """Geometry of a detector's boxes, measured on annotated faces.

    Attributes:
        geometry: means over the faces.
        side_spread: standard deviation of ``geometry.side`` over the faces, relative to their mean.
        faces: number of annotated faces that were found.
        of: number of annotated faces.
    """

    geometry: BoxGeometry
    side_spread: float
    faces: int
    of: int


def box_geometry_table(models: Sequence[str], samples: Sequence[Sample]) -> str:
    """Measure detectors on annotated photographs and return a Markdown table.

    Args:
        models: names of shipped detectors, or ONNX files.
        samples: photographs with points.
    """
    rows = []
    for model in models:
        detector, _ = open_detector(load_model(model, "detector"), "cpu")
        pairs = list(matched(detector, tqdm(samples, model, leave=False, disable=None)))
        for square in (True, False):
            fit = fit_geometry(pairs, square, len(samples))
            rows.append(
                [
                    model,
                    "longer side" if square else "root of the area",
                    f"{fit.geometry.side:.3f}",
                    f"{100 * fit.side_spread:.1f} %",
                    f"{fit.geometry.drop:.3f}",
                    f"{fit.faces} of {fit.of}",
                ]
            )
    return markdown_table(["detector", "length of a box", "side", "spread of the side", "drop", "faces"], rows)


def matched(detector: FaceDetector, samples: Iterable[Sample]) -> Iterable[tuple[Detection, Region]]:
    """Yield the best detection of each annotated face and the square around its points, eyes level."""
    for sample in samples:
        square = region_from_points(sample.points.astype(np.float32), 1.0)
        for detection in detector(read_image(sample.image)):
            x, y = (detection.box[:2] + detection.box[2:]) / 2
            if math.hypot(x - square.x, y - square.y) < NEAR * square.side:
                yield detection, square
                break


def fit_geometry(pairs: Sequence[tuple[Detection, Region]], square: bool, of: int) -> BoxFit:
    """Fit the geometry of boxes to the squares around the points of the same faces.

    Args:
        pairs: detections, and the squares of the annotated points.
        square: measure lengths as the boxes' longer side instead of the root of their area.
        of: number of annotated faces.

    Raises:
        ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError(f"the detector found none of {of} annotated faces: nothing to fit")
    values = np.array([_measure(detection, region, square) for detection, region in pairs])
    side, drop = values.mean(axis=0)
    spread = float(values[:, 0].std() / values[:, 0].mean())
    return BoxFit(BoxGeometry(float(side), float(drop), square), spread, len(pairs), of)


def _measure(detection: Detection, region: Region, square: bool) -> tuple[float, float]:
    """Return side and drop of one face, in lengths of its box and in the frame that the detector's eyes make level."""
    box: NDArray[np.float64] = detection.box.astype(np.float64)
    width, height = box[2:] - box[:2]
    length = BoxGeometry(1.0, 0.0, square).length(width, height)
    (right_x, right_y), (left_x, left_y) = detection.keypoints[:2].tolist()
    angle = math.atan2(left_y - right_y, left_x - right_x)
    dx, dy = region.x - (box[0] + box[2]) / 2, region.y - (box[1] + box[3]) / 2
    return region.side / length, (math.cos(angle) * dy - math.sin(angle) * dx) / length
