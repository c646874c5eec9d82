"""Hard negatives: places without a face that a detector takes for one (Shrivastava et al. 2016, arXiv:1604.03540)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.detector.data.labels import FaceLabels
from export.detector.data.pictures import PictureSet
from runtime.media.files import replacing

LEAST_SCORE = 0.25
"""Lowest score of a box that counts as a hard negative."""

MOST = 12
"""Largest number of hard negatives of one picture; the best-scored ones are kept."""

APART = 0.02
"""Largest share of a hard negative's area that any labelled face may cover."""

Finder = Callable[[NDArray[np.uint8]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""A picture (H, W, 3) uint8 BGR -> boxes (M, 4) xyxy in pixels from the top-left corner, and scores (M,)."""


def false_boxes(finders: Sequence[Finder], image: NDArray[np.uint8], labels: FaceLabels) -> NDArray[np.float32]:
    """Return the boxes (K, 4) xyxy of a picture that detectors take for faces, away from all labelled faces.

    Args:
        finders: the detectors, one an input size.
        image: (H, W, 3) uint8 BGR.
        labels: the picture's faces, certain and doubtful.
    """
    found = [find(image) for find in finders]
    boxes = np.concatenate([each[0] for each in found])
    scores = np.concatenate([each[1] for each in found])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = ((middles > 0) & (middles < image.shape[1::-1])).all(axis=1)
    wrong = (scores >= LEAST_SCORE) & inside & (_covered(boxes, labels.boxes) <= APART)
    order = np.flatnonzero(wrong)[np.argsort(-scores[wrong], kind="stable")]
    return boxes[order[:MOST]].astype(np.float32)


def mine_set(finders: Sequence[Finder], pictures: PictureSet, labels: Sequence[FaceLabels], path: Path) -> int:
    """Write the hard negatives of a set's labelled pictures to ``path`` (``.npz``); return their number."""
    found = [
        false_boxes(finders, pictures[index], each)
        for index, each in enumerate(tqdm(labels, desc=path.stem, unit="picture", mininterval=5))
    ]
    boxes = np.concatenate([np.zeros((0, 4), np.float32), *found])
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file,
            names=np.array(pictures.names[: len(found)]),
            counts=np.array([len(each) for each in found], np.int64),
            boxes=boxes,
        )
    return len(boxes)


def read_mined(path: Path, pictures: PictureSet) -> list[NDArray[np.float32]]:
    """Read the hard negatives (K, 4) of the first pictures of a set; an empty list if there is no such file.

    Raises:
        ValueError: they are of other pictures.
    """
    if not path.is_file():
        return []
    with np.load(path) as table:
        names, counts, boxes = table["names"], table["counts"], table["boxes"]
    if tuple(names.tolist()) != pictures.names[: len(names)]:
        raise ValueError(f"{path}: hard negatives of other pictures; delete it and mine again")
    ends = np.cumsum(counts)
    return [boxes[end - count : end] for end, count in zip(ends, counts, strict=True)]


def _covered(boxes: NDArray[np.float64], faces: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the largest share of each box (M, 4) that one of the faces (G, 4) covers (M,)."""
    if not len(faces):
        return np.zeros(len(boxes))
    low, high = np.maximum(boxes[:, None, :2], faces[None, :, :2]), np.minimum(boxes[:, None, 2:], faces[None, :, 2:])
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    shared = np.clip(high - low, 0, None).prod(axis=2) / np.maximum(area, 1e-6)[:, None]
    return shared.max(axis=1)  # type: ignore[no-any-return]
