"""This runtime's pipeline, through its public interface."""

from __future__ import annotations

from itertools import count

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.pipelines.contender import Pipeline, Schedule
from benchmarks.baselines.pipelines.local_video import LocalVideoPipeline
from runtime import Predictor, TrackingConfig
from runtime.faces import Face

FRAMES_PER_SECOND = 30

ONLY_WHEN_LOST = 1e6
"""Seconds between two runs of the detector: longer than any video, so that it only runs when the face is lost."""


def open_predictor(video: NDArray[np.uint8], model: str, detector: str, schedule: Schedule) -> LocalVideoPipeline:
    """Open a predictor on one thread; tracked points are smoothed, as by default.

    Args:
        video: (N, H, W, 3) uint8 BGR.
        model: name of the landmark network, as ``Predictor`` takes it.
        detector: name of the detector, as ``Predictor`` takes it.
        schedule: schedule of the detector.
    """
    predictor = Predictor(model, detector=detector, device="cpu", threads=1)

    def still(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        return _points(predictor(image))

    pipeline = still if schedule == "every frame" else _tracked(predictor, schedule)
    return LocalVideoPipeline(video, pipeline, still, predictor.close)


def _tracked(predictor: Predictor, schedule: Schedule) -> Pipeline:
    config = TrackingConfig(detect_every=ONLY_WHEN_LOST) if schedule == "when lost" else TrackingConfig()
    tracker, frame_numbers = predictor.tracker(config), count()

    def follow(frame: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        return _points(tracker(frame, next(frame_numbers) / FRAMES_PER_SECOND).faces)

    return follow


def _points(faces: list[Face]) -> list[NDArray[np.float32]]:
    return [face.landmarks[:, :2] for face in faces]
