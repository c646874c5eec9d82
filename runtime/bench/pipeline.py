"""The stages of the pipeline, and the whole pipeline, as callables that can be timed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.bench.timing import Compute
from runtime.engine import load_model
from runtime.errors import ImageError
from runtime.landmarks import crop, detection_region, estimate_pose
from runtime.pipeline import FrameResult, open_detector, open_landmarker
from runtime.predictor import Predictor
from runtime.tracking import OneEuroFilter, SmoothingConfig, TrackingConfig

FPS = 30
"""Frames per second of simulated streams."""

STAGES = (
    "letterbox",
    "detector network",
    "decode and NMS",
    "warp",
    "landmark network",
    "un-warp",
    "pose",
    "smoothing",
)
"""Stages of the pipeline in order; the last one runs in streams only."""


def stage_computations(
    frame: NDArray[np.uint8],
    *,
    model: str = "full",
    detector: str = "blazeface-back",
    device: str = "auto",
    threads: int = 1,
) -> dict[str, Compute]:
    """Return a callable for each of :data:`STAGES`, on the outputs of the stages before it and on all faces.

    Args:
        frame: (H, W, 3) uint8 BGR with at least one face.
        model: as :class:`runtime.Predictor` takes it.
        detector: as :class:`runtime.Predictor` takes it.
        device: as :class:`runtime.Predictor` takes it.
        threads: as :class:`runtime.Predictor` takes them.

    Raises:
        ImageError: there is no face in the frame.
        LandmarksError: a network cannot be loaded, or the device is not available.
    """
    face_detector, _ = open_detector(load_model(detector, "detector"), device, threads)
    landmarker = open_landmarker(load_model(model, "landmarks"), device, threads)[0]
    size = landmarker.spec.input_size

    boxed = face_detector.letterbox(frame)
    values, logits = face_detector.run(boxed.pixels)
    regions = [
        detection_region(each, landmarker.spec.crop_scale) for each in face_detector.decode(values, logits, boxed)
    ]
    if not regions:
        raise ImageError("no face was found in the frame: the stages after the detector need at least one")
    crops = np.stack([crop(frame, region, size) for region in regions])
    inside, _ = landmarker.run(crops)
    points = [region.to_frame(each, size) for region, each in zip(regions, inside, strict=True)]
    filters = [OneEuroFilter(SmoothingConfig()) for _ in regions]
    return {
        "letterbox": lambda: face_detector.letterbox(frame),
        "detector network": lambda: face_detector.run(boxed.pixels),
        "decode and NMS": lambda: face_detector.decode(values, logits, boxed),
        "warp": lambda: [crop(frame, region, size) for region in regions],
        "landmark network": lambda: landmarker.run(crops),
        "un-warp": lambda: [region.to_frame(each, size) for region, each in zip(regions, inside, strict=True)],
        "pose": lambda: [estimate_pose(each) for each in points],
        "smoothing": lambda: [
            smooth(each, region.side, 1 / FPS) for smooth, each, region in zip(filters, points, regions, strict=True)
        ],
    }


def network_computations(
    models: Sequence[str], crops: Sequence[int], *, device: str = "auto", threads: int = 1
) -> dict[tuple[str, int], Compute]:
    """Return a callable for each model and batch size that runs the network on random crops.

    Each has its own session, because calls of a shared one would find its weights in the cache.
    """
    computations: dict[tuple[str, int], Compute] = {}
    for model in models:
        for count in crops:
            landmarker = open_landmarker(load_model(model, "landmarks"), device, threads)[0]
            side = landmarker.spec.input_size
            batch = np.random.default_rng(0).integers(0, 256, (count, side, side, 3)).astype(np.uint8)
            computations[model, count] = lambda landmarker=landmarker, batch=batch: landmarker.run(batch)  # type: ignore[misc]
    return computations


class TrackedStream:
    """A stream that repeats one frame at :data:`FPS` frames a second; each call processes the next frame.

    Attributes:
        period: number of calls between two runs of the detector, from ``TrackingConfig.detect_every``.
    """

    def __init__(self, predictor: Predictor, frame: NDArray[np.uint8], config: TrackingConfig | None = None) -> None:
        """Start a tracker."""
        self._tracker = predictor.tracker(config)
        self._frame = frame
        self._index = 0
        self.period = max(1, round((config or TrackingConfig()).detect_every * FPS))

    def __call__(self) -> FrameResult:
        """Track the faces into the next frame."""
        self._index += 1
        return self._tracker(self._frame, self._index / FPS)
