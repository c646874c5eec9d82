"""The pipeline of one frame: detect, cut regions of interest, find landmarks; with the time of each stage.

Images, batches, streams, the search of turned frames and the benchmarks all run the networks through it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from runtime.detection import Detection, Detector
from runtime.landmarks import (
    IrisFinder,
    Landmarker,
    Region,
    box_from_region,
    detection_region,
    regions_from_points,
)
from runtime.pipeline.appearance import appearance
from runtime.pipeline.frame_result import StageTimes


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks of a pipeline.

    Attributes:
        detector: finds faces.
        landmarker: finds their points.
        gate: presence gate; gives a logit for a face in a frame (H, W, 3) uint8 BGR, at a fraction of the detector's
            cost. None where nothing is cheaper than the detector.
        retry: a detector with a larger input, for frames in which no face is certain; None for no second search.
        turned: finds faces on their side or upside down (:meth:`FaceDetector.turned`); None does not search for them.
        irises: finds the irises of faces; None does not.
    """

    detector: Detector
    landmarker: Landmarker
    gate: Callable[[NDArray[np.uint8]], float] | None = None
    retry: Detector | None = None
    turned: Detector | None = None
    irises: IrisFinder | None = None


@dataclass(frozen=True, eq=False)
class FoundFace:
    """Output of the landmark network for one region.

    Attributes:
        points: (68, 3) float32 in frame pixels.
        region: around the points.
        box: (4,) float32 xyxy, as the detector would give it for the points.
        confidence: 0..1.
        crop: (S, S, 3) uint8 BGR in which the points were found.
        crop_region: the crop's region in the frame.
    """

    points: NDArray[np.float32]
    region: Region
    box: NDArray[np.float32]
    confidence: float
    crop: NDArray[np.uint8]
    crop_region: Region
    _appearance: list[NDArray[np.float32]] = field(default_factory=list, init=False, repr=False)

    @property
    def appearance(self) -> NDArray[np.float32]:
        """The face in a few pixels, see :func:`runtime.pipeline.appearance.appearance`."""
        # cached_property of Python 3.11 holds one lock for all faces, which a forked child can inherit locked
        if not self._appearance:
            self._appearance.append(appearance(self.crop, self.crop_region, self.region))
        return self._appearance[0]


class FramePipeline:
    """Runs the networks on one frame and records the time of each stage."""

    def __init__(self, frame: NDArray[np.uint8], networks: Networks) -> None:
        """Start the clock; ``frame`` is (H, W, 3) uint8 BGR."""
        self.frame = frame
        self.networks = networks
        self.crop_scale = networks.landmarker.spec.crop_scale
        self._started = time.perf_counter()
        self._detect = self._landmarks = 0.0

    def gate(self) -> float:
        """Return the presence gate's logit for a face; infinity where there is no gate."""
        if self.networks.gate is None:
            return math.inf
        started = time.perf_counter()
        logit = self.networks.gate(self.frame)
        self._detect += time.perf_counter() - started
        return logit

    def detect(self) -> list[Detection]:
        """Find faces anywhere in the frame, best score first."""
        return self._run(self.networks.detector)

    def retry(self) -> list[Detection]:
        """Find faces with the larger input; empty where there is no second search."""
        return [] if self.networks.retry is None else self._run(self.networks.retry)

    def detect_turned(self) -> list[Detection]:
        """Find faces in the frame turned by quarter turns, in frame pixels; empty where that is not searched."""
        return [] if self.networks.turned is None else self._run(self.networks.turned)

    def region(self, detection: Detection) -> Region:
        """Return the region of interest of a detection."""
        return detection_region(detection, self.crop_scale)

    def landmarks(self, regions: Sequence[Region]) -> list[FoundFace]:
        """Find the points in each region of interest, in one call of the network."""
        return find_landmarks([(self, region) for region in regions])

    def times(self) -> StageTimes:
        """Return the time spent since the start, by stage."""
        rest = time.perf_counter() - self._started - self._detect - self._landmarks
        return StageTimes(self._detect, self._landmarks, rest)

    def add_landmark_seconds(self, seconds: float) -> None:
        """Count time of the landmark network that was shared with other frames."""
        self._landmarks += seconds

    def _run(self, detector: Detector) -> list[Detection]:
        started = time.perf_counter()
        detections = detector(self.frame)
        self._detect += time.perf_counter() - started
        return detections


def find_landmarks(regions: Sequence[tuple[FramePipeline, Region]]) -> list[FoundFace]:
    """Find the points in regions of one frame or of several, in one call of the network.

    Args:
        regions: the pipeline of each region's frame, and the region; all pipelines have the same networks.

    Returns:
        One result for each region, in their order. The time counts for each frame by its number of regions.
    """
    if not regions:
        return []
    landmarker, scale = regions[0][0].networks.landmarker, regions[0][0].crop_scale
    started = time.perf_counter()
    calls = list(landmarker.calls([pipeline.frame for pipeline, _ in regions], [region for _, region in regions]))
    seconds = (time.perf_counter() - started) / len(regions)
    found, asked = [], iter(regions)
    for points, confidences, crops in calls:
        inner = regions_from_points(points, scale)
        for each, region, confidence, crop in zip(points, inner, confidences.tolist(), crops, strict=True):
            pipeline, outer = next(asked)
            pipeline.add_landmark_seconds(seconds)
            found.append(FoundFace(each, region, box_from_region(region, scale), confidence, crop, outer))
    return found
