"""Hard examples: places that a detector takes for a face, and faces that it finds with a low score or not at all.

Shrivastava et al., "Training Region-based Object Detectors with Online Hard Example Mining", 2016 (arXiv:1604.03540).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.detector.data.labels import FaceLabels
from export.detector.data.pictures import PictureSet
from runtime.detection import iou
from runtime.media.files import replacing

LEAST_SCORE = 0.25
"""Lowest score of a box that counts as a hard negative."""

MOST = 12
"""Largest number of hard negatives of one picture; the best-scored ones are kept."""

APART = 0.02
"""Largest share of a hard negative's area that any labelled face may cover."""

SAME = 0.4
"""Intersection over union at and above which a box finds a face."""

Finder = Callable[[NDArray[np.uint8]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""A picture (H, W, 3) uint8 BGR -> boxes (M, 4) xyxy in pixels from the top-left corner, and scores (M,)."""


@dataclass(frozen=True, slots=True)
class Mined:
    """What a detector finds in a labelled picture.

    Attributes:
        negatives: (K, 4) float32 xyxy of hard negatives, the best-scored first.
        found: (G,) float32, the highest score with which each labelled face is found; 0 if it is not.
    """

    negatives: NDArray[np.float32]
    found: NDArray[np.float32]


def mine(finders: Sequence[Finder], image: NDArray[np.uint8], labels: FaceLabels) -> Mined:
    """Compare detectors with a picture's labels.

    Args:
        finders: the detectors, one an input size.
        image: (H, W, 3) uint8 BGR.
        labels: the picture's faces, certain and doubtful; hard negatives lie away from all of them.
    """
    results = [find(image) for find in finders]
    boxes = np.concatenate([each[0] for each in results])
    scores = np.concatenate([each[1] for each in results])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = ((middles > 0) & (middles < image.shape[1::-1])).all(axis=1)
    wrong = (scores >= LEAST_SCORE) & inside & (_covered(boxes, labels.boxes) <= APART)
    order = np.flatnonzero(wrong)[np.argsort(-scores[wrong], kind="stable")]
    found = [float((scores * (iou(box, boxes) >= SAME)).max(initial=0.0)) for box in labels.boxes.astype(np.float64)]
    return Mined(boxes[order[:MOST]].astype(np.float32), np.array(found, np.float32))


def mine_set(finders: Sequence[Finder], pictures: PictureSet, labels: Sequence[FaceLabels], path: Path) -> int:
    """Write what detectors find in a set's labelled pictures to ``path`` (``.npz``); return the hard negatives."""
    mined = [
        mine(finders, pictures[index], each)
        for index, each in enumerate(tqdm(labels, desc=path.stem, unit="picture", mininterval=5))
    ]
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file,
            names=np.array(pictures.names[: len(mined)]),
            counts=np.array([len(each.negatives) for each in mined], np.int64),
            negatives=np.concatenate([np.zeros((0, 4), np.float32), *(each.negatives for each in mined)]),
            faces=np.array([len(each.found) for each in mined], np.int64),
            found=np.concatenate([np.zeros(0, np.float32), *(each.found for each in mined)]),
        )
    return sum(len(each.negatives) for each in mined)


def read_mined(path: Path, pictures: PictureSet, labels: Sequence[FaceLabels]) -> list[Mined]:
    """Read the hard examples of the first pictures of a set; an empty list if there is no such file.

    Raises:
        ValueError: they are of other pictures or labels.
    """
    if not path.is_file():
        return []
    with np.load(path) as table:
        names, negatives, found = table["names"], table["negatives"], table["found"]
        counts, faces = table["counts"], table["faces"]
    if names.tolist() != list(pictures.names[: len(names)]) or faces.tolist() != [
        len(each) for each in labels[: len(faces)]
    ]:
        raise ValueError(f"{path}: hard examples of other pictures or labels; delete it and mine again")
    parts = zip(np.split(negatives, np.cumsum(counts)[:-1]), np.split(found, np.cumsum(faces)[:-1]), strict=True)
    return [Mined(boxes, scores) for boxes, scores in parts]


def _covered(boxes: NDArray[np.float64], faces: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the largest share of each box (M, 4) that one of the faces (G, 4) covers (M,)."""
    if not len(faces):
        return np.zeros(len(boxes))
    low, high = np.maximum(boxes[:, None, :2], faces[None, :, :2]), np.minimum(boxes[:, None, 2:], faces[None, :, 2:])
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    shared = np.clip(high - low, 0, None).prod(axis=2) / np.maximum(area, 1e-6)[:, None]
    return shared.max(axis=1)  # type: ignore[no-any-return]
