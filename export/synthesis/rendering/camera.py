"""A pinhole camera that looks along -z at the head."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from export.synthesis.mesh import Floats


@dataclass(frozen=True, slots=True)
class Camera:
    """Perspective from tele to wide angle.

    Attributes:
        size: side of the square picture in pixels.
        focal: focal length in pixels.
        distance: decimetres from the camera to ``target``.
        target: (3,) point of the camera frame that is seen at ``centre``.
        centre: (2,) x, y of the target in pixels (pixel centres at integers).
    """

    size: int
    focal: float
    distance: float
    target: Floats
    centre: Floats

    @staticmethod
    def looking_at(size: int, field_of_view: float, target: Floats, centre: Floats, extent: float) -> Camera:
        """The camera from which ``extent`` decimetres at the target fill the picture's side.

        ``field_of_view`` in degrees across the side: 8 (tele) to 60 (a phone held close).
        """
        half = math.tan(math.radians(field_of_view) / 2)
        return Camera(size, size / 2 / half, extent / 2 / half, target, centre)

    def project(self, points: Floats, scale: int = 1) -> tuple[Floats, Floats]:
        """Points (N, 3) of the camera frame -> pixels (N, 2) in a picture ``scale`` times as fine, depth (N,)."""
        relative = points - self.target
        depth = self.distance - relative[:, 2]
        pixels = np.stack([relative[:, 0], -relative[:, 1]], axis=1) * (self.focal / np.maximum(depth, 0.1))[:, None]
        pixels += self.centre
        return ((pixels + 0.5) * scale - 0.5).astype(np.float32), depth.astype(np.float32)

    def footprint(self, scale: int = 1) -> float:
        """Decimetres that one pixel of a picture ``scale`` times as fine covers at the target."""
        return self.distance / self.focal / scale

    def scaled_points(self, points: Floats) -> Floats:
        """The points in pixels, x right, y down, z away from the camera in the same unit (weak perspective for z)."""
        pixels, depth = self.project(points)
        z = (depth - depth.mean()) * (self.focal / float(depth.mean()))
        return np.column_stack([pixels, z]).astype(np.float32)
