"""Sets of pictures, decoded once into one memory-mapped file that all processes share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.data import read_image
from runtime.media.files import replacing

Picture = NDArray[np.uint8]

LONGEST = 1024
"""Longer side in pixels up to which pictures are not resized."""

SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class PictureSet:
    """Decoded pictures.

    Attributes:
        names: file names, sorted.
        shapes: (N, 2) int64, height and width.
        starts: (N,) int64, offset of each picture in ``pixels``.
        pixels: uint8 pixels of all pictures, concatenated.
    """

    names: tuple[str, ...]
    shapes: NDArray[np.int64]
    starts: NDArray[np.int64]
    pixels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Return a picture (H, W, 3) uint8 BGR; a view that must not be written to."""
        height, width = self.shapes[index]
        start = self.starts[index]
        return self.pixels[start : start + height * width * 3].reshape(height, width, 3)

    @classmethod
    def of(cls, pictures: Sequence[NDArray[np.uint8]]) -> PictureSet:
        """Make a set of pictures (H, W, 3) uint8 in memory."""
        shapes = np.array([each.shape[:2] for each in pictures], np.int64).reshape(-1, 2)
        return cls(
            tuple(f"{number:06d}" for number in range(len(pictures))),
            shapes,
            _starts(shapes),
            np.concatenate([each.ravel() for each in pictures]),
        )


def open_pictures(folder: Path, cache: Path, longest: int = LONGEST) -> PictureSet:
    """Open the pictures of a folder; they are decoded into ``cache`` first if they are not there yet.

    Args:
        folder: folder with ``.jpg``, ``.jpeg`` or ``.png`` files.
        cache: folder for ``NAME.pixels`` and ``NAME.npz``, NAME being the folder's.
        longest: longest side in pixels; larger pictures are resized to it.

    Raises:
        FileNotFoundError: there is no picture in ``folder``, which is only read if the cache is missing.
    """
    return _kept(cache, folder.name, lambda: _decoded(folder), longest)


def shrink_pictures(pictures: PictureSet, cache: Path, name: str, longest: int) -> PictureSet:
    """Return copies with a longer side of at most ``longest`` pixels, stored in ``cache`` as ``NAME-LONGEST``."""
    images = ((name, pictures[index]) for index, name in enumerate(pictures.names))
    return _kept(cache, f"{name}-{longest}", lambda: images, longest)


TEST_PREFIX = "val_"
"""Beginning of the names of FairFace's own validation split, which recall is reported on: nothing learns from it."""


def _starts(shapes: NDArray[np.int64]) -> NDArray[np.int64]:
    ends = np.cumsum(shapes.prod(axis=1) * 3)
    return np.concatenate([[0], ends[:-1]]).astype(np.int64)


def _kept(cache: Path, name: str, images: Callable[[], Iterable[tuple[str, Picture]]], longest: int) -> PictureSet:
    """Open the set ``name`` of ``cache``; write it first if it is missing."""
    index, pixels = cache / f"{name}.npz", cache / f"{name}.pixels"
    if not (index.is_file() and pixels.is_file()):
        cache.mkdir(parents=True, exist_ok=True)
        _write(images(), index, pixels, longest)
    with np.load(index) as table:
        names, shapes = tuple(table["names"].tolist()), table["shapes"]
    return PictureSet(names, shapes, _starts(shapes), np.memmap(pixels, np.uint8, "r"))


def _write(images: Iterable[tuple[str, Picture]], index: Path, pixels: Path, longest: int) -> None:
    names, shapes = [], []
    with replacing(pixels) as part, part.open("wb") as file:
        for name, image in tqdm(images, desc=pixels.stem, unit="picture", mininterval=5):
            scale = longest / max(image.shape[:2])
            if scale < 1:
                image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
            names.append(name)
            shapes.append(image.shape[:2])
            file.write(np.ascontiguousarray(image).tobytes())
    with replacing(index) as part, part.open("wb") as file:
        np.savez(file, names=np.array(names), shapes=np.array(shapes, np.int64))


def _decoded(folder: Path) -> Iterable[tuple[str, Picture]]:
    paths = sorted(each for each in folder.glob("*") if each.suffix.lower() in SUFFIXES)
    if not paths:
        raise FileNotFoundError(f"{folder}: no pictures; see docs/training.md for their sources")
    for path in paths:
        # collections contain broken files; they are skipped
        with suppress(ValueError):
            yield path.name, read_image(path)
