"""Recall by face size, and false boxes per image, at an intersection over union of 0.3."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from export.data import read_image
from export.detector.data import Composer, FaceLabels, Finder, Sources
from export.detector.model import OUTPUTS, STRIDES, FaceDetectorNetwork
from runtime.detection import AnchorFreeFormat, Detector, FaceDetector, iou

MATCH = 0.3
"""Intersection over union at and above which a box matches a face."""

BUCKETS = (0.0, 0.02, 0.04, 0.08, 0.16, 0.32, np.inf)
"""Bounds of the faces' longer sides, as fractions of the picture's longer side."""

FALSE_BOXES = 0.22
"""False boxes per image at which detectors are compared."""

LEAST_SCORE = 0.05
"""Lowest score of the boxes that are evaluated."""


@dataclass(frozen=True, slots=True)
class DetectionMatches:
    """Matches between a detector's boxes and the faces of one picture.

    Attributes:
        scores: (M,) scores of the boxes, best first.
        counted: (M,) bool, whether the box counts; False for boxes on doubtful faces.
        matched: (M,) index of the face that each box matches, -1 for none.
        sizes: (G,) longer sides of the faces, as fractions of the picture's longer side.
    """

    scores: NDArray[np.float64]
    counted: NDArray[np.bool_]
    matched: NDArray[np.intp]
    sizes: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recall:
    """Recall at one threshold.

    Attributes:
        threshold: lowest score of the counted boxes.
        false_boxes: false boxes per image.
        by_size: (B,) recall in each bucket of ``BUCKETS``, NaN where there are no faces.
        faces: (B,) number of faces in each bucket.
    """

    threshold: float
    false_boxes: float
    by_size: NDArray[np.float64]
    faces: NDArray[np.intp]

    def __str__(self) -> str:
        parts = " ".join("   -" if np.isnan(value) else f"{value:.2f}" for value in self.by_size)
        return f"{parts}  false {self.false_boxes:.2f} at {self.threshold:.2f}"


def compare(
    boxes: NDArray[np.float64], scores: NDArray[np.float64], labels: FaceLabels, longest: int
) -> DetectionMatches:
    """Match boxes (M, 4) with the faces of a picture whose longer side is ``longest``, the best box first."""
    order = np.argsort(-scores, kind="stable")
    boxes, scores = boxes[order], scores[order]
    sure, doubted = labels.take(labels.certain), labels.take(~labels.certain)
    free = np.ones(len(sure), bool)
    matched, counted = np.full(len(boxes), -1), np.ones(len(boxes), bool)
    for number, box in enumerate(boxes):
        overlap = iou(box, sure.boxes) if len(sure) else np.zeros(0)
        best = int(np.argmax(overlap * free)) if len(sure) else -1
        if best >= 0 and free[best] and overlap[best] >= MATCH:
            matched[number], free[best] = best, False
        elif len(doubted) and iou(box, doubted.boxes).max() >= MATCH:
            counted[number] = False
    return DetectionMatches(scores, counted, matched, sure.sides.astype(np.float64) / longest)


def recall_at(outcomes: Sequence[DetectionMatches], threshold: float) -> Recall:
    """Compute recall and false boxes of the boxes with at least this score."""
    bounds = np.array(BUCKETS)
    found, total = np.zeros(len(bounds) - 1, np.intp), np.zeros(len(bounds) - 1, np.intp)
    false = 0
    for each in outcomes:
        kept = each.scores >= threshold
        hits = each.matched[kept & (each.matched >= 0)]
        found += np.histogram(each.sizes[hits], bounds)[0]
        total += np.histogram(each.sizes, bounds)[0]
        false += int((kept & each.counted & (each.matched < 0)).sum())
    by_size = np.where(total > 0, found / np.maximum(total, 1), np.nan)
    return Recall(threshold, false / max(1, len(outcomes)), by_size, total)


def threshold_for(outcomes: Sequence[DetectionMatches], false_boxes: float = FALSE_BOXES) -> float:
    """Return the lowest threshold with at most ``false_boxes`` false boxes per image."""
    wrong = np.concatenate([each.scores[each.counted & (each.matched < 0)] for each in outcomes])
    allowed = int(false_boxes * len(outcomes))
    wrong = np.sort(wrong)[::-1]
    return float(wrong[allowed]) + 1e-6 if allowed < len(wrong) else LEAST_SCORE


class TorchNetwork:
    """A network with the interface of an onnxruntime session of its exported file."""

    def __init__(self, network: FaceDetectorNetwork) -> None:
        """Wrap a network, which is set to evaluation mode."""
        self._network = network.eval()

    def get_inputs(self) -> Sequence[Any]:
        """Return name and shape of the input."""
        return [SimpleNamespace(name="image", shape=["batch", "height", "width", 3])]

    def get_outputs(self) -> Sequence[Any]:
        """Return name and shape of the output."""
        return [SimpleNamespace(name="cells", shape=["batch", OUTPUTS, "cells"])]

    def run(self, _: Sequence[str] | None, inputs: Mapping[str, NDArray[Any]], /) -> Sequence[Any]:
        """Return the raw cells (N, OUTPUTS, A) of pixels (N, H, W, 3) uint8 BGR."""
        with torch.no_grad():
            return [self._network(to_network(torch.from_numpy(inputs["image"]))).numpy()]


def network_finder(network: FaceDetectorNetwork, size: int = 320) -> Finder:
    """Return the network as a finder for pictures of any shape, resized to a longer side of ``size`` pixels."""
    layout = AnchorFreeFormat(size, STRIDES)
    return detector_finder(FaceDetector(TorchNetwork(network), layout, min_score=LEAST_SCORE))


def detector_finder(detector: Detector) -> Finder:
    """Return a detector of the runtime as a finder; its lowest score is the detector's own."""

    def find(image: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        found = detector(image)
        boxes = np.array([each.box for each in found], np.float64).reshape(-1, 4) + 0.5
        return boxes, np.array([each.score for each in found], np.float64)

    return find


def to_network(pixels: torch.Tensor) -> torch.Tensor:
    """Convert (N, H, W, 3) uint8 BGR to (N, 3, H, W) float32 RGB 0..1, channels last in memory."""
    return pixels.permute(0, 3, 1, 2).flip(1).float().div_(255).contiguous(memory_format=torch.channels_last)


def run_detector(find: Finder, pictures: Iterable[tuple[NDArray[np.uint8], FaceLabels]]) -> list[DetectionMatches]:
    """Run a detector on labelled pictures and match its boxes."""
    return [compare(*find(image), labels, max(image.shape[:2])) for image, labels in pictures]


def validation_pictures(
    sources: Sources, composer: Composer, composites: int = 160, scenes: int = 80, seed: int = 1
) -> tuple[list[tuple[NDArray[np.uint8], FaceLabels]], list[tuple[NDArray[np.uint8], FaceLabels]]]:
    """Return whole scenes and composites of held-out pictures; the same for every call with the same arguments."""
    random = np.random.default_rng(seed)
    whole = [source[number] for source in sources.scenes for number in range(len(source))][:scenes]
    return whole, [composer(random) for _ in range(composites)]


def read_wild(folder: Path) -> list[tuple[NDArray[np.uint8], FaceLabels]]:
    """Read photographs and ``boxes.json`` (name: boxes xyxy), a test set for reporting, not for model selection.

    Raises:
        FileNotFoundError: there is no such file.
    """
    pictures = []
    for name, boxes in json.loads((folder / "boxes.json").read_text(encoding="utf-8")).items():
        count = len(boxes)
        labels = FaceLabels(
            np.array(boxes, np.float32).reshape(-1, 4),
            np.zeros((count, 5, 2), np.float32),
            np.zeros(count, bool),
            np.ones(count, bool),
            np.ones(count, np.float32),
        )
        pictures.append((read_image(folder / f"{name}.jpg"), labels))
    return pictures
