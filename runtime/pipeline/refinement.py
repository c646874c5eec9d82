"""Points found again: in the region around the points found before, and in the mirror image of the last crop.

The first region follows the detector's box and its two eyes; the region around the points is the one that the networks
were trained on. A tracker does the same from frame to frame.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_whole
from runtime.errors import OptionError
from runtime.landmarks import box_from_region, region_from_points
from runtime.pipeline.frame_pipeline import FoundFace, FramePipeline, find_landmarks
from runtime.pipeline.orientation import Fit

MAX_PASSES = 5
"""Largest number of passes; a third one hardly changes the errors any more (``python -m export end-to-end``)."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """How often the points of a face in a single image are found.

    Attributes:
        passes: times that a face goes through the landmark network, each time in the region around the points found
            before, 1 to :data:`MAX_PASSES`.
        mirror: average the points with those found in the mirror image of the last crop, which takes one more run of
            the network.

    Raises:
        OptionError: a value is outside its range.
    """

    passes: int = 1
    mirror: bool = False

    def __post_init__(self) -> None:
        if not is_whole(self.passes) or not 1 <= self.passes <= MAX_PASSES:
            raise OptionError(f"passes={self.passes!r}: a whole number of 1 to {MAX_PASSES} is needed")
        if not isinstance(self.mirror, bool):
            raise OptionError(f"mirror={self.mirror!r}: True or False is needed")


def refine_faces(
    fits: Sequence[tuple[FramePipeline, Fit]], refinement: Refinement, min_confidence: float
) -> list[FoundFace]:
    """Find the points of faces of one frame or of several again, as often as asked for.

    A face keeps its points where the network is less certain of the new ones than ``min_confidence``.

    Args:
        fits: the pipeline of each face's frame, the detection, and what was found in its region.
        refinement: how often.
        min_confidence: confidence from which a region holds a face, 0..1.
    """
    results = [fit.found for _, fit in fits]
    for number in range(1, refinement.passes):
        # faces that lay off their region had their second pass already
        due = [
            index
            for index, (pipeline, fit) in enumerate(fits)
            if number > 1 or results[index].crop_region == pipeline.region(fit.detection)
        ]
        again = find_landmarks([(fits[index][0], results[index].region) for index in due])
        for index, found in zip(due, again, strict=True):
            if found.confidence >= min_confidence:
                results[index] = found
    return _with_mirrored([pipeline for pipeline, _ in fits], results) if refinement.mirror and fits else results


def _with_mirrored(pipelines: Sequence[FramePipeline], faces: Sequence[FoundFace]) -> list[FoundFace]:
    """Return the faces with the means of their points and of those in their mirrored crops."""
    landmarker, scale = pipelines[0].networks.landmarker, pipelines[0].crop_scale
    started = time.perf_counter()
    points = landmarker.mirrored(np.stack([face.crop for face in faces]))
    seconds = (time.perf_counter() - started) / len(faces)
    results = []
    for pipeline, face, inside in zip(pipelines, faces, points, strict=True):
        pipeline.add_landmark_seconds(seconds)
        other = face.crop_region.to_frame(inside, landmarker.spec.input_size)
        mean: NDArray[np.float32] = np.multiply(face.points + other, 0.5, dtype=np.float32)
        region = region_from_points(mean, scale)
        results.append(dataclasses.replace(face, points=mean, region=region, box=box_from_region(region, scale)))
    return results
