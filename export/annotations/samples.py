"""Reading and writing of faces annotated with 68 points in the 300-W text format."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from export.paths import REPOSITORY
from runtime.face_parts import MIRRORED_POINTS

Item = TypeVar("Item")

MIRROR = np.array(MIRRORED_POINTS)
"""Point i of a mirrored face is point MIRROR[i] of the original."""


OFFSET = 1.1
"""Pixels by which the annotations of HELEN and AFW lie right of the faces (medians 1.07 and 1.38, whatever the faces'
size): a predictor that treats both sides of a face alike is left of them in 86 % and 91 % of the photographs."""


PICTURES = (".jpg", ".png", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
"""Endings of pictures; of two pictures with the same name the first kind is taken."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture file and its 68 points (68, 2) float32, zero-based pixels, pixel centres at integers."""

    image: Path
    points: NDArray[np.float32]


def data_root() -> Path:
    """Return the folder of annotated photographs: ``LANDMARKS_DATA``, else ``../shared/data/real`` of the checkout."""
    return Path(os.environ.get("LANDMARKS_DATA", REPOSITORY.parent / "shared" / "data" / "real"))


def read_pts(path: Path) -> NDArray[np.float32]:
    """Read points (68, 2) float32 of a ``.pts`` file, converted from 1-based to zero-based pixels.

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


def format_pts(points: NDArray[np.floating]) -> str:
    """Format zero-based points (68, 2) as a 300-W annotation, which counts from 1."""
    body = "\n".join(f"{x + 1:.4f} {y + 1:.4f}" for x, y in points.tolist())
    return f"version: 1\nn_points: {len(points)}\n{{\n{body}\n}}\n"


def annotated_folder(name: str | Path) -> Path:
    """Return a folder as it is, or the one of that name inside :func:`data_root`, such as ``helen/test``."""
    return Path(name) if Path(name).is_dir() else data_root() / name


def evenly_spread(items: Sequence[Item], count: int | None = None) -> list[Item]:
    """Return ``count`` of the items, evenly spread over their order; all of them if there are fewer or it is None."""
    count = min(count or len(items), len(items))
    return [items[index * len(items) // count] for index in range(count)]


def list_samples(folder: Path) -> list[Sample]:
    """List the annotated pictures of a folder, ``NAME.jpg`` (or ``.png`` and others) beside ``NAME.pts``, by name.

    Raises:
        FileNotFoundError: there is no such folder, or nothing annotated in it.
        ValueError: an annotation does not have 68 points.
    """
    pictures: dict[str, Path] = {}
    for path in sorted(folder.iterdir(), key=_preference) if folder.is_dir() else []:
        if path.suffix.lower() in PICTURES:
            pictures.setdefault(path.stem, path)
    annotations = [path for path in sorted(folder.glob("*.pts")) if path.stem in pictures]
    if not annotations:
        raise FileNotFoundError(
            f"{folder}: no annotated pictures (NAME.jpg beside NAME.pts); sets such as helen/test are looked for in "
            f"LANDMARKS_DATA, {data_root()}"
        )
    return [Sample(pictures[path.stem], read_pts(path)) for path in annotations]


def _preference(path: Path) -> tuple[int, str]:
    """Order pictures of the same name by their kind."""
    kind = path.suffix.lower()
    return PICTURES.index(kind) if kind in PICTURES else len(PICTURES), path.name
