"""The two networks on one frame, with the time that each took."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.detection.blazeface import Detection, Detector
from runtime.faces import Face
from runtime.landmarks.landmarker import Landmarker
from runtime.landmarks.region_of_interest import Region, box_from_region, region_from_points

LOOK = 16
"""Side in pixels of the small picture by which a face is known again."""

REDUCED = 24
"""Side in pixels that a crop is reduced to before the look is cut out of it: a little finer than the look."""


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Seconds that one frame took: detector and scout, the landmark network with its crops, and all the rest."""

    detect: float
    landmarks: float
    rest: float


@dataclass(frozen=True, slots=True)
class FrameResult:
    """The faces of one frame of a stream, and how they were found.

    Attributes:
        faces: in the order of their numbers, ``Face.track``, where they are tracked.
        detected: the detector ran on this frame.
        scouted: its scout ran on this frame: first, where the detector ran too.
        times: where the time went.
    """

    faces: list[Face]
    detected: bool
    scouted: bool
    times: StageTimes


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the landmark network gave for one region.

    Attributes:
        points: (68, 3) float32 in frame pixels.
        region: around the points.
        box: (4,) float32 xyxy, what the detector would give for the points.
        confidence: 0..1.
        look: (3 * LOOK * LOOK,) float32, the picture in ``region`` in a few pixels, without its mean and of length 1:
            the dot product of two looks is their correlation.
    """

    points: NDArray[np.float32]
    region: Region
    box: NDArray[np.float32]
    confidence: float
    look: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Networks:
    """What finds faces and their points.

    Attributes:
        detector: finds faces.
        landmarker: finds their points.
        scout: says cheaply how likely there is a face, as a logit; None where nothing is cheaper than the detector.
        retry: looks more closely where the detector found no face; None where it looks once only.
        turned: finds faces that lie on their side or are upside down (:meth:`BlazeFace.turned`); None does not look.
    """

    detector: Detector
    landmarker: Landmarker
    scout: Callable[[NDArray[np.uint8]], float] | None = None
    retry: Detector | None = None
    turned: Detector | None = None


class Stages:
    """Runs the networks on one frame (H, W, 3) uint8 BGR and keeps the time."""

    def __init__(self, frame: NDArray[np.uint8], networks: Networks) -> None:
        self.frame = frame
        self.crop_scale = networks.landmarker.spec.crop_scale
        self._networks = networks
        self._started = time.perf_counter()
        self._detect = self._landmarks = 0.0

    def scout(self) -> float:
        """How likely there is a face in the frame, as a logit; infinite where nothing is cheaper than the detector."""
        if self._networks.scout is None:
            return math.inf
        started = time.perf_counter()
        logit = self._networks.scout(self.frame)
        self._detect += time.perf_counter() - started
        return logit

    def detect(self) -> list[Detection]:
        """Find faces anywhere in the frame; best first."""
        return self._look(self._networks.detector)

    def retry(self) -> list[Detection]:
        """The same with the closer look, for frames in which no face was found; empty where there is none."""
        return [] if self._networks.retry is None else self._look(self._networks.retry)

    def detect_turned(self) -> list[Detection]:
        """Find faces in the frame turned by quarter turns, in its own pixels; empty where nothing looks for them."""
        return [] if self._networks.turned is None else self._look(self._networks.turned)

    def _look(self, detector: Detector) -> list[Detection]:
        started = time.perf_counter()
        detections = detector(self.frame)
        self._detect += time.perf_counter() - started
        return detections

    def landmarks(self, regions: Sequence[Region]) -> list[Found]:
        """Find the points of each region, in one call of the network."""
        if not regions:
            return []
        started = time.perf_counter()
        results = list(self._networks.landmarker.each([self.frame] * len(regions), regions))
        self._landmarks += time.perf_counter() - started
        return [
            self._found(points, confidence, crop, outer)
            for (points, confidence, crop), outer in zip(results, regions, strict=True)
        ]

    def _found(self, points: NDArray[np.float32], confidence: float, crop: NDArray[np.uint8], outer: Region) -> Found:
        region = region_from_points(points, self.crop_scale)
        box = box_from_region(region, self.crop_scale)
        return Found(points, region, box, confidence, _look(crop, region.within(outer, REDUCED)))

    def times(self) -> StageTimes:
        """What was spent since the start."""
        rest = time.perf_counter() - self._started - self._detect - self._landmarks
        return StageTimes(self._detect, self._landmarks, rest)


def _look(crop: NDArray[np.uint8], region: Region) -> NDArray[np.float32]:
    """The look of a face from the crop (S, S, 3) that its points were found in; ``region`` in the reduced crop."""
    # a quarter of the pixels tell as much, and what is left is halved by averaging
    small = cv2.resize(crop, (2 * REDUCED, 2 * REDUCED), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(small, (REDUCED, REDUCED), interpolation=cv2.INTER_AREA)
    picture = cv2.warpAffine(
        small, region.to_crop(LOOK), (LOOK, LOOK), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    look: NDArray[np.float32] = picture.astype(np.float32).ravel()
    look -= np.add.reduce(look) / look.size
    look /= max(math.sqrt(float(look @ look)), 1.0)
    return look
