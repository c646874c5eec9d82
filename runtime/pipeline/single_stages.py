"""The two networks apart: faces detected without points, and points of faces detected elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.detection import Detection
from runtime.faces import Face
from runtime.landmarks import estimate_pose
from runtime.pipeline.frame_pipeline import FoundFace, FramePipeline, Networks, find_landmarks
from runtime.pipeline.orientation import Fit, is_part, is_settled, refine
from runtime.pipeline.selection import Selection


def detect(frames: Sequence[NDArray[np.uint8]], networks: Networks, selection: Selection) -> list[list[Detection]]:
    """Run the detector alone.

    Args:
        frames: each (H, W, 3) uint8 BGR.
        networks: of the pipeline; the detector is used.
        selection: its order is that of each list; nothing is dropped.

    Returns:
        The detections of each frame.
    """
    return [selection.sorted(networks.detector(frame)) for frame in frames]


def locate(
    frames: Sequence[NDArray[np.uint8]],
    detections: Sequence[Sequence[Detection]],
    networks: Networks,
    selection: Selection,
) -> list[list[Face]]:
    """Find the points of detections; all crops go through the landmark network together.

    Args:
        frames: each (H, W, 3) uint8 BGR.
        detections: of each frame.
        networks: of the pipeline; the landmark network is used.
        selection: its minimum confidence decides, as in the whole pipeline, which points are found once more.

    Returns:
        A face for each detection of each frame, in their order, whatever its confidence.
    """
    pipelines = [FramePipeline(frame, networks) for frame in frames]
    pairs = [(pipe, each) for pipe, found in zip(pipelines, detections, strict=True) for each in found]
    results = iter(find_landmarks([(pipe, pipe.region(each)) for pipe, each in pairs]))
    faces = []
    for pipe, group in zip(pipelines, detections, strict=True):
        fits = [Fit(each, next(results)) for each in group]
        faces.append([_face(*each) for each in zip(group, _settled(pipe, fits, selection), strict=True)])
    return faces


def _settled(pipe: FramePipeline, fits: Sequence[Fit], selection: Selection) -> list[FoundFace]:
    """Return the points of fits, found once more where the whole pipeline would, and those of rough detections."""
    found = [fit.found for fit in fits]
    if is_settled(fits, pipe.frame.shape) and not any(fit.detection.rough for fit in fits):
        return found
    certain = [fit for fit in fits if fit.found.confidence >= selection.min_confidence]
    # the network's sums depend on how many crops go through it together: those of the whole pipeline
    chosen = [
        index
        for index, fit in enumerate(fits)
        if fit.detection.rough or (fit.found.confidence >= selection.min_confidence and not is_part(fit, certain))
    ]
    again = [fits[index].tilted or fits[index].detection.rough for index in chosen]
    for index, better in zip(chosen, refine(pipe, [found[index] for index in chosen], again), strict=True):
        found[index] = better
    return found


def _face(detection: Detection, found: FoundFace) -> Face:
    return Face(found.points, detection.box, detection.score, found.confidence, estimate_pose(found.points))
