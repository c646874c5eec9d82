"""The pictures and labels that training and validation composites are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.data.scenery import scenery
from export.detector.data.labels import FaceLabels
from export.detector.data.pictures import PictureSet, held_out, open_pictures, shrink_pictures
from export.detector.data.teachers import read_labels

SCENES = ("oid", "coco")
"""Folders of photographs in which people may be small."""

PORTRAITS = ("fairface",)
"""Folders of pictures that one face fills."""

SMALL = 112
"""Longer side in pixels of the small copies of portraits."""

PLAIN = ("clothing",)
"""Folders of pictures with hardly a face."""


@dataclass(frozen=True)
class Source:
    """A part of the labelled pictures of one set.

    Attributes:
        pictures: the whole set.
        labels: of each of its pictures.
        index: (M,) the pictures of this part.
        small: the same set with pictures of a smaller size, where there is one.
    """

    pictures: PictureSet
    labels: list[FaceLabels]
    index: NDArray[np.intp]
    small: PictureSet | None = None

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, number: int) -> tuple[NDArray[np.uint8], FaceLabels]:
        """Picture (H, W, 3) uint8 BGR, not to be written to, and its faces."""
        index = int(self.index[number])
        return self.pictures[index], self.labels[index]

    def shrunk(self, number: int) -> tuple[NDArray[np.uint8], FaceLabels]:
        """The same from the set of a smaller size, where there is one."""
        if self.small is None:
            return self[number]
        index = int(self.index[number])
        picture = self.small[index]
        height, width = picture.shape[:2] / self.pictures.shapes[index]
        return picture, self.labels[index].warped(np.array([[width, 0.0, 0.0], [0.0, height, 0.0]]))

    def where(self, keep: NDArray[np.bool_]) -> Source:
        """The pictures for which ``keep`` (M,) holds."""
        return Source(self.pictures, self.labels, self.index[keep], self.small)


@dataclass(frozen=True)
class Sources:
    """What composites are made of.

    Attributes:
        scenes: photographs with faces in them.
        portraits: pictures that one face fills, with a sure label.
        plain: pictures without a face.
    """

    scenes: tuple[Source, ...]
    portraits: tuple[Source, ...]
    plain: tuple[Source, ...]


def open_sources(folder: Path, cache: Path, validation: bool) -> Sources:
    """The training part or the validation part of the sets of ``folder`` that are labelled in ``cache``.

    Raises:
        FileNotFoundError: no scenes or no portraits are labelled.
    """
    scenes = _labelled(folder, cache, validation, SCENES)
    portraits = _labelled(folder, cache, validation, PORTRAITS, SMALL)
    for names, found in ((SCENES, scenes), (PORTRAITS, portraits)):
        if not found:
            raise FileNotFoundError(f"{cache}: no labels of {' or '.join(names)}; `python -m export.detector label`")
    plain = [part.where(_count(part) == 0) for part in scenes + _labelled(folder, cache, validation, PLAIN)]
    return Sources(
        tuple(part.where(_count(part, certain=True) > 0) for part in scenes),
        tuple(part.where(_count(part, certain=True) > 0) for part in portraits),
        (*(part for part in plain if len(part)), *(() if validation else (_scenery(),))),
    )


def promote(labels: FaceLabels, shape: NDArray[np.int64]) -> FaceLabels:
    """Labels of a portrait of ``shape`` (height, width), which has a face whatever the teachers doubt.

    Where no place is certain, the largest doubtful one becomes it if it fills half of the picture; its keypoints are
    not learnt. They are profiles and covered faces for the most part.
    """
    if labels.certain.any() or not len(labels) or labels.sides.max() < shape.max() / 2:
        return labels
    largest = np.arange(len(labels)) == labels.sides.argmax()
    return FaceLabels(labels.boxes, labels.keypoints, labels.known & ~largest, largest)


def _labelled(folder: Path, cache: Path, validation: bool, names: Sequence[str], small: int = 0) -> list[Source]:
    return [_open(folder / name, cache, validation, small) for name in names if _label_file(cache, name).is_file()]


def _label_file(cache: Path, name: str) -> Path:
    return cache / f"{name}.labels.npz"


def _count(part: Source, certain: bool = False) -> NDArray[np.intp]:
    """(M,) faces of each picture; with doubtful ones unless only the ``certain`` count."""
    labels = [part.labels[index] for index in part.index]
    return np.array([each.certain.sum() if certain else len(each) for each in labels], np.intp)


def _open(folder: Path, cache: Path, validation: bool, small: int = 0) -> Source:
    pictures = open_pictures(folder, cache)
    labels = read_labels(_label_file(cache, folder.name), pictures)
    if folder.name in PORTRAITS:
        labels = [promote(each, pictures.shapes[index]) for index, each in enumerate(labels)]
    wanted = [index for index in range(len(labels)) if held_out(pictures.names[index]) == validation]
    copies = shrink_pictures(pictures, cache, folder.name, small) if small else None
    return Source(pictures, labels, np.array(wanted, np.intp), copies)


def _scenery() -> Source:
    """scikit-image's pictures; the cat's face counts as none."""
    pictures = scenery()
    return Source(PictureSet.of(pictures), [FaceLabels.none()] * len(pictures), np.arange(len(pictures)))
