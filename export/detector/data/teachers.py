"""Labels of pictures without annotations, from networks: YuNet and the open landmark network.

YuNet processes every picture at several scales, some mirrored. A face is certain if its mean score over the views is
high. The landmark network refines the keypoints and marks faces as doubtful that it gives a low confidence. Doubtful
places are ignored in training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.detector.data.labels import MIRROR, SURE, FaceLabels
from export.detector.data.pictures import PictureSet
from export.detector.data.yunet import YuNet
from runtime.detection import iou
from runtime.engine import load_model, open_session
from runtime.landmarks import LEFT_EYE, RIGHT_EYE, Landmarker, Region, region_from_points
from runtime.media.files import replacing

SCENE_VIEWS = ((384, False), (640, False), (640, True), (1024, False), (1024, True), (1536, False))
"""Longer side in pixels, and whether the view is mirrored."""

PLAIN_VIEWS = ((256, False), (512, True))
"""The same for pictures with few faces; fewer views suffice, because pictures with doubtful places are left out."""

PORTRAIT_VIEWS = ((128, False), (224, True))
"""The same for pictures that one face fills, which get a margin."""

SMALLEST, LARGEST = 9.0, 400.0
"""Smallest and largest longer side of a face, in pixels of a view, for which YuNet's score counts."""

DOUBTFUL = 0.15
"""Mean score over the views below which a place is background."""

SAME = 0.4
"""Intersection over union at and above which two boxes are the same face."""

LANDMARK_SIDE = 24
"""Shortest longer side of a face, in pixels, for which the landmark network runs."""

NO_FACE, SURE_LANDMARKS = 0.1, 0.6
"""Confidence of the landmark network below which a face is doubtful, and at and above which its points are used."""

AGREEMENT = 0.12
"""Mean distance between the keypoints of both teachers, as a fraction of the box's side, up to which they agree."""


@dataclass(frozen=True, slots=True)
class TeacherView:
    """Transformation of a picture into a view: scale, margin, then mirroring.

    Attributes:
        scale: view pixels per picture pixel.
        mirrored: whether left and right are exchanged.
        margin: pixels added on each side.
        width: width of the view in pixels.
    """

    scale: float
    mirrored: bool
    margin: int
    width: int

    def back(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map boxes and keypoints (M, 14) from the view to the picture."""
        points = found.reshape(-1, 7, 2).copy()
        if self.mirrored:
            points[..., 0] = self.width - points[..., 0]
            points[:, [0, 1], 0] = points[:, [1, 0], 0]
            points[:, 2:] = points[:, 2:][:, list(MIRROR)]
        return ((points - self.margin) / self.scale).reshape(-1, 14)


class Teacher:
    """YuNet and the landmark network as teachers."""

    def __init__(self, yunet: Path, landmarks: str = "full") -> None:
        """Load the networks.

        Args:
            yunet: YuNet's ONNX file.
            landmarks: name or path of an open landmark network.
        """
        self._yunet = YuNet(yunet)
        self._landmarker = Landmarker(open_session(load_model(landmarks, "landmarks"), "cpu", 1))

    def scene(self, image: NDArray[np.uint8]) -> FaceLabels:
        """Label a picture (H, W, 3) uint8 BGR whose faces may be small."""
        return self._label(image, SCENE_VIEWS, 0)

    def plain(self, image: NDArray[np.uint8]) -> FaceLabels:
        """Label a picture (H, W, 3) uint8 BGR that should have no face."""
        return self._label(image, PLAIN_VIEWS, 0)

    def portrait(self, image: NDArray[np.uint8]) -> FaceLabels:
        """Label a picture (H, W, 3) uint8 BGR that one face fills."""
        return self._label(image, PORTRAIT_VIEWS, 2)

    def _label(self, image: NDArray[np.uint8], views: Sequence[tuple[int, bool]], margin: int) -> FaceLabels:
        height, width = image.shape[:2]
        found, shown = [], []
        for longest, mirrored in views:
            scale = longest / max(height, width)
            way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            seen = cv2.resize(image, None, fx=scale, fy=scale, interpolation=way) if scale != 1 else image
            border = longest // 4 * (margin > 0)
            if border:
                seen = cv2.copyMakeBorder(seen, border, border, border, border, cv2.BORDER_REPLICATE)
            if mirrored:
                seen = seen[:, ::-1]
            ((boxes, scores),) = self._yunet(np.ascontiguousarray(seen)[None])  # type: ignore[arg-type]
            found.append((TeacherView(scale, mirrored, border, seen.shape[1]).back(boxes), scores))
            shown.append(scale)
        return self._refine(image, *merge_views(found, shown))

    def _refine(self, image: NDArray[np.uint8], rows: NDArray[np.float64], means: NDArray[np.float64]) -> FaceLabels:
        """Label from merged rows (M, 14) and their mean scores (M,); the landmark network refines the result."""
        count = len(rows)
        boxes, keypoints = rows[:, :4], rows[:, 4:].reshape(-1, 5, 2).copy()
        sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
        certain, known, scores = means >= SURE, means >= SURE, means.copy()
        asked = np.flatnonzero(sides >= LANDMARK_SIDE)
        if asked.size:
            regions = [_region(boxes[index], keypoints[index]) for index in asked]
            first = self._landmarker(image, regions)
            second = self._landmarker(image, [region_from_points(points) for points in first.points])
            for index, points, confidence in zip(asked, second.points, second.confidence, strict=True):
                if confidence < NO_FACE:
                    certain[index] &= means[index] >= (1 + SURE) / 2
                    scores[index] *= 0.5
                    continue
                refined = five_points(points[:, :2]) + 0.5
                distance = float(np.linalg.norm(refined - keypoints[index], axis=1).mean()) / sides[index]
                if confidence >= SURE_LANDMARKS and distance <= AGREEMENT:
                    keypoints[index] = refined
        labels = FaceLabels(
            boxes.astype(np.float32), keypoints.astype(np.float32), known, certain, scores.astype(np.float32)
        )
        assert len(labels) == count
        return labels


def merge_views(
    found: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], scales: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Merge the detections of several views of one picture.

    Args:
        found: for each view rows (M, 14) in the picture's pixels and scores (M,).
        scales: view pixels per picture pixel, for each view.

    Returns:
        Rows (K, 14), averages weighted by score, and the mean score (K,) over the views in which the face has a size
        that YuNet detects; a view without it counts 0. Rows with a mean below ``DOUBTFUL`` are left out.
    """
    rows, scores = np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])
    views = np.repeat(np.arange(len(found)), [len(each[1]) for each in found])
    order = np.argsort(-scores, kind="stable")
    merged, means = [], []
    while order.size:
        group = iou(rows[order[0], :4], rows[order, :4]) >= SAME
        group[0] = True
        members = order[group]
        order = order[~group]
        row = scores[members] @ rows[members] / scores[members].sum()
        side = float((row[2:4] - row[:2]).max())
        able = [view for view, scale in enumerate(scales) if SMALLEST <= side * scale <= LARGEST]
        best = [scores[members[views[members] == view]].max(initial=0.0) for view in able]
        mean = float(np.mean(best)) if best else 0.0
        if mean >= DOUBTFUL:
            merged.append(row)
            means.append(mean)
    return np.array(merged).reshape(-1, rows.shape[1]), np.array(means)


