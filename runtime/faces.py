"""Result types: what a predictor gives for each face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import OptionError
from runtime.pose import Pose

REGIONS: dict[str, tuple[int, ...]] = {
    "jaw": tuple(range(17)),
    "right_brow": tuple(range(17, 22)),
    "left_brow": tuple(range(22, 27)),
    "nose_bridge": tuple(range(27, 31)),
    "nose": tuple(range(27, 36)),
    "right_eye": tuple(range(36, 42)),
    "left_eye": tuple(range(42, 48)),
    "outer_lips": tuple(range(48, 60)),
    "inner_lips": tuple(range(60, 68)),
    "mouth": tuple(range(48, 68)),
}
"""Point numbers (iBUG 300-W order) by region; right and left are the person's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face of one image. Arrays are read-only.

    Attributes:
        landmarks: (68, 3) float32 in iBUG 300-W order: x, y in image pixels (centres at integers),
            z in the same unit, 0 at the mean of the points, negative towards the camera.
        box: (4,) float32 x1, y1, x2, y2 of the detection in image pixels; may reach beyond the image. Of a face that
            is followed: the box that the detector would give for these points.
        score: the detector's score of its box, 0..1; of a face that is followed, when the detector saw it last. Cups
            and cats have scores of 0.6, too: it says what is worth a closer look, and ``min_score`` cuts it.
        confidence: the landmark network's own confidence that its points lie on a face, 0..1, from a look at the crop
            itself. It decides what is a face (``min_confidence``), and is the number on the picture. It says nothing
            of how exact the points are.
        pose: head rotation in degrees.
        track: number of the face in a stream, the same from frame to frame; None where faces are not followed.

    Example:
        >>> face.region("left_eye").mean(axis=0)     # centre of the person's left eye
    """

    landmarks: NDArray[np.float32]
    box: NDArray[np.float32]
    score: float
    confidence: float
    pose: Pose
    track: int | None = None

    def __post_init__(self) -> None:
        self.landmarks.setflags(write=False)
        self.box.setflags(write=False)

    def region(self, name: str) -> NDArray[np.float32]:
        """The points (K, 3) of a region such as ``"left_eye"``; the names are the keys of :data:`REGIONS`.

        Raises:
            OptionError: there is no region of that name.
        """
        if name not in REGIONS:
            raise OptionError(f"no region {name!r}; there are {', '.join(REGIONS)}")
        return self.landmarks[list(REGIONS[name])]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists, ready for JSON."""
        return {
            "track": self.track,
            "box": [round(float(value), 3) for value in self.box],
            "score": round(self.score, 4),
            "confidence": round(self.confidence, 4),
            "pose": {
                "yaw": round(self.pose.yaw, 2),
                "pitch": round(self.pose.pitch, 2),
                "roll": round(self.pose.roll, 2),
            },
            "landmarks": [[round(float(value), 3) for value in point] for point in self.landmarks],
        }
