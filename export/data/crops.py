"""Training crops: faces as the runtime will cut them, and everything that is not a face."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from export.annotations import MIRROR
from export.data.augmentation import Jitter, degrade, jitter_region, occlude, warp
from export.networks import INPUT_SIZE
from runtime.landmarks import Region, crop, region_from_points


class FacePicture(Protocol):
    """A picture with one face: :class:`~export.data.photographs.Photograph` says what the fields mean."""

    @property
    def image(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 BGR."""
        ...

    @property
    def points(self) -> NDArray[np.float32]:
        """(68, 3) float32 in image pixels; z is NaN where it is unknown."""
        ...

    @property
    def annotated(self) -> bool:
        """Whether the points were placed by people."""
        ...


@dataclass(frozen=True, slots=True)
class CropConfig:
    """Settings of training crops."""

    jitter: Jitter = field(default_factory=Jitter)
    degradation_probability: float = 1.0  # share of faces whose light, colour and sharpness are changed
    occlusion_probability: float = 0.25  # share of faces with something in front
    warp_probability: float = 0.0  # share of faces whose features are moved a little, into those of another person
    negative_probability: float = 0.15  # share of crops that are not a face
    scenery: tuple[NDArray[np.uint8], ...] = ()  # pictures without people: more backgrounds


@dataclass(frozen=True, slots=True)
class Crop:
    """A crop (192, 192, 3) uint8 BGR; its points (68, 3) in crop pixels; whether they count; is it a face?"""

    image: NDArray[np.uint8]
    points: NDArray[np.float32]
    annotated: bool
    face: bool


def points_in_crop(points: NDArray[np.float32], region: Region, size: int = INPUT_SIZE) -> NDArray[np.float32]:
    """Map points (68, 3) from picture pixels to crop pixels; z scales along."""
    matrix = region.to_crop(size)
    return np.column_stack(
        [points[:, :2] @ matrix[:, :2].T + matrix[:, 2], points[:, 2] * (size / region.side)]
    ).astype(np.float32)


def face_crop(photograph: FacePicture, filler: FacePicture, config: CropConfig, rng: np.random.Generator) -> Crop:
    """Return an augmented crop of the photograph's face, mirrored half of the time; ``filler`` may occlude it."""
    region = jitter_region(region_from_points(photograph.points), config.jitter, rng)
    image = crop(photograph.image, region, INPUT_SIZE)
    points = points_in_crop(photograph.points, region)
    if rng.random() < 0.5:
        image, points = mirror_crop(image, points)
    if config.warp_probability and rng.random() < config.warp_probability:
        image, points = warp(image, points, rng)
    if rng.random() < config.occlusion_probability:
        image = occlude(image, filler.image, rng)
    if rng.random() < config.degradation_probability:
        image = degrade(image, rng)
    return Crop(image, points, photograph.annotated, True)


