"""The faces of images that are taken each on its own."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.detection.blazeface import Detection
from runtime.detection.matching import SAME_FACE, match
from runtime.faces import Face
from runtime.landmarks.head_pose import estimate_pose
from runtime.landmarks.region_of_interest import detection_region
from runtime.media.images.image_io import as_bgr
from runtime.pipeline.orientation import Fit, is_settled, needs_turning, settle
from runtime.pipeline.selection import CERTAIN, Selection
from runtime.pipeline.stages import FrameResult, Networks, Stages, StageTimes


def find_faces(
    frames: Sequence[NDArray[np.uint8]], networks: Networks, selection: Selection
) -> tuple[list[list[Face]], StageTimes]:
    """Find the faces of frames (H, W, 3) uint8 BGR, those of each in the order of the selection.

    All crops go through the landmark network together. Where it says that a detection is no face, the next one takes
    its place. Where no face is certain, ``networks.retry`` looks as well; where the points may belong to a face that
    lies on its side or is upside down, ``networks.turned`` does (:mod:`runtime.pipeline.orientation`).

    Returns:
        A list of faces for each frame, and where the time went.
    """
    started = time.perf_counter()
    searches = [_Search(frame, networks, selection) for frame in frames]
    landmarks, landmarker = 0.0, networks.landmarker
    while pairs := [(search, detection) for search in searches for detection in search.candidates()]:
        began = time.perf_counter()
        regions = [detection_region(detection, landmarker.spec.crop_scale) for _, detection in pairs]
        result = landmarker.batch([search.frame for search, _ in pairs], regions)
        landmarks += time.perf_counter() - began
        fits = zip(pairs, result.points, result.confidence.tolist(), strict=True)
        for search, group in itertools.groupby(fits, key=lambda each: each[0][0]):
            search.add([Fit(detection, points, confidence) for (_, detection), points, confidence in group])
    detect = sum(search.detect_seconds for search in searches)
    landmarks += sum(search.landmark_seconds for search in searches)
    times = StageTimes(detect, landmarks, time.perf_counter() - started - detect - landmarks)
    return [search.result() for search in searches], times


class _Search:
    """The search of one frame: the faces so far, and the detections that may become faces."""

    def __init__(self, frame: NDArray[np.uint8], networks: Networks, selection: Selection) -> None:
        """Let the detector look."""
        self.frame = frame
        self.faces: list[Face] = []
        self.detect_seconds = self.landmark_seconds = 0.0
        self._selection = selection
        self._networks = networks
        self._retry = networks.retry
        self._turned = networks.turned is None  # or: it was looked at turned
        self._before = 0  # faces that were there when the second look began
        self._waiting = self._detect(networks.detector)
        if not self._waiting:
            self.add([])

    def candidates(self) -> list[Detection]:
        """The next detections, as many as faces are wanted still; none when the search is over."""
        count = len(self.faces)
        if self._retry is not None and not self._next(count) and all(face.confidence < CERTAIN for face in self.faces):
            detections, self._retry = self._detect(self._retry), None
            self._waiting = self._unknown(detections)
            self._before = count
        taken = self._next(count)
        self._waiting = self._waiting[len(taken) :]
        return taken

    def add(self, fits: list[Fit]) -> None:
        """Take the faces among candidates."""
        if not is_settled(fits, self.frame.shape):
            fits = self._settle(fits)
        self.faces += [
            Face(fit.points, fit.detection.box, fit.detection.score, fit.confidence, estimate_pose(fit.points))
            for fit in fits
            if fit.confidence >= self._selection.min_confidence
        ]
        if self._turned and self._waiting:
            self._waiting = self._unknown(self._waiting)

    def result(self) -> list[Face]:
        """The faces in the order of the selection."""
        return self._selection.sorted(self.faces)[: self._selection.max_faces]

    def _settle(self, fits: list[Fit]) -> list[Fit]:
        """Candidates with the points that are right where the face lies on its side or off its region."""
        stages = Stages(self.frame, self._networks)
        detections = [fit.detection for fit in fits]
        found = stages.landmarks([detection_region(each, stages.crop_scale) for each in detections])
        settled = settle(stages, detections, found, self._selection.min_confidence, turn=self._turn)
        times = stages.times()
        self.detect_seconds += times.detect
        self.landmark_seconds += times.landmarks
        return [Fit(detection, each.points, each.confidence) for detection, each in settled]

    def _turn(self, fits: Sequence[Fit]) -> bool:
        """Whether to look at the frame turned: once at most."""
        if self._turned or not needs_turning(fits, self.frame.shape, bool(self.faces)):
            return False
        self._turned = True
        return True

    def _unknown(self, detections: list[Detection]) -> list[Detection]:
        """Detections of faces that are not among those found."""
        boxes = [face.box for face in self.faces]
        known = {index for index, _ in match([each.box for each in detections], boxes, SAME_FACE)}
        return [each for index, each in enumerate(detections) if index not in known]

    def _next(self, count: int) -> list[Detection]:
        limit = self._selection.max_faces
        return self._waiting if limit is None else self._waiting[: max(0, limit - (count - self._before))]

    def _detect(self, detector: Callable[[NDArray[np.uint8]], list[Detection]]) -> list[Detection]:
        """Detections in the order of the selection; the time counts."""
        began = time.perf_counter()
        detections = detector(self.frame)
        self.detect_seconds += time.perf_counter() - began
        return self._selection.sorted(detections)


class Untracked:
    """Takes each frame of a stream on its own; called like a :class:`Tracker`. Made by ``Predictor.untracked``."""

    def __init__(self, networks: Callable[[], Networks], selection: Selection) -> None:
        """Prepare.

        Args:
            networks: gives the networks; raises ClosedError where they are closed.
            selection: which faces are given.
        """
        self._networks, self._selection = networks, selection

    def __call__(self, image: NDArray[np.uint8], time: float) -> FrameResult:
        """The faces of one frame as a predictor gives them, and where the time went; ``time`` has no effect.

        Raises:
            ImageError: not an image.
            ClosedError: the predictor is closed.
        """
        [faces], times = find_faces([as_bgr(image)], self._networks(), self._selection)
        return FrameResult(faces, True, False, times)
