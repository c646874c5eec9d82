"""The two networks on one frame, with the time that each took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.detector import Detection, Detector
from runtime.landmarker import Landmarker
from runtime.regions import Region, box_from_region, crop, region_from_points

LOOK = 16
"""Side in pixels of the small picture by which a face is known again."""


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Seconds that one frame took: the detector, the landmark network with its crops, and all the rest."""

    detect: float
    landmarks: float
    rest: float


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


class Stages:
    """Runs the networks on one frame (H, W, 3) uint8 BGR and keeps the time."""

    def __init__(self, frame: NDArray[np.uint8], detector: Detector, landmarker: Landmarker) -> None:
        self.frame = frame
        self.crop_scale = landmarker.spec.crop_scale
        self._detector = detector
        self._landmarker = landmarker
        self._started = time.perf_counter()
        self._detect = self._landmarks = 0.0

    def detect(self) -> list[Detection]:
        """Find faces anywhere in the frame; best first."""
        started = time.perf_counter()
        detections = self._detector(self.frame)
        self._detect += time.perf_counter() - started
        return detections

    def landmarks(self, regions: Sequence[Region]) -> list[Found]:
        """Find the points of each region, in one call of the network."""
        if not regions:
            return []
        started = time.perf_counter()
        result = self._landmarker(self.frame, regions)
        self._landmarks += time.perf_counter() - started
        return [
            self._found(points, float(confidence))
            for points, confidence in zip(result.points, result.confidence, strict=True)
        ]

    def _found(self, points: NDArray[np.float32], confidence: float) -> Found:
        region = region_from_points(points, self.crop_scale)
        box = box_from_region(region, self.crop_scale)
        return Found(points, region, box, confidence, self._look(region))

    def _look(self, region: Region) -> NDArray[np.float32]:
        look = crop(self.frame, region, LOOK).astype(np.float32).ravel()
        look -= look.mean()
        look /= max(float(np.sqrt(look @ look)), 1.0)
        return look

    def times(self) -> StageTimes:
        """What was spent since the start."""
        rest = time.perf_counter() - self._started - self._detect - self._landmarks
        return StageTimes(self._detect, self._landmarks, rest)
