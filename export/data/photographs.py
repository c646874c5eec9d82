"""Annotated photographs held in memory, with depth from FaceMesh."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import Sample, data_root, list_samples
from export.data.facemesh_depth import depth_of
from export.networks import LandmarkNetwork

HOLD_OUT = 20
"""Every 20th face of a training folder is kept for validation."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture with one face.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        points: (68, 3) float32; x, y in pixels (centres at integers), z in the same unit, 0 at their mean.
        annotated: the points were set by hand; otherwise they are coarse and only say where the face is.
    """

    image: NDArray[np.uint8]
    points: NDArray[np.float32]
    annotated: bool = True


def load_photographs(
    samples: Sequence[Sample], teacher: LandmarkNetwork | None, annotated: bool = True
) -> list[Photograph]:
    """Read pictures and let the FaceMesh ``teacher`` add z, averaged over the picture and its mirror image.

    Without a teacher z is 0, which does for measuring x and y.

    Raises:
        ValueError: OpenCV cannot read a picture.
    """
    photographs = []
    for sample in tqdm(samples, desc="reading photographs", unit="face", leave=False):
        image = read_image(sample.image)
        depth = np.zeros(len(sample.points)) if teacher is None else depth_of(image, sample.points, teacher)
        points = np.column_stack([sample.points, depth]).astype(np.float32)
        photographs.append(Photograph(image, points, annotated))
    return photographs


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read a picture as (H, W, 3) uint8 BGR.

    Raises:
        ValueError: OpenCV cannot read it.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path}: not a picture that OpenCV can read")
    return image  # type: ignore[return-value]


def split_set(name: str) -> tuple[list[Sample], list[Sample]]:
    """Return training and validation samples of one set (``"helen"``): parts of its ``train`` folder, never ``test``.

    Every 20th face is held out. Other faces of the same photograph are in neither part: what a network learnt from its
    light and its camera would flatter it.
    """
    samples = list_samples(data_root() / name / "train")
    held_out = samples[::HOLD_OUT]
    seen = {_photograph(sample) for sample in held_out}
    return [sample for sample in samples if _photograph(sample) not in seen], held_out


def holds_photographs(folder: Path) -> bool:
    """Return whether a folder holds annotated pictures that ``synthesize`` did not write."""
    rendered = any((folder / name).exists() for name in ("settings.json", "labels.npz"))
    return not rendered and any(folder.glob("*.pts"))


def split_folder(folder: Path) -> tuple[list[Sample], list[Sample]]:
    """Return training and validation samples of any folder of annotated pictures: every 20th is held out.

    Raises:
        FileNotFoundError: there is nothing annotated in it.
        ValueError: there is only one picture.
    """
    samples = list_samples(folder)
    if len(samples) < 2:
        raise ValueError(f"{folder}: 1 annotated picture; at least 2 are needed, one of which is held out")
    return [sample for index, sample in enumerate(samples) if index % HOLD_OUT], samples[::HOLD_OUT]


def list_frames(name: str) -> list[Sample]:
    """Return all samples of a ``train`` folder whose coarse labels are not used for validation."""
    return list_samples(data_root() / name / "train")


def _photograph(sample: Sample) -> str:
    """Return the photograph of a face: HELEN and AFW number the faces of a Flickr photograph, ``ID_2.jpg``."""
    found = re.fullmatch(r"(\d+)_\d+", sample.image.stem)
    return found[1] if found else sample.image.stem
