"""One tracked face: its motion, appearance and smoothed points."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from runtime.faces import Face
from runtime.landmarks import Region, estimate_pose
from runtime.pipeline import FoundFace
from runtime.tracking.smoothing import OneEuroFilter

MOTION_SECONDS = 0.1
"""Time constant of the average of a face's velocity."""

APPEARANCE_SECONDS = 0.5
"""Time constant of the average of its appearance: an occluder must not become its appearance at once."""

REACH = 0.5
"""Sides of its region that a tracked face is predicted to move at most between two frames."""

LOST_REACH = 2.0
"""The same for a lost face."""


@dataclass(slots=True, eq=False)
class Track:
    """A tracked face; made from the first points found.

    Attributes:
        id: number that stays with the face.
        time: when it was last found, in seconds.
        found: what the network found then.
        score: of the detector when it last found the face.
        filter: smooths the points; None leaves them as they are.
        shot: number of the shot that it was last found in.
        velocity: (x, y) pixels per second of the region's centre.
        points: (68, 3) float32 after smoothing.
        appearance: as ``found.appearance``, averaged over :data:`APPEARANCE_SECONDS`.
    """

    id: int
    time: float
    found: FoundFace
    score: float
    filter: OneEuroFilter | None
    shot: int = 0
    velocity: tuple[float, float] = (0.0, 0.0)
    points: NDArray[np.float32] = field(init=False)
    appearance: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.points, self.appearance = self._smooth(0.0), self.found.appearance

    def expected(self, time: float, reach: float = REACH) -> Region:
        """Predict the region at a later time from the velocity, at most ``reach`` sides of the region away."""
        region = self.found.region
        x, y = (speed * (time - self.time) for speed in self.velocity)
        share = min(1.0, reach * region.side / max(math.hypot(x, y), 1e-9))
        return Region(region.x + share * x, region.y + share * y, region.side, region.rotation)

    def distance_from_path(self, region: Region, time: float) -> float:
        """Return how far a region is from the path that the face can have taken by now, in sides of its region."""
        start, end = self.found.region, self.expected(time, LOST_REACH)
        way, there = (end.x - start.x, end.y - start.y), (region.x - start.x, region.y - start.y)
        length = way[0] ** 2 + way[1] ** 2
        share = min(1.0, max(0.0, (way[0] * there[0] + way[1] * there[1]) / max(length, 1e-9)))
        return math.hypot(there[0] - share * way[0], there[1] - share * way[1]) / start.side

    def update(self, found: FoundFace, time: float, *, smooth: bool = True) -> None:
        """Continue with the points of a later frame.

        Args:
            found: in that frame.
            time: of that frame in seconds, later than the last one.
            smooth: False restarts the filter, after a gap in which the face may have moved anywhere.
        """
        elapsed = time - self.time
        share = -math.expm1(-elapsed / MOTION_SECONDS)
        before, after = self.found.region, found.region
        moved = (after.x - before.x) / elapsed, (after.y - before.y) / elapsed
        old_x, old_y = self.velocity
        self.velocity = old_x + share * (moved[0] - old_x), old_y + share * (moved[1] - old_y)
        weight = math.expm1(-elapsed / APPEARANCE_SECONDS)
        self.appearance = self.appearance - weight * (found.appearance - self.appearance)
        self.found, self.time = found, time
        if self.filter is not None and not smooth:
            self.filter.reset()
        self.points = self._smooth(elapsed)

    def likeness(self, found: FoundFace) -> float:
        """Return the correlation of a found face's appearance with the averaged one, -1..1."""
        length = max(math.sqrt(float(self.appearance @ self.appearance)), 1e-6)
        return float(self.appearance @ found.appearance) / length

    def face(self, box: NDArray[np.float32]) -> Face:
        """Return the public result; ``box``: (4,) float32 xyxy of the smoothed points."""
        return Face(self.points, box, self.score, self.found.confidence, estimate_pose(self.points), self.id)

    def _smooth(self, elapsed: float) -> NDArray[np.float32]:
        if self.filter is None:
            return self.found.points
        return self.filter(self.found.points, self.found.region.side, elapsed)
