"""A generator of nothing in particular, for tests of what is around a generator."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sample:
    image: np.ndarray
    points: np.ndarray
    points3d: np.ndarray
    hidden: np.ndarray
    pose: np.ndarray
    box: np.ndarray
    attributes: dict


@dataclass(frozen=True)
class Blobs:
    """Coloured noise with random points: quick, and different for every seed and index."""

    size: int = 32
    version: str = "1"
    pause: float = 0.0

    def sample(self, seed, index):
        time.sleep(self.pause)
        rng = np.random.default_rng([seed, index])
        points = rng.uniform(0, self.size, (68, 3)).astype(np.float32)
        return Sample(
            image=rng.integers(0, 256, (self.size, self.size, 3), np.uint8),
            points=points[:, :2],
            points3d=points,
            hidden=rng.random(68) < 0.2,
            pose=rng.normal(size=3),
            box=np.array([1, 2, 3, 4.0]),
            attributes={"age": float(index), "ancestry": (0.5, 0.25, 0.25), "hair": "long" if index % 2 else "bald"},
        )


@dataclass(frozen=True)
class TurnedBlobs(Blobs):
    """Blobs with poses of a head instead of noise."""

    def sample(self, seed, index):
        face = super().sample(seed, index)
        rng = np.random.default_rng([seed, index, 1])
        face.pose[:] = rng.uniform(-35, 35), rng.uniform(-20, 20), rng.uniform(-20, 20)
        return face
