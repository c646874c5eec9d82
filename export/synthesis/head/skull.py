"""The shape of the skull as distances from its middle, for headwear."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from export.synthesis.head.head import Head
from export.synthesis.head.makehuman import Group
from export.synthesis.mesh import Reals, Shape, loft

ROWS, COLUMNS = 40, 72
_LOWEST = -62.0  # degrees of elevation, seen from the skull's middle, down to which the skull is measured


@dataclass(frozen=True, slots=True)
class Skull:
    """The head without its ears as distances from its middle.

    Attributes:
        centre: (3,) middle of the skull, decimetres, head frame.
        azimuth: (columns,) radians from the front to the subject's left.
        elevation: (rows,) radians.
        radius: (rows, columns) distance of the skin from the middle, decimetres.
        brow: mean y of the brows' landmarks.
        chin: y of the chin.
        width: half the distance between the first and the last jaw point.
    """

    centre: Reals
    azimuth: Reals
    elevation: Reals
    radius: Reals
    brow: float
    chin: float
    width: float

    @staticmethod
    def from_head(head: Head) -> Skull:
        """Measure a head: the mean distance of the nearest vertices in every direction, smoothed."""
        points = head.landmarks
        brow = float(points[17:27, 1].mean())
        ears = head.assets.masks["ears"] > 0.2
        rows = head.assets.rows(Group.BODY)
        rows = rows[~ears[rows] & (head.assets.vertices[rows, 1] > 6.1)][::2]
        centre = np.array([0.0, brow + 0.1, float(points[[0, 16], 2].mean()) - 0.35], np.float32)
        spokes = head.vertices[rows] - centre
        length = np.linalg.norm(spokes, axis=1)
        azimuth = np.linspace(-np.pi, np.pi, COLUMNS, endpoint=False)
        elevation = np.radians(np.linspace(90, _LOWEST, ROWS))
        rays = directions(azimuth, elevation)
        _, near = cKDTree(spokes / length[:, None]).query(rays.reshape(-1, 3), k=6)
        radius = np.mean(length[near], axis=1).reshape(ROWS, COLUMNS).astype(np.float32)
        wide = np.concatenate([radius[:, -6:], radius, radius[:, :6]], axis=1)
        smooth = cv2.GaussianBlur(wide, (0, 0), 1.2, borderType=cv2.BORDER_REPLICATE)[:, 6:-6].astype(np.float32)
        return Skull(
            centre, azimuth, elevation, smooth, brow, float(points[8, 1]), float(points[16, 0] - points[0, 0]) / 2
        )

    def shell(self, offset: Reals | float) -> Shape:
        """Make a shell around the skull.

        Args:
            offset: distance from the skin in decimetres, one number or (rows, columns).

        Returns:
            The shell with the attributes of garments: fabric coordinates (2), ambient visibility, place on the skin
            (3).
        """
        rays = directions(self.azimuth, self.elevation)
        skin = self.centre + rays * self.radius[..., None]
        outside = self.centre + rays * (self.radius + offset)[..., None]
        shape = loft(outside.astype(np.float32))
        shape = replace(
            shape, triangles=np.ascontiguousarray(shape.triangles[:, ::-1])
        )  # counter-clockwise from outside
        u, v = np.meshgrid(self.azimuth * 0.9, self.elevation * 0.9)
        return shape.with_attributes(
            np.column_stack([u.ravel(), v.ravel(), np.ones(u.size), skin.reshape(-1, 3)]).astype(np.float32)
        )


def directions(azimuth: Reals, elevation: Reals) -> Reals:
    """Compute unit vectors (rows, columns, 3) at azimuths and elevations in radians."""
    a, e = np.meshgrid(azimuth, elevation)
    return np.stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], axis=-1)