def mirror_crop(image: NDArray[np.uint8], points: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Mirror left and right; the points are renumbered accordingly."""
    return np.ascontiguousarray(image[:, ::-1]), mirror_points(points, image.shape[1])


def mirror_points(points: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Mirror points (68, 2 or more)."""
    flipped = points[MIRROR].copy()
    flipped[:, 0] = width - 1 - flipped[:, 0]
    return flipped


def negative_crop(photograph: FacePicture, config: CropConfig, rng: np.random.Generator) -> Crop:
    """Return a crop for a low confidence: background, a misplaced crop, half a face, scenery, a pattern."""
    region = region_from_points(photograph.points)
    kind = rng.choice(["background", "misplaced", "half", "scenery", "pattern"], p=[0.3, 0.25, 0.2, 0.15, 0.1])
    if kind == "background" and (patch := _background(photograph, region, rng)) is not None:
        image = patch
    elif kind == "half":
        image = _half(photograph, region, rng)
    elif kind == "scenery" and config.scenery:
        image = _scenery(config.scenery[int(rng.integers(len(config.scenery)))], rng)
    elif kind == "pattern":
        image = _pattern(rng)
    else:
        image = crop(photograph.image, _misplaced(region, rng), INPUT_SIZE)
    if rng.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
    return Crop(degrade(image, rng), np.zeros((68, 3), np.float32), False, False)


def _background(photograph: FacePicture, region: Region, rng: np.random.Generator) -> NDArray[np.uint8] | None:
    """Return a square beside the face that shares less than a tenth of its own and of the landmark box's area.

    None if the picture has no room for one.
    """
    height, width = photograph.image.shape[:2]
    low, high = photograph.points[:, :2].min(axis=0), photograph.points[:, :2].max(axis=0)
    face = ((low + high) / 2).tolist(), (high - low).tolist(), 0.0
    for _ in range(10):
        side = region.side * rng.uniform(0.25, 0.8)
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        turn = rng.uniform(-math.pi, math.pi)
        corners = cv2.boxPoints(((x, y), (side, side), math.degrees(turn)))
        shared, _ = cv2.intersectConvexConvex(cv2.boxPoints(face), corners)
        if shared < 0.1 * min(float(np.prod(high - low)), side * side):
            return crop(photograph.image, Region(x, y, side, turn), INPUT_SIZE)
    return None


def _misplaced(region: Region, rng: np.random.Generator) -> Region:
    """Return a region shifted by a third of the side and more, or far too large, too small or turned."""
    kind = rng.integers(4)
    if kind == 0:
        angle, reach = rng.uniform(0, 2 * math.pi), rng.uniform(0.38, 0.7) * region.side
        return Region(
            region.x + math.cos(angle) * reach,
            region.y + math.sin(angle) * reach,
            region.side,
            region.rotation,
        )
    if kind == 1:
        return Region(region.x, region.y, region.side * rng.uniform(2.0, 4.0), region.rotation)
    if kind == 2:
        offset = rng.normal(0, 0.15, 2) * region.side
        side = region.side * rng.uniform(0.2, 0.45)
        return Region(region.x + float(offset[0]), region.y + float(offset[1]), side, region.rotation)
    turn = rng.uniform(math.pi / 2, math.pi * 3 / 2)
    return Region(region.x, region.y, region.side, region.rotation + turn)


def _half(photograph: FacePicture, region: Region, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the crop of a face cut by the frame's border through its middle."""
    image = crop(photograph.image, region, INPUT_SIZE)
    cut = int(INPUT_SIZE * rng.uniform(0.45, 0.6))
    fill = rng.integers(0, 256, 3) if rng.random() < 0.3 else 0
    side = rng.integers(4)
    if side == 0:
        image[:, :cut] = fill
    elif side == 1:
        image[:, -cut:] = fill
    elif side == 2:
        image[:cut] = fill
    else:
        image[-cut:] = fill
    return image


def _scenery(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    side = min(height, width) * rng.uniform(0.15, 1.0)
    region = Region(rng.uniform(0, width), rng.uniform(0, height), side, rng.uniform(-math.pi, math.pi))
    return crop(picture, region, INPUT_SIZE)


def _pattern(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return plain colour, gradients, blobs, noise of any grain: a covered lens, or a wall."""
    grain = int(rng.integers(1, 48))
    coarse = rng.integers(0, 256, (grain, grain, 3)).astype(np.uint8)
    mode = cv2.INTER_CUBIC if rng.random() < 0.7 else cv2.INTER_NEAREST
    return cv2.resize(coarse, (INPUT_SIZE, INPUT_SIZE), interpolation=mode)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Batch:
    """Images (N, 192, 192, 3) uint8 RGB, points (N, 68, 3) float32, ``annotated`` and ``face`` (N,) bool."""

    images: Tensor
    points: Tensor
    annotated: Tensor
    face: Tensor

    def to(self, device: str) -> Batch:
        """Return the batch on a torch device."""
        return Batch(*(item.to(device) for item in (self.images, self.points, self.annotated, self.face)))


def collate(crops: Sequence[Crop]) -> Batch:
    """Stack crops; the colour order becomes the network's (RGB)."""
    return Batch(
        torch.from_numpy(np.stack([item.image[..., ::-1] for item in crops])),
        torch.from_numpy(np.stack([item.points for item in crops])),
        torch.tensor([item.annotated for item in crops]),
        torch.tensor([item.face for item in crops]),
    )


class CropStream(torch.utils.data.IterableDataset[Batch]):
    """Endless augmented batches, drawn from sets of photographs in proportion to their weights.

    Each batch has random numbers of its own, so that a run that goes on at a step draws what it would have drawn there,
    however many workers there are.
    """

    def __init__(
        self,
        sets: Sequence[tuple[float, Sequence[FacePicture]]],
        config: CropConfig,
        batch: int,
        seed: int,
        first: int = 0,
    ) -> None:
        """Draw from sets of weights and photographs.

        Args:
            sets: weight and photographs of each set.
            config: how crops are drawn.
            batch: crops per batch.
            seed: another seed, other batches.
            first: number of the first batch.
        """
        super().__init__()
        self.sets = list(sets)
        self.config = config
        self.batch = batch
        self.seed = seed
        self.first = first

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        begin, step = (worker.id, worker.num_workers) if worker else (0, 1)  # workers take turns
        weights = np.array([weight for weight, _ in self.sets])
        weights = weights / weights.sum()
        for number in itertools.count(self.first + begin, step):
            rng = np.random.default_rng([self.seed, number])
            yield collate([self._draw(weights, rng) for _ in range(self.batch)])

    def _draw(self, weights: NDArray[np.float64], rng: np.random.Generator) -> Crop:
        photographs = self.sets[int(rng.choice(len(weights), p=weights))][1]
        photograph = photographs[int(rng.integers(len(photographs)))]
        if rng.random() < self.config.negative_probability:
            return negative_crop(photograph, self.config, rng)
        filler = photographs[int(rng.integers(len(photographs)))]
        return face_crop(photograph, filler, self.config, rng)
