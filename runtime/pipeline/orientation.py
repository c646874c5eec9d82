"""Faces that lie on their side or are upside down.

BlazeFace was trained on upright faces. On others it finds the box but puts the eyes where an upright face has them: the
region is turned wrongly, and the landmark network gives points that look like a face and are not this one, at times
with a high confidence. Such points are known by how little the detector and the landmark network agree. What agrees
better is then looked for in the frame turned by 90, 180 and 270 degrees. Measured by ``python -m export rotation``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from runtime.detection import Detection, match
from runtime.landmarks import LEFT_EYE, RIGHT_EYE, Region, detection_region, distance
from runtime.pipeline.frame_pipeline import FoundFace, FramePipeline

PARTS = np.zeros((4, 68), np.float32)
"""Right eye, left eye, nose tip and mouth, the detector's first four keypoints, as means of the 68 points."""
PARTS[0, RIGHT_EYE], PARTS[1, LEFT_EYE], PARTS[2, 30], PARTS[3, 48:68] = 1 / 6, 1 / 6, 1, 1 / 20

MAX_LOGIT = 9.2
"""Logit of the confidence from which points are certain: 0.9999."""

APART = 25.0
"""What a distance between keypoints and points of one side of the detection's box counts against the logit of the
confidence. This and ``SCORE`` by logistic regression on helen/train and afw/train, turned by multiples of 15 degrees:
points that are right on upright faces against points that are wrong on turned ones."""

SCORE = 9.0
"""What the detector's score counts."""

DOUBTFUL = 14.0
"""Agreement below which points may be those of a region that is turned wrongly."""

LIKELY = 0.3
"""Confidence from which a doubtful face beside a certain one is looked at again: less is no face, mostly."""

INSIDE = 0.9
"""Share of its box inside the frame, likewise: faces that are cut off by the edge are doubtful for that alone."""

OFF_PARTS = 0.07
"""Sides of the box between keypoints and points from which the region may have been off."""

OFF_CENTRE = 0.12
"""Sides of its region that a face may lie off the middle: more than the network was trained for."""

OFF_LEVEL = math.radians(8)
"""Angle by which a face may be turned in its region, likewise."""

SAME_PLACE = 0.3
"""Intersection over union of boxes from which two detections are one face."""


@dataclass(slots=True, eq=False)
class Fit:
    """A detection and the points that were found in its region.

    Attributes:
        detection: from the detector.
        points: (68, 3) float32 in frame pixels.
        confidence: 0..1.
        apart: mean distance of keypoints and points, eyes, nose tip and mouth, in sides of the box.
        agreement: of detector and landmark network; larger is better.
    """

    detection: Detection
    points: NDArray[np.float32]
    confidence: float
    apart: float = field(init=False)
    agreement: float = field(init=False)

    def __post_init__(self) -> None:
        left, top, right, bottom = self.detection.box.tolist()
        away = PARTS @ self.points[:, :2] - self.detection.keypoints[:4]
        # a detector may be asked for boxes of any size; a side of less than a pixel tells nothing
        self.apart = float(np.add.reduce(np.hypot(away[:, 0], away[:, 1]))) / 4 / max(right - left, bottom - top, 1.0)
        odds = max(self.confidence, 1e-6) / max(1 - self.confidence, 1e-6)
        logit = min(max(math.log(odds), -MAX_LOGIT), MAX_LOGIT)
        self.agreement = logit - APART * self.apart + SCORE * self.detection.score

    @property
    def doubtful(self) -> bool:
        """Whether the region may be turned wrongly."""
        return self.agreement < DOUBTFUL


def is_settled(fits: Sequence[Fit], shape: tuple[int, ...]) -> bool:
    """Whether the faces of a frame (height, width, ...) are what :func:`settle` would give, too."""
    return not needs_turning(fits, shape) and all(fit.apart <= OFF_PARTS for fit in fits)


def needs_turning(fits: Sequence[Fit], shape: tuple[int, ...], certain: bool = False) -> bool:
    """Whether to look at a frame (height, width, ...) turned; ``certain``: it has other faces, certain ones."""
    doubtful = [fit for fit in fits if fit.doubtful]
    if not certain and len(doubtful) == len(fits):
        return True
    return any(is_likely(fit) and _inside(fit.detection.box, shape) >= INSIDE for fit in doubtful)


