"""A pinhole camera that looks along -z at the head."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from export.synthesis.mesh import Floats


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera, from tele to wide angle.

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
        """Make a camera from which a given width fills the picture's side.

        Args:
            size: side of the picture in pixels.
            field_of_view: degrees across the side: 8 (tele) to 60 (a phone held close).
            target: (3,) point that is looked at.
            centre: (2,) x, y of the target in pixels.
            extent: decimetres at the target that fill the side.
        """
        half = math.tan(math.radians(field_of_view) / 2)
        return Camera(size, size / 2 / half, extent / 2 / half, target, centre)

    def project(self, points: Floats, scale: int = 1) -> tuple[Floats, Floats]:
        """Project points.

        Args:
            points: (N, 3) camera frame.
            scale: how many times finer the picture is.

        Returns:
            Pixels (N, 2) float32 x, y, and depth (N,) float32 in decimetres.
        """
        relative = points - self.target
        depth = self.distance - relative[:, 2]
        pixels = np.stack([relative[:, 0], -relative[:, 1]], axis=1) * (self.focal / np.maximum(depth, 0.1))[:, None]
        pixels += self.centre
        return ((pixels + 0.5) * scale - 0.5).astype(np.float32), depth.astype(np.float32)

    def footprint(self, scale: int = 1) -> float:
        """Compute the decimetres that one pixel of a picture ``scale`` times as fine covers at the target."""
        return self.distance / self.focal / scale

    def scaled_points(self, points: Floats) -> Floats:
        """Compute points in pixels: x right, y down, z away from the camera in the same unit (weak perspective)."""
        pixels, depth = self.project(points)
        z = (depth - depth.mean()) * (self.focal / float(depth.mean()))
        return np.column_stack([pixels, z]).astype(np.float32)
