"""The two networks apart: faces detected without points, and points of faces detected elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.detection import Detection
from runtime.faces import Face
from runtime.pipeline.frame_pipeline import FramePipeline, Networks, find_landmarks
from runtime.pipeline.iris_stage import with_irises
from runtime.pipeline.orientation import Fit, is_part, is_settled, refine
from runtime.pipeline.refinement import Refinement, refine_faces
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
    refinement: Refinement,
) -> list[list[Face]]:
    """Find the points of detections; all crops go through the landmark network together.

    Args:
        frames: each (H, W, 3) uint8 BGR.
        detections: of each frame.
        networks: of the pipeline; the landmark network is used.
        selection: its minimum confidence decides, as in the whole pipeline, which points are found once more.
        refinement: how often, beyond that.

    Returns:
        A face for each detection of each frame, in their order, whatever its confidence.
    """
    pipelines = [FramePipeline(frame, networks) for frame in frames]
    pairs = [(pipe, each) for pipe, found in zip(pipelines, detections, strict=True) for each in found]
    results = iter(find_landmarks([(pipe, pipe.region(each)) for pipe, each in pairs]))
    groups = [[Fit(each, next(results)) for each in found] for found in detections]
    # the network's sums depend on how many crops go through it together: those of the whole pipeline
    chosen = [_settle(*each, selection) for each in zip(pipelines, groups, strict=True)]
    places = [(frame, index) for frame, indices in enumerate(chosen) for index in indices]
    fits = [(pipelines[frame], groups[frame][index]) for frame, index in places]
    again = refine_faces(fits, refinement, selection.min_confidence)
    for (frame, index), found in zip(places, again, strict=True):
        groups[frame][index] = Fit(groups[frame][index].detection, found)
    return with_irises(frames, [[fit.to_face(fit.found) for fit in fits] for fits in groups], networks)


def _settle(pipe: FramePipeline, fits: list[Fit], selection: Selection) -> list[int]:
    """Find points once more where the whole pipeline does, and those of rough detections.

    Args:
        pipe: of the frame.
        fits: all of the frame; those with new points are replaced.
        selection: its minimum confidence.

    Returns:
        The indices of those that the whole pipeline takes for faces, and of rough detections.
    """
    known = [fit.detection.rough or fit.found.confidence >= selection.min_confidence for fit in fits]
    if is_settled(fits, pipe.frame.shape) and not any(fit.detection.rough for fit in fits):
        return [index for index, each in enumerate(known) if each]
    certain = [fit for fit in fits if fit.found.confidence >= selection.min_confidence]
    chosen = [
        index for index, fit in enumerate(fits) if fit.detection.rough or (known[index] and not is_part(fit, certain))
    ]
    again = [fits[index].tilted or fits[index].detection.rough for index in chosen]
    for index, found in zip(chosen, refine(pipe, [fits[index].found for index in chosen], again), strict=True):
        fits[index] = Fit(fits[index].detection, found)
    return [
        index
        for index in chosen
        if fits[index].detection.rough or fits[index].found.confidence >= selection.min_confidence
    ]