def is_likely(fit: Fit) -> bool:
    """Whether a doubtful fit is a face, rather than a cup or a cat."""
    return fit.confidence >= LIKELY


def settle(
    stages: FramePipeline,
    detections: Sequence[Detection],
    found: Sequence[FoundFace],
    min_confidence: float,
    *,
    turn: Callable[[Sequence[Fit]], bool],
) -> list[tuple[Detection, FoundFace]]:
    """The faces among detections, with the right points.

    Args:
        stages: of the frame.
        detections: what the detector found in it, or nothing.
        found: what the landmark network gave for the region of each.
        min_confidence: what the landmark network is less certain of is no face, 0..1.
        turn: tells whether to look at the frame turned, too. Doubtful fits are then replaced by what agrees better, if
            there is such, and faces that are seen only so are added.
    """
    fits = [_FoundFit(*each) for each in zip(detections, found, strict=True)]
    if turn(fits):
        fits = _turned(stages, fits)
    fits = [fit for fit in fits if fit.confidence >= min_confidence]
    regions = [detection_region(fit.detection, stages.crop_scale) for fit in fits]
    better = refine(stages, regions, [fit.found for fit in fits])
    pairs = [(fit.detection, each) for fit, each in zip(fits, better, strict=True)]
    return [(detection, each) for detection, each in pairs if each.confidence >= min_confidence]


def refine(
    stages: FramePipeline, regions: Sequence[Region], found: Sequence[FoundFace], min_confidence: float = 0.0
) -> list[FoundFace]:
    """What was found in each region, found once more from its points' region where they lie off or are not certain."""
    results = list(found)
    again = [
        index
        for index, (region, each) in enumerate(zip(regions, found, strict=True))
        if each.confidence < min_confidence or _is_off(region, each.region)
    ]
    for index, each in zip(again, stages.landmarks([found[index].region for index in again]), strict=True):
        results[index] = each
    return results


class _FoundFit(Fit):
    """A fit with all that is known of its points."""

    def __init__(self, detection: Detection, found: FoundFace) -> None:
        super().__init__(detection, found.points, found.confidence)
        self.found = found


def _turned(stages: FramePipeline, fits: Sequence[_FoundFit]) -> list[_FoundFit]:
    """The fits that are not doubtful, and the best of the others and of what the turned frame shows."""
    kept = [fit for fit in fits if not fit.doubtful]
    doubtful = [fit for fit in fits if fit.doubtful]
    turned = [each for each in stages.detect_turned() if not _is_among(each.box, kept)]
    results = stages.landmarks([detection_region(each, stages.crop_scale) for each in turned])
    others = [_FoundFit(*each) for each in zip(turned, results, strict=True)]
    # what lies in the place of no doubtful face must not be doubtful itself
    rivals = [fit for fit in others if not fit.doubtful or _is_among(fit.detection.box, doubtful)]
    for fit in sorted([*doubtful, *rivals], key=lambda fit: fit.agreement, reverse=True):
        if not _is_among(fit.detection.box, kept) and not _is_among(fit.found.box, kept):
            kept.append(fit)
    return kept


def _is_among(box: NDArray[np.float32], fits: Sequence[_FoundFit]) -> bool:
    """Whether a box (4,) xyxy is the face of one of these fits, by detection or by points."""
    return any(match([box], [other], SAME_PLACE) for fit in fits for other in (fit.detection.box, fit.found.box))


def _inside(box: NDArray[np.float32], shape: tuple[int, ...]) -> float:
    """Share of a box (4,) xyxy that lies inside of a frame (height, width, ...)."""
    left, top, right, bottom = box.tolist()
    width = min(right, shape[1]) - max(left, 0.0)
    height = min(bottom, shape[0]) - max(top, 0.0)
    share: float = max(width, 0.0) * max(height, 0.0) / max((right - left) * (bottom - top), 1e-9)
    return share


def _is_off(region: Region, better: Region) -> bool:
    """Whether points lie so far off the region they were found in that another look improves them."""
    turn = math.remainder(better.rotation - region.rotation, 2 * math.pi)
    return distance(region, better) > OFF_CENTRE or abs(turn) > OFF_LEVEL
