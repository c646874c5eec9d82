"""Recall of a detector on annotated faces, and its false alarms.

A face counts as found when a detection's box has its centre within 0.35 x the longer side of the landmark box
from that box's centre, and a longer side between 0.5 and 2 times as long. Every other detection is an extra
box, be it a mistake, a second box on the same face, or a neighbour: photographs are annotated for one face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import Sample, list_samples
from export.data import read_image
from runtime.detection import Detector, FaceDetector
from runtime.engine import load_model
from runtime.pipeline import open_detector

MAX_CENTRE_DISTANCE = 0.35
SIZE_RATIOS = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class RecallResult:
    """Counts over a set of pictures with one annotated face each.

    Attributes:
        images: pictures examined.
        found: pictures whose annotated face was found.
        extra: detections that are not the annotated face.
    """

    images: int
    found: int
    extra: int

    @property
    def recall(self) -> float:
        """Share of the annotated faces that were found, 0..1."""
        return self.found / self.images

    @property
    def extra_per_image(self) -> float:
        """Mean number of extra boxes in a picture."""
        return self.extra / self.images


@dataclass(frozen=True, slots=True)
class Condition:
    """A change of the pictures before detection.

    Attributes:
        canvas: the picture lies in the middle of a gray one so many times as wide and high: smaller faces.
        quarter_turns: counter-clockwise turns by 90 degrees.
    """

    canvas: int = 1
    quarter_turns: int = 0

    def __str__(self) -> str:
        turned = f"turned by {90 * self.quarter_turns} degrees" if self.quarter_turns else ""
        smaller = f"in a canvas {self.canvas} x as wide" if self.canvas > 1 else ""
        return ", ".join(part for part in (smaller, turned) if part) or "as they are"

    def apply(
        self, image: NDArray[np.uint8], points: NDArray[np.float32]
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Change a picture (H, W, 3) and its points (68, 2) alike."""
        for _ in range(self.quarter_turns):
            points = np.stack([points[:, 1], image.shape[1] - 1 - points[:, 0]], axis=1)
            image = np.rot90(image)
        height, width = image.shape[:2]
        top, left = ((self.canvas - 1) * side // 2 for side in (height, width))
        canvas = np.full((height * self.canvas, width * self.canvas, 3), 128, np.uint8)
        canvas[top : top + height, left : left + width] = image
        return canvas, points + np.array([left, top], np.float32)


CONDITIONS = (Condition(), Condition(2), Condition(4), Condition(8), Condition(1, 1), Condition(1, 2))
"""Conditions that the model cards report."""


def measure_recall(detector: Detector, images: Sequence[Sample], condition: Condition | None = None) -> RecallResult:
    """Run a detector over annotated pictures, changed as ``condition`` says, and count.

    Raises:
        ValueError: there are no pictures, or one cannot be read.
    """
    if not images:
        raise ValueError("no pictures to measure recall on")
    condition = condition or Condition()
    found = extra = 0
    for sample in tqdm(images, desc=f"detecting, {condition}", unit="image", leave=False):
        image, points = condition.apply(read_image(sample.image), sample.points)
        matches = [is_match(each.box, points) for each in detector(image)]
        found += any(matches)
        # Two boxes on one face are one find and one extra.
        extra += len(matches) - any(matches)
    return RecallResult(len(images), found, extra)


def is_match(box: NDArray[np.float32], points: NDArray[np.float32]) -> bool:
    """Return whether a box (4,) xyxy is the face with these landmarks (68, 2), as the module defines it."""
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    distance = float(np.linalg.norm((box[:2] + box[2:] - low - high) / 2))
    ratio = float((box[2:] - box[:2]).max()) / side
    return distance <= MAX_CENTRE_DISTANCE * side and SIZE_RATIOS[0] <= ratio <= SIZE_RATIOS[1]


SIZES = (8, 10, 12, 14, 16, 20, 24, 32, 48)
"""Sides in input pixels that faces are shown in."""


def size_table(detector: str, folders: Sequence[Path], input_size: int | None = None) -> str:
    """Measure recall of a shipped detector by the side of the face in its input, on every tenth picture of folders.

    Args:
        detector: its name.
        folders: each with ``NAME.jpg`` beside ``NAME.pts``.
        input_size: longer side of the network's input instead of its own, in pixels.
    """
    network, _ = open_detector(load_model(detector, "detector"), "cpu", input_size=input_size)
    samples = [sample for folder in folders for sample in list_samples(folder)[::10]]
    lines = [
        f"{detector}, input {network.size}: {len(samples)} faces",
        f"{'pixels':>8}{'of the side':>13}{'recall':>9}",
    ]
    for side in SIZES:
        found = [_found_at(network, sample, side) for sample in tqdm(samples, desc=f"{side} px", leave=False)]
        lines.append(f"{side:>8}{side / network.size:>13.3f}{np.mean(found):>9.1%}")
    return "\n".join(lines)


def _found_at(network: FaceDetector, sample: Sample, side: int) -> bool:
    """Return whether a face of so many input pixels is found, in a part of its picture or a gray surround."""
    image, points = read_image(sample.image), sample.points
    scale = side / float(np.ptp(points, axis=0).max())
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    points = points * scale
    size = network.size
    height, width = small.shape[:2]
    left, top = (
        int(np.clip(middle - size / 2, 0, max(0, length - size)))
        for middle, length in zip(points.mean(axis=0), (width, height), strict=True)
    )
    part = small[top : top + size, left : left + size]
    canvas = np.full((size, size, 3), 128, np.uint8)
    canvas[: part.shape[0], : part.shape[1]] = part
    return any(is_match(each.box, points - np.array([left, top], np.float32)) for each in network(canvas))