def five_points(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Compute keypoints (5, 2) from points (68, 2): middles of the eyes, nose tip, corners of the mouth."""
    eyes = [points[RIGHT_EYE].mean(axis=0), points[LEFT_EYE].mean(axis=0)]
    return np.stack([*eyes, points[30], points[48], points[54]]).astype(np.float64)


def label_set(
    ask: Callable[[NDArray[np.uint8]], FaceLabels], pictures: PictureSet, path: Path, every: int = 500
) -> None:
    """Label the pictures of a set into ``path``; a stopped run continues after the labels in the file.

    Args:
        ask: function that labels a picture, such as :meth:`Teacher.scene`.
        pictures: the set.
        path: ``.npz`` file of the labels.
        every: number of pictures after which the file is written.
    """
    done = read_labels(path, pictures) if path.is_file() else []
    for index in tqdm(range(len(done), len(pictures)), desc=path.stem, unit="picture", mininterval=10):
        done.append(ask(pictures[index]))
        if (index + 1) % every == 0:
            write_labels(path, pictures, done)
    write_labels(path, pictures, done)


def write_labels(path: Path, pictures: PictureSet, labels: Sequence[FaceLabels]) -> None:
    """Write the labels of the first ``len(labels)`` pictures of a set."""
    table = FaceLabels.join(labels)
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file,
            names=np.array(pictures.names[: len(labels)]),
            counts=np.array([len(each) for each in labels]),
            boxes=table.boxes,
            keypoints=table.keypoints,
            known=table.known,
            certain=table.certain,
            scores=table.scores,
        )


def read_labels(path: Path, pictures: PictureSet) -> list[FaceLabels]:
    """Read the labels of the first pictures of a set, as many as the file holds.

    Raises:
        ValueError: the labels are of other pictures, or of a version that kept no scores.
    """
    with np.load(path) as table:
        if "scores" not in table:
            raise ValueError(f"{path}: labels without the teachers' scores; delete it and label again")
        names, counts = table["names"], table["counts"]
        everything = FaceLabels(*(table[name] for name in ("boxes", "keypoints", "known", "certain", "scores")))
    if tuple(names.tolist()) != pictures.names[: len(names)]:
        raise ValueError(f"{path}: labels of other pictures; delete it and label again")
    ends = np.cumsum(counts)
    return [everything.take(np.arange(end - count, end)) for end, count in zip(ends, counts, strict=True)]


def _region(box: NDArray[np.float64], keypoints: NDArray[np.float64]) -> Region:
    """Compute the landmark network's region of interest from a box and its keypoints."""
    across = keypoints[1] + keypoints[4] - keypoints[0] - keypoints[3]
    rotation = math.atan2(across[1], across[0])
    side = float((box[2:] - box[:2]).max())
    middle = (box[:2] + box[2:]) / 2 + 0.06 * side * np.array([-math.sin(rotation), math.cos(rotation)]) - 0.5
    return Region(float(middle[0]), float(middle[1]), 1.2 * side, rotation)
