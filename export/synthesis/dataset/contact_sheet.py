"""Contact sheets: many faces on one picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from export.annotations import load_synthetic, read_labels
from export.synthesis.dataset.files import encode
from export.synthesis.dataset.generators import FaceGenerator
from runtime.media.files import write_bytes

COLUMNS = 6
TILES = 24
GAP = 2
SHIFT = 4
"""Fractional bits of the coordinates that OpenCV draws at."""


class Tile(NamedTuple):
    """A face on a contact sheet.

    Attributes:
        image: (S, S, 3) uint8 BGR.
        points: (68, 2) x, y in pixels.
        hidden: (68,) bool, whether each point is hidden.
    """

    image: NDArray[np.uint8]
    points: NDArray[np.floating]
    hidden: NDArray[np.bool_]


def read_faces(folder: Path, count: int) -> Iterator[Tile]:
    """Read the first faces of a folder that ``synthesize`` wrote."""
    hidden = read_labels(folder)["hidden"]
    for face, covered in zip(load_synthetic(folder, count), hidden, strict=False):
        yield Tile(face.image, face.points[:, :2], covered)


def sample_faces(generator: FaceGenerator, seed: int, count: int) -> Iterator[Tile]:
    """Generate the first faces of a seed."""
    for index in range(count):
        sample = generator.sample(seed, index)
        yield Tile(sample.image, sample.points, sample.hidden)


def write_sheet(path: Path, tiles: Iterable[Tile]) -> None:
    """Write a contact sheet as a ``.png`` or ``.jpg`` file.

    Raises:
        ValueError: another kind of file, or no face.
    """
    if (kind := path.suffix.lower()) not in (".png", ".jpg"):
        raise ValueError(f"{path}: a contact sheet is a .png or a .jpg file")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, encode(contact_sheet(list(tiles)), kind[1:]))


def contact_sheet(tiles: Sequence[Tile], columns: int = COLUMNS) -> NDArray[np.uint8]:
    """Lay out faces in rows of ``columns``; every second one with its points, hidden ones as rings.

    Raises:
        ValueError: there is no face, or they are of different sizes.
    """
    if not tiles:
        raise ValueError("a contact sheet needs at least 1 face")
    if len(sizes := {tile.image.shape for tile in tiles}) > 1:
        raise ValueError(f"faces of different sizes {sorted(sizes)} do not make one sheet")
    height, width = tiles[0].image.shape[:2]
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), 255, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // columns * (height + GAP), index % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = draw_points(tile) if index % 2 else tile.image
    return sheet


def draw_points(tile: Tile) -> NDArray[np.uint8]:
    """Draw a green dot on each visible point and a red ring around each hidden one, on a copy of the face."""
    drawn = tile.image.copy()
    for (x, y), covered in zip(tile.points.tolist(), tile.hidden.tolist(), strict=True):
        centre = (round(x * 2**SHIFT), round(y * 2**SHIFT))
        if covered:
            cv2.circle(drawn, centre, 2 << SHIFT, (60, 60, 255), 1, cv2.LINE_AA, SHIFT)
        else:
            cv2.circle(drawn, centre, 20, (90, 255, 90), -1, cv2.LINE_AA, SHIFT)
    return drawn
