"""Sequences of one person from frame to frame: a head that moves, with exact labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial import cKDTree

from export.synthesis.head import Expression, build_head, make_pose, neutral_expression
from export.synthesis.lighting import Backgrounds, Environments, sample_illumination
from export.synthesis.mesh import Floats, StrandKind, Strands
from export.synthesis.person import Person, PersonFactory
from export.synthesis.rendering import SUPERSAMPLING, Camera, Scene, photograph, render
from export.synthesis.sampling import Aspect, RandomStreams
from export.synthesis.scene import RenderedFace, label_face

_MARGIN = 2.6
"""Side of the picture over the longer side of the face's points, so that the head has room to move."""


@dataclass(frozen=True, slots=True)
class FrameState:
    """Pose and expression of a person in one frame.

    Attributes:
        yaw: degrees as in ``runtime.landmarks.head_pose``.
        pitch: degrees.
        roll: degrees.
        shift: (x, y) of the head from the middle of the picture, in shares of its side.
        distance: distance of the camera in decimetres.
        expression: expression of the face.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    distance: float = 8.0
    expression: Expression = field(default_factory=neutral_expression)


class SequenceGenerator:
    """A generator of sequences of frames. The same seed and states give the same bytes on the same machine."""

    def __init__(self, size: int = 320) -> None:
        """Load the shared data.

        Args:
            size: side of the frames in pixels.

        Raises:
            FileNotFoundError: the package with the head's data is not installed.
        """
        self._size = size
        self._people = PersonFactory()
        self._environments = Environments()
        self._backgrounds = Backgrounds()

    def frames(self, seed: int, states: Iterable[FrameState]) -> Iterator[RenderedFace]:
        """Generate one frame for each state, all of the same person in the same light before the same background.

        Headwear, masks and occluders are left out. The camera keeps its settings and its grain.

        Args:
            seed: seed of the person, the light and the background.
            states: pose, place and expression in each frame.

        Yields:
            A frame with its labels.
        """
        streams = RandomStreams(seed, 0)
        person = uncovered(self._people.sample(streams, neutral_expression()))
        extent = float(np.ptp(person.head.landmarks[:, :2], axis=0).max()) * _MARGIN
        target = person.head.landmarks.mean(axis=0)
        light = sample_illumination(streams[Aspect.LIGHTING], self._environments)
        background = self._backgrounds.sample(light, self._size * SUPERSAMPLING, streams[Aspect.BACKGROUND])
        for state in states:
            acting = with_expression(person, state.expression)
            pose = make_pose(state.yaw, state.pitch, state.roll)
            posed = self._people.pose(acting, pose)
            camera = _camera(self._size, extent, target, state)
            scene = Scene(posed.parts, posed.strands, posed.lenses, camera, light, background)
            rendering = render(scene, streams[Aspect.RENDERING])
            image = photograph(rendering.image, self._size, rendering.owner == 0, streams[Aspect.PHOTOGRAPHY])
            yield label_face(image, acting, pose, posed, camera, light, rendering)


def uncovered(person: Person) -> Person:
    """Return the person with nothing in front of the face."""
    return replace(person, headwear=None, mask=None, occluder=None)


def with_expression(person: Person, expression: Expression) -> Person:
    """Give a person another expression; brows, lashes and beard move with the skin below them.

    Args:
        person: a person with open eyes: where lids touch, a lash cannot be assigned to one of them.
        expression: the new expression.

    Returns:
        The same person with that expression.
    """
    old = person.head
    new = build_head(old.assets, old.identity, expression)
    nearest = cKDTree(old.vertices)
    moved = new.vertices - old.vertices

    def follow(strands: Strands) -> Strands:
        if strands.kind == StrandKind.HAIR:
            return strands
        return replace(strands, points=strands.points + moved[nearest.query(strands.points[:, 0])[1]][:, None])

    return replace(person, head=new, strands=tuple(follow(item) for item in person.strands))


def _camera(size: int, extent: float, target: Floats, state: FrameState) -> Camera:
    """Make the camera of a frame; its focal length is always the same, so that a nearer head is a larger one."""
    usual = FrameState().distance
    view = math.degrees(2 * math.atan(extent / 2 / usual))
    centre = (size - 1) / 2 + np.array(state.shift, np.float32) * size
    camera = Camera.looking_at(size, view, target.astype(np.float32), centre.astype(np.float32), extent)
    return replace(camera, distance=state.distance)
