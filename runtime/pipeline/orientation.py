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
from runtime.faces import Face
from runtime.landmarks import LEFT_EYE, RIGHT_EYE, Region, distance, estimate_pose
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

DOUBTFUL = 14.5
"""Agreement below which points may be those of a region that is turned wrongly."""

LIKELY = 0.3
"""Confidence from which a doubtful face beside a certain one is searched again: less is no face, mostly."""

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

COVERED = 0.7
"""Share of a doubtful face's box inside that of a better one from which it is a part of that face: a mouth, an eye."""

TILTED = math.radians(20)
"""Angle in the frame from which the points of a new face are found twice: the detector was trained on upright faces, so
its region of a tilted one is less exact."""


@dataclass(slots=True, eq=False)
class Fit:
    """A detection and what the landmark network found in its region.

    Attributes:
        detection: from the detector.
        found: points and confidence.
        apart: mean distance of keypoints and points, eyes, nose tip and mouth, in sides of the box.
        agreement: of detector and landmark network; larger is better.
    """

    detection: Detection
    found: FoundFace
    apart: float = field(init=False)
    agreement: float = field(init=False)

    def __post_init__(self) -> None:
        left, top, right, bottom = self.detection.box.tolist()
        away = PARTS @ self.found.points[:, :2] - self.detection.keypoints[:4]
        # a detector may be asked for boxes of any size; a side of less than a pixel tells nothing
        self.apart = float(np.add.reduce(np.hypot(away[:, 0], away[:, 1]))) / 4 / max(right - left, bottom - top, 1.0)
        confidence = self.found.confidence
        odds = max(confidence, 1e-6) / max(1 - confidence, 1e-6)
        logit = min(max(math.log(odds), -MAX_LOGIT), MAX_LOGIT)
        self.agreement = logit - APART * self.apart + SCORE * self.detection.score

    @property
    def box(self) -> NDArray[np.float32]:
        """(4,) float32 xyxy of the detection."""
        return self.detection.box

    @property
    def score(self) -> float:
        """Score of the detection, 0..1."""
        return self.detection.score

    def to_face(self, found: FoundFace) -> Face:
        """Return the detection as a face with these points."""
        return Face(found.points, self.box, self.score, found.confidence, estimate_pose(found.points))

    @property
    def doubtful(self) -> bool:
        """Whether the region may be turned wrongly."""
        return self.agreement < DOUBTFUL

    @property
    def tilted(self) -> bool:
        """Whether the region is turned so far that its points are to be found once more."""
        return abs(math.remainder(self.found.crop_region.rotation, 2 * math.pi)) > TILTED


def is_settled(fits: Sequence[Fit], shape: tuple[int, ...]) -> bool:
    """Return whether the faces of a frame (height, width, ...) are what :func:`settle` would give, too."""
    return not needs_turning(fits, shape) and all(fit.apart <= OFF_PARTS and not fit.tilted for fit in fits)


def needs_turning(fits: Sequence[Fit], shape: tuple[int, ...], certain: bool = False) -> bool:
    """Return whether to search a frame (height, width, ...) turned; ``certain``: it has other faces, certain ones."""
    doubtful = [fit for fit in fits if fit.doubtful]
    if not certain and len(doubtful) == len(fits):
        return True
    frame = (0.0, 0.0, float(shape[1]), float(shape[0]))
    return any(is_likely(fit) and _share_inside(fit.detection.box, frame) >= INSIDE for fit in doubtful)


def is_likely(fit: Fit) -> bool:
    """Return whether a doubtful fit is a face, rather than a cup or a cat."""
    return fit.found.confidence >= LIKELY


def settle(
    stages: FramePipeline, fits: Sequence[Fit], min_confidence: float, *, turn: Callable[[Sequence[Fit]], bool]
) -> list[Fit]:
    """Return the faces of a frame, with the right points.

    Args:
        stages: of the frame.
        fits: what the detector found in it, or nothing, with the points in the region of each.
        min_confidence: what the landmark network is less certain of is no face, 0..1.
        turn: tells whether to search the frame turned, too. Doubtful fits are then replaced by what agrees better, if
            there is such, and faces that are seen only so are added.
    """
    if turn(fits):
        fits = _search_turned(stages, fits)
    fits = [fit for fit in fits if fit.found.confidence >= min_confidence]
    fits = [fit for fit in fits if not is_part(fit, fits)]
    better = refine(stages, [fit.found for fit in fits], again=[fit.tilted for fit in fits])
    fits = [Fit(fit.detection, each) for fit, each in zip(fits, better, strict=True)]
    return [fit for fit in fits if fit.found.confidence >= min_confidence]


def refine(stages: FramePipeline, found: Sequence[FoundFace], again: Sequence[bool]) -> list[FoundFace]:
    """Find points once more, in the region around those found, where these lie off the region they were found in.

    Args:
        stages: of the frame.
        found: what was found in each region.
        again: for each, whether to find it once more in any case.
    """
    results = list(found)
    chosen = [index for index, each in enumerate(found) if again[index] or _is_off(each.crop_region, each.region)]
    if chosen:
        for index, each in zip(chosen, stages.landmarks([found[index].region for index in chosen]), strict=True):
            results[index] = each
    return results


def _search_turned(stages: FramePipeline, fits: Sequence[Fit]) -> list[Fit]:
    """Return the fits that are not doubtful, and the best of the others and of what the turned frame shows."""
    kept = [fit for fit in fits if not fit.doubtful]
    doubtful = [fit for fit in fits if fit.doubtful]
    turned = [each for each in stages.detect_turned() if not _is_among(each.box, kept)]
    results = stages.landmarks([stages.region(each) for each in turned])
    others = [Fit(*each) for each in zip(turned, results, strict=True)]
    # what lies in the place of no doubtful face must not be doubtful itself
    candidates = [fit for fit in others if not fit.doubtful or _is_among(fit.detection.box, doubtful)]
    for fit in sorted([*doubtful, *candidates], key=lambda fit: fit.agreement, reverse=True):
        if not _is_among(fit.detection.box, kept) and not _is_among(fit.found.box, kept):
            kept.append(fit)
    return kept


def is_part(fit: Fit, fits: Sequence[Fit]) -> bool:
    """Return whether a doubtful fit is a part of another face, which agrees better."""
    if not fit.doubtful:
        return False
    return any(
        other.agreement > fit.agreement and _share_inside(fit.detection.box, other.detection.box.tolist()) >= COVERED
        for other in fits
    )


def _is_among(box: NDArray[np.float32], fits: Sequence[Fit]) -> bool:
    """Return whether a box (4,) xyxy is the face of one of these fits, by detection or by points."""
    return bool(match([box], [other for fit in fits for other in (fit.detection.box, fit.found.box)], SAME_PLACE))


def _share_inside(box: NDArray[np.float32], outer: Sequence[float]) -> float:
    """Return the share 0..1 of a box (4,) xyxy that lies inside another."""
    left, top, right, bottom = box.tolist()
    width = min(right, outer[2]) - max(left, outer[0])
    height = min(bottom, outer[3]) - max(top, outer[1])
    share: float = max(width, 0.0) * max(height, 0.0) / max((right - left) * (bottom - top), 1e-9)
    return share


def _is_off(region: Region, better: Region) -> bool:
    """Return whether points lie so far off the region they were found in that finding them again improves them."""
    turn = math.remainder(better.rotation - region.rotation, 2 * math.pi)
    return distance(region, better) > OFF_CENTRE or abs(turn) > OFF_LEVEL
