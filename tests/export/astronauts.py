"""A generator with one face only, moved a little each time: something that a network can learn."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Astronauts:
    """The astronaut again and again."""

    image: np.ndarray
    points: np.ndarray
    size: int = 200
    version: str = "1"

    def sample(self, seed, index):
        return Astronaut(self, np.random.default_rng([seed, index]).normal(0, 5, 2))


class Astronaut:
    hidden = np.zeros(68, bool)
    pose = np.zeros(3)
    box = np.zeros(4)
    attributes = {  # noqa: RUF012
        "age": 35.0,
        "sex": 0.0,
        "melanin": 0.1,
        "glasses": "none",
        "mask": "none",
        "occluder": "none",
    }

    def __init__(self, source, shift):
        self.image = cv2.warpAffine(source.image, np.column_stack([np.eye(2), shift]), (200, 200))
        self.points3d = source.points + [*shift, 0]
        self.points = self.points3d[:, :2]


class SourceFactory:
    """A generator that exists already, as a picklable factory."""

    def __init__(self, source):
        self.source = source

    def __call__(self):
        return self.source
