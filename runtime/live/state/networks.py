"""The networks that the live loop switches between: loaded when first asked for, each with its own tracker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runtime.errors import OptionError
from runtime.face_parts import eye_distance
from runtime.faces import Face
from runtime.pipeline import DEFAULT_ORDER, MIN_CONFIDENCE, FrameResult, Order, Report, UntrackedStream
from runtime.predictor import Predictor
from runtime.tracking import Tracker, TrackingConfig

DETECT_EVERY = TrackingConfig().detect_every

DETECTORS = ("blazeface-back", "blazeface-short", "edge")


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """Which networks to load, and how to run them; the rest as in :class:`runtime.Predictor`.

    Attributes:
        models: two landmark networks, by name or path: the one to start with, and the one to compare it with.
    """

    models: tuple[str, str] = ("full", "trimmed")
    detector: str = "blazeface-back"
    detector_size: int | None = None
    retry_size: int | None = None
    device: str = "auto"
    threads: int = 1
    max_faces: int | None = None
    min_score: float = 0.5
    min_confidence: float = MIN_CONFIDENCE
    order: Order = DEFAULT_ORDER
    passes: int = 1
    mirror: bool = False
    irises: bool = False

    def __post_init__(self) -> None:
        if self.models[0] == self.models[1]:
            raise OptionError(f"{self.models[0]} cannot be compared with itself: name another network")


@dataclass(frozen=True, slots=True)
class Following:
    """Tracking settings of a lane.

    Attributes:
        tracking: regions come from the last frame; otherwise every frame is taken on its own, as a picture.
        smoothing: of the points; only what is tracked can be smoothed.
        detect_every: seconds between two runs of the detector.
    """

    tracking: bool = True
    smoothing: bool = True
    detect_every: float = DETECT_EVERY


class Lane:
    """One landmark network at work on the stream."""

    def __init__(self, name: str, predictor: Predictor, following: Following) -> None:
        """Start with no faces."""
        self.name = name
        self.report: Report = predictor.report()
        config = TrackingConfig(detect_every=following.detect_every)
        config = config if following.smoothing else replace(config, smoothing=None)
        self._find: Tracker | UntrackedStream = (
            predictor.tracker(config) if following.tracking else predictor.untracked()
        )

    def __call__(self, image: NDArray[np.uint8], time: float) -> FrameResult:
        """Return the faces of the next frame (H, W, 3) uint8 BGR, taken at ``time`` seconds."""
        return self._find(image, time)


class PredictorPool:
    """Predictors by model and detector, loaded once; a context manager that closes them."""

    def __init__(self, options: NetworkOptions) -> None:
        """Load the first network, so that what is wrong is said at once.

        Raises:
            LandmarksError: as :class:`runtime.Predictor` does.
        """
        self.options = options
        self._predictors: dict[tuple[str, str], Predictor] = {}
        self.predictor(options.models[0], options.detector)

    def predictor(self, model: str, detector: str) -> Predictor:
        """Return a predictor with these networks; the first call takes as long as loading does.

        Raises:
            LandmarksError: as :class:`runtime.Predictor` does.
        """
        key = model, detector
        if key not in self._predictors:
            options = self.options
            self._predictors[key] = Predictor(
                model,
                detector=detector,
                device=options.device,
                threads=options.threads,
                max_faces=options.max_faces,
                min_score=options.min_score,
                min_confidence=options.min_confidence,
                order=options.order,
                detector_size=options.detector_size,
                retry_size=options.retry_size,
                passes=options.passes,
                mirror=options.mirror,
                irises=options.irises,
            )
        return self._predictors[key]

    def lanes(self, models: Sequence[str], detector: str, following: Following) -> list[Lane]:
        """Return fresh lanes, one for each model.

        Raises:
            LandmarksError: a network cannot be loaded.
        """
        return [Lane(model, self.predictor(model, detector), following) for model in models]

    def close(self) -> None:
        """Release all; closing twice is fine."""
        for predictor in self._predictors.values():
            predictor.close()

    def __enter__(self) -> PredictorPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Difference:
    """Distance of two networks' points on the faces that both found.

    Attributes:
        pixels: mean distance of corresponding points in the image plane.
        percent: the same in percent of the distance of the outer eye corners, as in NME.
    """

    pixels: float
    percent: float


def difference(first: Sequence[Face], second: Sequence[Face]) -> Difference | None:
    """Compare the faces of two networks on one frame; None where they have none in common."""
    found: list[tuple[float, float]] = []
    rest = list(second)
    for face in first:
        if not rest:
            break
        points = face.landmarks[:, :2]
        eyes = float(eye_distance(points))
        nearest = min(rest, key=lambda other: _apart(face, other))
        # the same face has its centre within an eye distance
        if _apart(face, nearest) < eyes:
            rest = [other for other in rest if other is not nearest]
            distance = float(np.linalg.norm(points - nearest.landmarks[:, :2], axis=1).mean())
            found.append((distance, 100 * distance / eyes))
    if not found:
        return None
    pixels, percent = np.mean(found, axis=0)
    return Difference(float(pixels), float(percent))


def _apart(face: Face, other: Face) -> float:
    return float(np.linalg.norm(face.landmarks[:, :2].mean(axis=0) - other.landmarks[:, :2].mean(axis=0)))
