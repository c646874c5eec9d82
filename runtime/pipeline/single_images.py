"""Faces of images that are processed each on their own."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.detection import SAME_FACE, Detection, match
from runtime.faces import Face
from runtime.media.images import as_bgr
from runtime.pipeline.frame_pipeline import FoundFace, FramePipeline, Networks, find_landmarks
from runtime.pipeline.frame_result import FrameResult, StageTimes
from runtime.pipeline.iris_stage import with_irises
from runtime.pipeline.orientation import Fit, is_settled, needs_turning, settle
from runtime.pipeline.refinement import Refinement, refine_faces
from runtime.pipeline.selection import CERTAIN, Selection


def find_faces(
    frames: Sequence[NDArray[np.uint8]], networks: Networks, selection: Selection, refinement: Refinement
) -> tuple[list[list[Face]], StageTimes]:
    """Find the faces of several frames.

    All crops go through the landmark network together. Where it says that a detection is no face, the next detection
    takes its place. Where no face is certain, the detector runs again with a larger input, if there is one; where the
    points may belong to a face on its side or upside down, the frame is searched turned
    (:mod:`runtime.pipeline.orientation`).

    Args:
        frames: each (H, W, 3) uint8 BGR.
        networks: of the pipeline.
        selection: which faces are given, and in which order.
        refinement: how often the points of those faces are found.

    Returns:
        A list of faces for each frame, and where the time went.
    """
    started = time.perf_counter()
    searches = [_Search(FramePipeline(frame, networks), selection) for frame in frames]
    while pairs := [(search, detection) for search in searches for detection in search.next_detections()]:
        found = find_landmarks([(search.pipeline, search.pipeline.region(detection)) for search, detection in pairs])
        for search, group in itertools.groupby(zip(pairs, found, strict=True), key=lambda each: each[0][0]):
            search.add([(detection, face) for (_, detection), face in group])
    chosen = [(search.pipeline, fit) for search in searches for fit in search.chosen()]
    points = iter(refine_faces(chosen, refinement, selection.min_confidence))
    faces = [[fit.to_face(next(points)) for fit in search.chosen()] for search in searches]
    faces = with_irises(frames, faces, networks)
    spent = [search.pipeline.times() for search in searches]
    detect, landmarks = sum(each.detect for each in spent), sum(each.landmarks for each in spent)
    times = StageTimes(detect, landmarks, time.perf_counter() - started - detect - landmarks)
    return faces, times


class _Search:
    """The search of one frame: the faces so far, and the detections that are not examined yet."""

    def __init__(self, pipeline: FramePipeline, selection: Selection) -> None:
        """Run the detector."""
        self.pipeline = pipeline
        self._selection = selection
        self._fits: list[Fit] = []
        self._can_retry = pipeline.networks.retry is not None
        self._searched_turned = pipeline.networks.turned is None
        self._before_retry = 0  # faces that were there when the second search began
        self._waiting = selection.sorted(pipeline.detect())
        if not self._waiting:
            self.add([])

    def next_detections(self) -> list[Detection]:
        """Return the next detections, as many as faces are still wanted; none when the search is over."""
        if self._can_retry and not self._next() and all(fit.found.confidence < CERTAIN for fit in self._fits):
            self._can_retry = False
            self._waiting = self._unknown(self._selection.sorted(self.pipeline.retry()))
            self._before_retry = len(self._fits)
        taken = self._next()
        self._waiting = self._waiting[len(taken) :]
        return taken

    def add(self, found: list[tuple[Detection, FoundFace]]) -> None:
        """Keep the faces among detections and what the landmark network found for each."""
        fits = [Fit(*each) for each in found]
        if not is_settled(fits, self.pipeline.frame.shape):
            fits = settle(self.pipeline, fits, self._selection.min_confidence, turn=self._turn)
        self._fits += [fit for fit in fits if fit.found.confidence >= self._selection.min_confidence]
        if self._searched_turned and self._waiting:
            self._waiting = self._unknown(self._waiting)

    def chosen(self) -> list[Fit]:
        """Return the faces in the order of the selection."""
        return self._selection.sorted(self._fits)[: self._selection.max_faces]

    def _turn(self, fits: Sequence[Fit]) -> bool:
        """Return whether to search the frame turned: once at most."""
        if self._searched_turned or not needs_turning(fits, self.pipeline.frame.shape, bool(self._fits)):
            return False
        self._searched_turned = True
        return True

    def _unknown(self, detections: list[Detection]) -> list[Detection]:
        """Return the detections that are none of the faces found so far."""
        boxes = [fit.box for fit in self._fits]
        known = {index for index, _ in match([each.box for each in detections], boxes, SAME_FACE)}
        return [each for index, each in enumerate(detections) if index not in known]

    def _next(self) -> list[Detection]:
        limit = self._selection.max_faces
        if limit is None:
            return self._waiting
        return self._waiting[: max(0, limit - (len(self._fits) - self._before_retry))]


class UntrackedStream:
    """Processes each frame of a stream on its own, with the interface of a ``Tracker``."""

    def __init__(self, networks: Callable[[], Networks], selection: Selection, refinement: Refinement) -> None:
        """Keep the options.

        Args:
            networks: returns the networks; raises ClosedError where they are closed.
            selection: which faces are given.
            refinement: how often their points are found.
        """
        self._networks, self._selection, self._refinement = networks, selection, refinement

    def __call__(self, image: NDArray[np.uint8], time: float) -> FrameResult:
        """Find the faces of one frame as a predictor does.

        Args:
            image: (H, W, 3) uint8 BGR.
            time: of the frame in seconds; has no effect.

        Raises:
            ImageError: not an image.
            ClosedError: the predictor is closed.
        """
        [faces], times = find_faces([as_bgr(image)], self._networks(), self._selection, self._refinement)
        return FrameResult(faces, True, False, times)
