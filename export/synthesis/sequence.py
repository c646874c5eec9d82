"""The same person from frame to frame: short films of a head that moves, with exact labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial import cKDTree

from export.synthesis.head import Expression, build_head, neutral_expression, posing
from export.synthesis.lighting import Backgrounds, Environments, sample_illumination
from export.synthesis.mesh import Strands
from export.synthesis.person import Casting, Person
from export.synthesis.rendering import SUPERSAMPLING, Camera, Scene, photograph, render
from export.synthesis.scene import Sample, label

_MOVED = ("brows", "lashes", "beard")
_ROOM = 2.6
"""Side of the picture over the longer side of the face's points: there is room to move."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a person does in one frame.

    Attributes:
        yaw, pitch, roll: degrees as in ``runtime.landmarks.head_pose``.
        shift: (x, y) of the head from the middle of the picture, in shares of its side.
        distance: of the camera in decimetres.
        expression: of the face.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    distance: float = 8.0
    expression: Expression = field(default_factory=neutral_expression)


class Film:
    """Makes films. The same seed and moments give the same bytes on the same machine."""

    def __init__(self, size: int = 320) -> None:
        """``size``: side of the frames in pixels."""
        self._size = size
        self._casting = Casting()
        self._environments = Environments()
        self._backgrounds = Backgrounds()

    def shoot(self, seed: int, moments: Iterable[Moment]) -> Iterator[Sample]:
        """One frame a moment, all of the same person in the same light before the same background.

        What covers faces (hands, masks, hats) is left out. The camera keeps its settings and its grain.
        """
        rng = np.random.default_rng([seed, 0])
        person = uncovered(self._casting.sample(rng, neutral_expression()))
        extent = float(np.ptp(person.head.landmarks[:, :2], axis=0).max()) * _ROOM
        target = person.head.landmarks.mean(axis=0)
        light = sample_illumination(rng, self._environments)
        background = self._backgrounds.sample(light, self._size * SUPERSAMPLING, rng)
        for moment in moments:
            grain = np.random.default_rng([seed, 1])
            acting = with_expression(person, moment.expression)
            pose = posing(moment.yaw, moment.pitch, moment.roll)
            posed = self._casting.pose(acting, pose)
            camera = _camera(self._size, extent, target, moment)
            rendering = render(Scene(posed.parts, posed.strands, posed.lenses, camera, light, background), grain)
            image = photograph(rendering.image, self._size, rendering.owner == 0, grain)
            yield label(image, acting, pose, posed, camera, light, rendering)


def uncovered(person: Person) -> Person:
    """The person with nothing before the face."""
    return replace(person, headwear=None, mask=None, occluder=None)


def with_expression(person: Person, expression: Expression) -> Person:
    """The same person with another expression; brows, lashes and beard go with the skin below them.

    The person's eyes should be open: where lids touch, a lash does not know which of them is its own.
    """
    old = person.head
    new = build_head(old.assets, old.identity, expression)
    nearest = cKDTree(old.vertices)
    moved = new.vertices - old.vertices

    def follow(strands: Strands) -> Strands:
        if strands.name not in _MOVED:
            return strands
        return replace(strands, points=strands.points + moved[nearest.query(strands.points[:, 0])[1]][:, None])

    return replace(person, head=new, strands=tuple(follow(item) for item in person.strands))


def _camera(size: int, extent: float, target: np.ndarray, moment: Moment) -> Camera:
    """A camera whose focal length does not change, so that a nearer head is a larger one."""
    usual = Moment().distance
    view = math.degrees(2 * math.atan(extent / 2 / usual))
    centre = (size - 1) / 2 + np.array(moment.shift, np.float32) * size
    camera = Camera.looking_at(size, view, target.astype(np.float32), centre.astype(np.float32), extent)
    return replace(camera, distance=moment.distance)
