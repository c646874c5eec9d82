"""Reading of faces annotated with 68 points in the 300-W text format."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.paths import REPOSITORY

MIRROR = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)
"""Point i of a mirrored face is point MIRROR[i] of the original."""


OFFSET = 1.1
"""Pixels by which the annotations of HELEN and AFW lie right of the faces (medians 1.07 and 1.38, whatever the faces'
size): a predictor that treats both sides of a face alike is left of them in 86 % and 91 % of the photographs."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture file and its 68 points (68, 2) float32, zero-based pixels, pixel centres at integers."""

    image: Path
    points: NDArray[np.float32]


def data_root() -> Path:
    """Folder of the annotated photographs: ``LANDMARKS_DATA``, else ``../shared/data/real`` of the checkout."""
    return Path(os.environ.get("LANDMARKS_DATA", REPOSITORY.parent / "shared" / "data" / "real"))


def read_pts(path: Path) -> NDArray[np.float32]:
    """Points (68, 2) float32 of a ``.pts`` file, turned from 1-based to zero-based pixels.

    Raises:
        ValueError: the file is not a 300-W annotation of 68 points.
    """
    text = path.read_text(encoding="ascii", errors="replace")
    body = text.partition("{")[2].partition("}")[0].split()
    try:
        points = np.array(body, dtype=np.float32).reshape(-1, 2)
    except ValueError as error:
        raise ValueError(f"{path}: not a 300-W annotation ({error})") from None
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise ValueError(f"{path}: {len(points)} points; a 300-W annotation has 68, finite ones")
    return points - 1


def list_samples(folder: Path) -> list[Sample]:
    """The annotated pictures (``NAME.jpg`` or ``.png`` beside ``NAME.pts``) of a folder, sorted by name.

    Raises:
        FileNotFoundError: there is no such folder, or nothing annotated in it.
    """
    samples = []
    for annotation in sorted(folder.glob("*.pts")):
        for suffix in (".jpg", ".png"):
            if (picture := annotation.with_suffix(suffix)).is_file():
                samples.append(Sample(picture, read_pts(annotation)))
                break
    if not samples:
        raise FileNotFoundError(
            f"{folder}: no annotated pictures (NAME.jpg beside NAME.pts); set LANDMARKS_DATA to the folder "
            "that holds helen/, afw/ and youtube/"
        )
    return samples
