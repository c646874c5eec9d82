"""The confidence that separates faces from a detector's false alarms, measured on training photographs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import Sample
from export.data import read_image
from export.evaluation import is_match
from runtime import Predictor
from runtime.detection import Detection, FaceDetector
from runtime.engine import load_model
from runtime.face_parts import eye_distance
from runtime.landmarks import Landmarker, detection_region
from runtime.pipeline import ORDERS, Selection, open_detector, open_landmarker

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)

LOWEST = 0.1
"""The threshold that others are measured against: below it nearly everything is a non-face."""

KEPT = 0.95
"""Share of the cut-off faces above :data:`LOWEST` that the chosen threshold must keep with every network."""

VISIBLE = (0.5, 0.65, 0.8)
"""Shares of a face that are left where the edge of the picture cuts it off."""

RIGHT_POINTS = 15.0
"""Percent of the distance of the outer eye corners: with a larger mean error of its visible points a face is wrong."""

COVERED = 1.6
"""Sides of its box that are covered around everything that can be a face."""

PICTURES = ("cell.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "logo.png", "rocket.jpg")
"""Pictures of scikit-image without people that are no plain textures."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Something that the detector takes for a face.

    Attributes:
        kind: ``"whole"``, ``"cut off"``, ``"no face"``.
        image: the picture, (H, W, 3) uint8 BGR.
        detection: what the detector gave.
        points: (68, 2) of the face in this picture; None where there is none.
    """

    kind: str
    image: NDArray[np.uint8]
    detection: Detection
    points: NDArray[np.float32] | None


def candidates(detector: FaceDetector, samples: Sequence[Sample], watchful: FaceDetector) -> Iterator[Candidate]:
    """Yield all detections: faces, faces cut off by the picture's edge, and things that are no faces.

    Args:
        detector: as it is shipped.
        samples: training photographs.
        watchful: the same with a low threshold: what it finds is covered before the search for non-faces.
    """
    for sample in tqdm(samples, desc="detecting", unit="photograph", leave=False):
        image = read_image(sample.image)
        yield from _found("whole", detector, image, sample.points)
        for part, points in cut_off(image, sample.points):
            yield from _found("cut off", detector, part, points)
        boxes = [each.box for each in watchful(image)] + [np.r_[sample.points.min(0), sample.points.max(0)]]
        yield from _not_faces(detector, covered(image, boxes))
    folder = Path(skimage.__file__).parent / "data"
    for name in tqdm(PICTURES, desc="detecting", unit="picture", leave=False):
        for view in _views(read_image(folder / name)):
            yield from _not_faces(detector, view)


def cut_off(
    image: NDArray[np.uint8], points: NDArray[np.float32]
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """Yield the picture cut through its face, from each side, with each share of :data:`VISIBLE` left."""
    height, width = image.shape[:2]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    for share in VISIBLE:
        x, y = (right - left) * (1 - share), (bottom - top) * (1 - share)
        starts_and_ends = (
            (round(left + x), 0, width, height),
            (0, round(top + y), width, height),
            (0, 0, round(right - x), height),
            (0, 0, width, round(bottom - y)),
        )
        for x1, y1, x2, y2 in starts_and_ends:
            x1, y1 = max(x1, 0), max(y1, 0)
            yield np.ascontiguousarray(image[y1:y2, x1:x2]), points - np.array([x1, y1], np.float32)


def covered(image: NDArray[np.uint8], boxes: Sequence[NDArray[np.floating]]) -> NDArray[np.uint8]:
    """Yield the picture with boxes (4,) xyxy, enlarged by :data:`COVERED`, filled with the mean colour under them."""
    image = image.copy()
    for box in boxes:
        middle, half = (box[:2] + box[2:]) / 2, COVERED * max(box[2:] - box[:2]) / 2
        (x1, y1), (x2, y2) = np.maximum(middle - half, 0).astype(int), np.maximum(middle + half, 0).astype(int)
        under = image[y1:y2, x1:x2]
        if under.size:
            under[:] = under.mean(axis=(0, 1))
    return image


def _views(image: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield a picture as it is, upside down and mirrored, and the quarters and the middle of each."""
    for turned in (image, cv2.rotate(image, cv2.ROTATE_180)):
        for view in (turned, cv2.flip(turned, 1)):
            height, width = view.shape[:2]
            yield view  # type: ignore[misc]
            for y, x in ((0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5)):
                top, left = int(y * height / 2), int(x * width / 2)
                yield np.ascontiguousarray(view[top : top + height // 2, left : left + width // 2])


def _found(
    kind: str, detector: FaceDetector, image: NDArray[np.uint8], points: NDArray[np.float32]
) -> Iterator[Candidate]:
    matching = [each for each in detector(image) if is_match(each.box, points)]
    if matching:
        yield Candidate(kind, image, matching[0], points)


def _not_faces(detector: FaceDetector, image: NDArray[np.uint8]) -> Iterator[Candidate]:
    for each in detector(image):
        yield Candidate("no face", image, each, None)


def confidences(landmarker: Landmarker, found: Sequence[Candidate]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return confidence (N,) of each candidate, and mean error (N,) of its visible points in percent; NaN for none."""
    regions = [detection_region(each.detection, landmarker.spec.crop_scale) for each in found]
    results = landmarker.batch([each.image for each in found], regions)
    errors = [_error(each, points) for each, points in zip(found, results.points, strict=True)]
    return results.confidence, np.array(errors)


def _error(candidate: Candidate, points: NDArray[np.float32]) -> float:
    if candidate.points is None:
        return np.nan
    height, width = candidate.image.shape[:2]
    inside = ((candidate.points >= 0) & (candidate.points < (width, height))).all(axis=1)
    apart = np.linalg.norm(points[inside, :2] - candidate.points[inside], axis=1).mean()
    return float(100 * apart / eye_distance(candidate.points))


@dataclass(frozen=True, slots=True)
class Measured:
    """One network on the candidates: numbers (N,) in their order."""

    name: str
    confidence: NDArray[np.float32]
    error: NDArray[np.float64]


def measure_min_confidence(models: Sequence[str], samples: Sequence[Sample]) -> str:
    """Find candidates, ask each landmark network, and choose a threshold: tables for a terminal."""
    file = load_model("blazeface-back", "detector")
    detector, _ = open_detector(file, "cpu")
    watchful, _ = open_detector(file, "cpu", min_score=0.15, input_size=384)
    found = list(candidates(detector, samples, watchful))
    kinds = np.array([each.kind for each in found])
    networks = []
    for name in models:
        landmarker, _ = open_landmarker(load_model(name, "landmarks"), "cpu")
        networks.append(Measured(name, *confidences(landmarker, found)))
    choice = choose(networks, kinds)
    lines = [table(each, kinds) for each in networks]
    lines.append(
        f"min_confidence {choice:g}: the highest at which every network keeps {KEPT:.0%} of the cut-off faces with "
        f"right points that it keeps at {LOWEST:g}"
    )
    lowest = min(float(each.confidence[kinds == "whole"].min()) for each in networks)
    lines.append(f"lowest confidence of a whole face: {lowest:.3f}")
    return "\n".join(lines)


def choose(networks: Sequence[Measured], kinds: NDArray[np.str_]) -> float:
    """Return the largest threshold that keeps enough of the faces, as the module's docstring defines."""

    def kept(each: Measured, threshold: float) -> int:
        right = (kinds == "cut off") & (each.error < RIGHT_POINTS)
        return int((each.confidence[right] >= threshold).sum())

    good = [
        threshold
        for threshold in THRESHOLDS
        if all(kept(each, threshold) >= KEPT * kept(each, LOWEST) for each in networks)
    ]
    return max(good)


def table(measured: Measured, kinds: NDArray[np.str_]) -> str:
    """Return which share of each kind passes each threshold, for one network."""
    right = measured.error < RIGHT_POINTS
    groups = {
        "whole faces": kinds == "whole",
        "cut off, points right": (kinds == "cut off") & right,
        "cut off, points wrong": (kinds == "cut off") & ~right,
        "no faces": kinds == "no face",
    }
    lines = [f"{measured.name:<26}{'found':>8}" + "".join(f"{f'>= {each:g}':>9}" for each in THRESHOLDS)]
    for title, chosen in groups.items():
        shares = [np.mean(measured.confidence[chosen] >= each) if chosen.any() else np.nan for each in THRESHOLDS]
        lines.append(f"  {title:<24}{chosen.sum():>8}" + "".join(f"{each:>9.1%}" for each in shares))
    return "\n".join(lines)


def first_faces(samples: Sequence[Sample]) -> str:
    """Count the photographs of several faces in which the annotated one is first, by each order."""
    several = 0
    first = dict.fromkeys(ORDERS, 0)
    with Predictor(device="cpu") as predictor:
        for sample in tqdm(samples, desc="first faces", unit="photograph", leave=False):
            faces = predictor(read_image(sample.image))
            if len(faces) < 2 or not any(is_match(face.box, sample.points) for face in faces):
                continue
            several += 1
            for order in ORDERS:
                first[order] += is_match(Selection(order=order).sorted(faces)[0].box, sample.points)
    shares = ", ".join(f"{count} by {order}" for order, count in first.items())
    return f"of {several} photographs with several faces the annotated one is first in {shares}"
