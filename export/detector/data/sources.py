"""Sources of training and validation composites: labelled sets of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.data import held_out, load_scenery
from export.detector.data.labels import FaceLabels
from export.detector.data.mining import Mined, read_mined
from export.detector.data.pictures import TEST_PREFIX, PictureSet, open_pictures, shrink_pictures
from export.detector.data.teachers import read_labels

SCENES = ("oid", "oid2", "coco")
"""Folders of photographs in which people may be small."""

PORTRAITS = ("fairface",)
"""Folders of pictures that one face fills."""

SMALL = 112
"""Longer side in pixels of the small copies of portraits."""

EASIEST = 0.15
"""Importance of a face that is found with a score of 1; one that is missed has 1 more."""

PLAIN = ("clothing", "places")
"""Folders of pictures with few faces."""


@dataclass(frozen=True)
class Source:
    """A part of the labelled pictures of one set.

    Attributes:
        pictures: the whole set.
        labels: labels of each of its pictures.
        index: (M,) indices of the pictures of this part.
        small: copies of the set at a smaller size, if there are any.
        mined: hard examples of the set's first pictures, if any were mined.
    """

    pictures: PictureSet
    labels: list[FaceLabels]
    index: NDArray[np.intp]
    small: PictureSet | None = None
    mined: Sequence[Mined] = ()

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, number: int) -> tuple[NDArray[np.uint8], FaceLabels]:
        """Return a picture (H, W, 3) uint8 BGR, which must not be written to, and its labels."""
        index = int(self.index[number])
        return self.pictures[index], self.labels[index]

    def shrunk(self, number: int) -> tuple[NDArray[np.uint8], FaceLabels]:
        """Return the small copy of a picture and its labels; the picture itself if there is no copy."""
        if self.small is None:
            return self[number]
        index = int(self.index[number])
        picture = self.small[index]
        height, width = picture.shape[:2] / self.pictures.shapes[index]
        return picture, self.labels[index].warped(np.array([[width, 0.0, 0.0], [0.0, height, 0.0]]))

    def where(self, keep: NDArray[np.bool_]) -> Source:
        """Select the pictures of a mask (M,)."""
        return replace(self, index=self.index[keep])

    def importance(self, number: int) -> NDArray[np.float64]:
        """Return how often each face of a picture (G,) is to be shown, relative to others: the harder, the oftener."""
        index = int(self.index[number])
        if index >= len(self.mined):
            return np.ones(len(self.labels[index]))
        return EASIEST + np.square(1.0 - self.mined[index].found.astype(np.float64))

    def hard_negatives(self) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return the hard negatives of this part: numbers of their pictures (K,) and boxes (K, 4)."""
        mined = [
            (number, self.mined[index].negatives) for number, index in enumerate(self.index) if index < len(self.mined)
        ]
        numbers = np.repeat([number for number, _ in mined], [len(boxes) for _, boxes in mined]).astype(np.intp)
        return numbers, np.concatenate([np.zeros((0, 4), np.float32), *(boxes for _, boxes in mined)])


@dataclass(frozen=True)
class Sources:
    """Sources of composites, by kind.

    Attributes:
        scenes: photographs with faces in them.
        portraits: pictures that one face fills, with a certain label.
        plain: pictures without a face.
    """

    scenes: tuple[Source, ...]
    portraits: tuple[Source, ...]
    plain: tuple[Source, ...]


def open_sources(folder: Path, cache: Path, validation: bool) -> Sources:
    """Open the training or validation part of the sets of ``folder`` that are labelled in ``cache``.

    Raises:
        FileNotFoundError: no scenes or no portraits are labelled.
    """
    scenes = _labelled(folder, cache, validation, SCENES)
    portraits = _labelled(folder, cache, validation, PORTRAITS, SMALL)
    for names, found in ((SCENES, scenes), (PORTRAITS, portraits)):
        if not found:
            raise FileNotFoundError(
                f"{cache}: no labels of {' or '.join(names)}; `python -m export detector label` makes them"
            )
    plain = [part.where(_count(part) == 0) for part in scenes + _labelled(folder, cache, validation, PLAIN)]
    return Sources(
        tuple(part.where(_count(part, certain=True) > 0) for part in scenes),
        tuple(part.where(_count(part, certain=True) > 0) for part in portraits),
        (*(part for part in plain if len(part)), *(() if validation else (_scenery(),))),
    )


def promote(labels: FaceLabels, shape: NDArray[np.int64]) -> FaceLabels:
    """Make the largest doubtful face of a portrait of ``shape`` (height, width) certain, if none is.

    Every portrait shows a face; the teachers doubt mostly profiles and covered faces. The face must span half of the
    picture. Its keypoints are not used for training.
    """
    if labels.certain.any() or not len(labels) or labels.sides.max() < shape.max() / 2:
        return labels
    largest = np.arange(len(labels)) == labels.sides.argmax()
    return replace(labels, known=labels.known & ~largest, certain=largest)


def _labelled(folder: Path, cache: Path, validation: bool, names: Sequence[str], small: int = 0) -> list[Source]:
    return [_open(folder / name, cache, validation, small) for name in names if label_file(cache, name).is_file()]


def label_file(cache: Path, name: str) -> Path:
    """Return the file of a set's labels."""
    return cache / f"{name}.labels.npz"


def mined_file(cache: Path, name: str) -> Path:
    """Return the file of a set's hard negatives."""
    return cache / f"{name}.mined.npz"


def _count(part: Source, certain: bool = False) -> NDArray[np.intp]:
    """Count the faces of each picture (M,), all of them or only the ``certain`` ones."""
    labels = [part.labels[index] for index in part.index]
    return np.array([each.certain.sum() if certain else len(each) for each in labels], np.intp)


def _open(folder: Path, cache: Path, validation: bool, small: int = 0) -> Source:
    pictures = open_pictures(folder, cache)
    labels = read_labels(label_file(cache, folder.name), pictures)
    if folder.name in PORTRAITS:
        labels = [promote(each, pictures.shapes[index]) for index, each in enumerate(labels)]
    names = pictures.names[: len(labels)]
    wanted = [
        index
        for index, name in enumerate(names)
        if held_out(name) == validation and not (folder.name in PORTRAITS and name.startswith(TEST_PREFIX))
    ]
    copies = shrink_pictures(pictures, cache, folder.name, small) if small else None
    mined = read_mined(mined_file(cache, folder.name), pictures, labels)
    return Source(pictures, labels, np.array(wanted, np.intp), copies, mined)


def _scenery() -> Source:
    """Open scikit-image's pictures without people; the cat's face counts as background."""
    pictures = load_scenery()
    return Source(PictureSet.of(pictures), [FaceLabels.none()] * len(pictures), np.arange(len(pictures)))
