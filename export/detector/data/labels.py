"""Labels of a picture's faces for training, and their transformation with the picture.

Coordinates are pixels measured from the picture's top-left corner: the first pixel's centre is (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from export.detector.model import KEYPOINTS

MIRROR = (1, 0, 2, 4, 3)
"""Keypoint i of a mirrored face is keypoint MIRROR[i] of the original."""

SURE = 0.5
"""Mean score of the teachers at and above which a place is a face."""

LEAST_TARGET = 0.6
"""Share of ``SURE`` below which a doubtful face is neither learnt nor counted as background."""


@dataclass(frozen=True, slots=True)
class FaceLabels:
    """The faces of one picture.

    Attributes:
        boxes: (G, 4) float32 xyxy, from the forehead to the chin.
        keypoints: (G, 5, 2) float32 x, y as ``network.KEYPOINTS`` names them.
        known: (G,) bool, whether the keypoints are used for training.
        certain: (G,) bool, whether it is surely a face.
        scores: (G,) float32, the teachers' mean score 0..1. A doubtful face is learnt with a lower target score the
            less certain they are, see :attr:`targets`.
    """

    boxes: NDArray[np.float32]
    keypoints: NDArray[np.float32]
    known: NDArray[np.bool_]
    certain: NDArray[np.bool_]
    scores: NDArray[np.float32]

    @classmethod
    def none(cls) -> FaceLabels:
        """Return the labels of a picture without a face."""
        return cls(
            np.zeros((0, 4), np.float32),
            np.zeros((0, len(KEYPOINTS), 2), np.float32),
            np.zeros(0, np.bool_),
            np.zeros(0, np.bool_),
            np.zeros(0, np.float32),
        )

    @classmethod
    def join(cls, parts: Sequence[FaceLabels]) -> FaceLabels:
        """Concatenate the faces of all parts."""
        if not parts:
            return cls.none()
        return cls(
            np.concatenate([each.boxes for each in parts]),
            np.concatenate([each.keypoints for each in parts]),
            np.concatenate([each.known for each in parts]),
            np.concatenate([each.certain for each in parts]),
            np.concatenate([each.scores for each in parts]),
        )

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def sides(self) -> NDArray[np.float32]:
        """(G,) longer side of each box."""
        longer: NDArray[np.float32] = (self.boxes[:, 2:] - self.boxes[:, :2]).max(axis=1, initial=0)
        return longer

    def take(self, index: NDArray[np.bool_] | NDArray[np.intp]) -> FaceLabels:
        """Return the faces of an index or mask."""
        return FaceLabels(
            self.boxes[index], self.keypoints[index], self.known[index], self.certain[index], self.scores[index]
        )

    @property
    def targets(self) -> NDArray[np.float32]:
        """(G,) highest score to learn: 1 for certain faces, 0 for those that are neither face nor background."""
        doubtful = np.where(self.scores >= LEAST_TARGET * SURE, np.minimum(self.scores / SURE, 1), 0)
        return np.where(self.certain, 1, doubtful).astype(np.float32)

    def doubted(self, index: NDArray[np.bool_]) -> FaceLabels:
        """Return the same faces, those of the mask ``index`` (G,) neither face nor background."""
        return replace(self, certain=self.certain & ~index, scores=self.scores * ~index)

    def warped(self, matrix: NDArray[np.float64]) -> FaceLabels:
        """Transform the faces by an affine map (2, 3) of scale, rotation, translation or reflection.

        A box becomes the bounding box of its transformed inscribed ellipse, as a box's corners are not part of the
        face.
        """
        linear = matrix[:, :2]
        middles = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2 @ linear.T + matrix[:, 2]
        halves = (self.boxes[:, 2:] - self.boxes[:, :2]) / 2
        reach = np.sqrt(halves**2 @ (linear**2).T)
        keypoints = self.keypoints @ linear.T + matrix[:, 2]
        if np.linalg.det(linear) < 0:
            keypoints = keypoints[:, list(MIRROR)]
        boxes = np.concatenate([middles - reach, middles + reach], axis=1)
        return replace(self, boxes=boxes.astype(np.float32), keypoints=keypoints.astype(np.float32))

    def visible(self, width: int, height: int, least: float = 0.6, some: float = 0.15) -> FaceLabels:
        """Return the faces of a picture cropped to ``width`` x ``height``; boxes are not clipped.

        A face of which a share below ``least`` is visible is no longer certain; below ``some`` it is removed.
        """
        if not len(self):
            return self
        size = np.array([width, height], np.float32)
        inside = np.clip(np.minimum(self.boxes[:, 2:], size) - np.maximum(self.boxes[:, :2], 0), 0, None).prod(axis=1)
        share = inside / np.maximum((self.boxes[:, 2:] - self.boxes[:, :2]).prod(axis=1), 1e-6)
        return self.doubted(share < least).take(share >= some)
