"""Folders of synthetic faces, as ``python -m export synthesize`` writes them, held in memory as encoded files."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

HOLD_OUT = 20
"""The last 20th of a folder is kept for validation, ..."""
HOLD_OUT_LIMIT = 300
"""... but no more faces than that."""


@dataclass(frozen=True, slots=True)
class SyntheticFace:
    """A rendered face; stands for a photograph wherever crops are cut.

    Attributes:
        encoded: (B,) uint8, the picture's file: 20,000 of them fit into memory, where their pixels would not.
        points: (68, 3) float32; x, y in pixels (centres at integers), z in the same unit, 0 at their mean.
    """

    encoded: NDArray[np.uint8]
    points: NDArray[np.float32]

    @property
    def annotated(self) -> bool:
        """Always: the labels are exact."""
        return True

    @property
    def image(self) -> NDArray[np.uint8]:
        """(S, S, 3) uint8 BGR, decoded at each access."""
        return cv2.imdecode(self.encoded, cv2.IMREAD_COLOR)  # type: ignore[return-value]


def read_labels(folder: Path) -> dict[str, NDArray[Any]]:
    """Read the columns of a folder's ``labels.npz``; its README.txt explains them.

    Raises:
        FileNotFoundError: there is no table.
        ValueError: the table cannot be read.
    """
    path = folder / "labels.npz"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such table; `python -m export synthesize --out {folder}` writes one")
    try:
        with np.load(path) as table:
            return dict(table)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not a readable table ({error}); delete the folder and make it again") from None


def load_synthetic(folder: Path, count: int | None = None) -> list[SyntheticFace]:
    """Load the first ``count`` faces of a folder, or all.

    Raises:
        FileNotFoundError: there is no table, or a picture is missing.
        ValueError: the folder holds fewer faces.
    """
    labels = read_labels(folder)
    points = np.concatenate([labels["points2d"], labels["points3d"][..., 2:]], axis=2)
    if count is not None and count > len(points):
        raise ValueError(f"{folder}: {len(points)} faces, {count} are asked for; `synthesize --count` adds more")
    suffix = "jpg" if (folder / "000000.jpg").is_file() else "png"
    return [
        SyntheticFace(np.fromfile(folder / f"{index:06d}.{suffix}", np.uint8), points[index])
        for index in range(len(points) if count is None else count)
    ]


def split_synthetic(folder: Path) -> tuple[list[SyntheticFace], list[SyntheticFace]]:
    """Return training and validation faces of a folder: its last 20th, at most 300, is held out."""
    faces = load_synthetic(folder)
    held_out = min(max(1, len(faces) // HOLD_OUT), HOLD_OUT_LIMIT)
    return faces[:-held_out], faces[-held_out:]
