"""One face through time, and which boxes belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from runtime.faces import Face
from runtime.landmarks.head_pose import estimate_pose
from runtime.landmarks.region_of_interest import Region, box_from_region, region_from_points
from runtime.pipeline.stages import Found
from runtime.tracking.smoothing import OneEuroFilter

MOTION_SECONDS = 0.1
"""Over about so long a face's motion is averaged."""

LOOK_SECONDS = 0.5
"""Over so long a face's look is averaged: what passes in front of it must not become its look at once."""

REACH = 0.5
"""Sides of its region that a face is taken to go on its own between two looks at it."""

LOST_REACH = 2.0
"""The same for a face that is out of sight."""


@dataclass(slots=True, eq=False)
class Track:
    """A face that is followed; made from the first points found.

    Attributes:
        id: number that stays with the face.
        time: when it was last seen, in seconds.
        found: what the network gave then.
        score: of the detector when it saw the face last.
        filter: smooths the points; None leaves them as they are.
        shot: number of the shot that it was last seen in.
        velocity: (x, y) pixels a second of the region's centre.
        points: (68, 3) float32 after smoothing.
        look: as ``found.look``, averaged over :data:`LOOK_SECONDS`.
    """

    id: int
    time: float
    found: Found
    score: float
    filter: OneEuroFilter | None
    shot: int = 0
    velocity: tuple[float, float] = (0.0, 0.0)
    points: NDArray[np.float32] = field(init=False)
    look: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.points, self.look = self._smooth(0.0), self.found.look

    def expected(self, time: float, reach: float = REACH) -> Region:
        """Where the face is at a later time if it goes on as it did, but at most ``reach`` sides of its region on."""
        region = self.found.region
        x, y = (speed * (time - self.time) for speed in self.velocity)
        share = min(1.0, reach * region.side / max(math.hypot(x, y), 1e-9))
        return Region(region.x + share * x, region.y + share * y, region.side, region.rotation)

    def off_course(self, region: Region, time: float) -> float:
        """How far a region is from the nearest place that the face can have come to by now, in sides of its region."""
        start, end = self.found.region, self.expected(time, LOST_REACH)
        way, there = (end.x - start.x, end.y - start.y), (region.x - start.x, region.y - start.y)
        length = way[0] ** 2 + way[1] ** 2
        share = min(1.0, max(0.0, (way[0] * there[0] + way[1] * there[1]) / max(length, 1e-9)))
        return math.hypot(there[0] - share * way[0], there[1] - share * way[1]) / start.side

    def update(self, found: Found, time: float, *, smooth: bool = True) -> None:
        """Go on with the points of a later frame; not ``smooth`` after a gap in which anything may have happened."""
        elapsed = time - self.time
        share = -math.expm1(-elapsed / MOTION_SECONDS)
        before, after = self.found.region, found.region
        moved = (after.x - before.x) / elapsed, (after.y - before.y) / elapsed
        old_x, old_y = self.velocity
        self.velocity = old_x + share * (moved[0] - old_x), old_y + share * (moved[1] - old_y)
        self.look = self.look - math.expm1(-elapsed / LOOK_SECONDS) * (found.look - self.look)
        self.found, self.time = found, time
        if self.filter is not None and not smooth:
            self.filter.reset()
        self.points = self._smooth(elapsed)

    def likeness(self, found: Found) -> float:
        """Correlation of what was found with how the face looked of late, -1..1."""
        return float(self.look @ found.look) / max(math.sqrt(float(self.look @ self.look)), 1e-6)

    def face(self, crop_scale: float) -> Face:
        """The face as users get it."""
        box = box_from_region(region_from_points(self.points, crop_scale), crop_scale)
        return Face(self.points, box, self.score, self.found.confidence, estimate_pose(self.points), self.id)

    def _smooth(self, elapsed: float) -> NDArray[np.float32]:
        if self.filter is None:
            return self.found.points
        return self.filter(self.found.points, self.found.region.side, elapsed)
