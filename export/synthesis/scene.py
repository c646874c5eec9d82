"""One synthetic picture: a person, the pose, the light, the camera, and the labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.synthesis.head import HeadPose, sample_pose, visible_points
from export.synthesis.landmarks import find_hidden
from export.synthesis.lighting import Backgrounds, Environments, Illumination, sample_illumination
from export.synthesis.mesh import Floats
from export.synthesis.person import Person, PersonFactory, PosedPerson
from export.synthesis.rendering import SUPERSAMPLING, Camera, Rendering, Scene, photograph, render
from export.synthesis.sampling import Aspect, RandomStreams

VERSION = "4"
"""Version of the faces: it changes whenever the same seed gives other pictures or labels."""

TOLERANCE = 0.035
"""Decimetres that a point may lie behind the surface drawn there and still count as visible."""


@dataclass(frozen=True, slots=True)
class RenderedFace:
    """A picture and its labels.

    Attributes:
        image: (S, S, 3) uint8 BGR.
        points: (68, 2) float32 x, y in pixels (centres at integers), iBUG order; the jaw follows the visible contour.
        points3d: (68, 3) float32 the points on the head itself, z in pixels, 0 at their mean, away from the camera.
        hidden: (68,) bool, whether something covers the point, the head itself included.
        pose: (3,) float32 yaw, pitch, roll in degrees, as in ``runtime.landmarks.head_pose``.
        box: (4,) float32 left, top, right, bottom of the points in pixels.
        attributes: appearance and clothes of the person, set-up of the light, distance of the camera in decimetres.
    """

    image: NDArray[np.uint8]
    points: Floats
    points3d: Floats
    hidden: NDArray[np.bool_]
    pose: Floats
    box: Floats
    attributes: dict[str, float | str]


class Generator:
    """A generator of pictures of faces. The same seed and index give the same bytes on the same machine.

    Example:
        >>> face = Generator(size=256).sample(seed=0, index=0)
        >>> face.points.shape
        (68, 2)
    """

    def __init__(self, size: int = 256) -> None:
        """Load the shared data.

        Args:
            size: side of the pictures in pixels.

        Raises:
            ValueError: ``size`` is below 64.
            FileNotFoundError: the package with the head's data is not installed.
        """
        if size < 64:
            raise ValueError(f"size = {size}: a face needs a picture of at least 64 pixels")
        self._size = size
        self._people = PersonFactory()
        self._environments = Environments()
        self._backgrounds = Backgrounds()

    @property
    def size(self) -> int:
        """Side of the pictures in pixels."""
        return self._size

    @property
    def version(self) -> str:
        """Version of the faces, see :data:`VERSION`."""
        return VERSION

    def sample(self, seed: int, index: int) -> RenderedFace:
        """Generate one picture.

        Args:
            seed: seed of the series.
            index: number of the picture in the series.

        Returns:
            The picture with its labels.
        """
        streams = RandomStreams(seed, index)
        person = self._people.sample(streams)
        pose = sample_pose(streams[Aspect.POSE])
        posed = self._people.pose(person, pose)
        camera = sample_camera(streams[Aspect.CAMERA], pose.rigid(person.head.landmarks), self._size)
        light = sample_illumination(streams[Aspect.LIGHTING], self._environments)
        background = self._backgrounds.sample(light, self._size * SUPERSAMPLING, streams[Aspect.BACKGROUND])
        scene = Scene(posed.parts, posed.strands, posed.lenses, camera, light, background)
        rendering = render(scene, streams[Aspect.RENDERING])
        image = photograph(rendering.image, self._size, rendering.owner == 0, streams[Aspect.PHOTOGRAPHY])
        return label_face(image, person, pose, posed, camera, light, rendering)


def sample_camera(rng: np.random.Generator, points: Floats, size: int) -> Camera:
    """Sample a camera that sees the whole face, at a distance at which people photograph each other.

    Args:
        rng: random numbers.
        points: (68, 3) landmarks of the posed head, camera frame, decimetres.
        size: side of the picture in pixels.

    Returns:
        The camera.
    """
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    extent = float((high - low).max()) * rng.uniform(1.6, 2.3)
    distance = float(np.clip(math.exp(rng.normal(math.log(10), 0.55)), 3.2, 60))  # decimetres: arm's length to a room's
    target = np.append((low + high) / 2, points[:, 2].mean()).astype(np.float32)
    centre = (size - 1) / 2 + np.clip(rng.normal(0, 0.03, 2), -0.08, 0.08) * size
    view = math.degrees(2 * math.atan(extent / 2 / distance))
    return Camera.looking_at(size, view, target, centre.astype(np.float32), extent)


def label_face(
    image: NDArray[np.uint8],
    person: Person,
    pose: HeadPose,
    posed: PosedPerson,
    camera: Camera,
    light: Illumination,
    rendering: Rendering,
) -> RenderedFace:
    """Compute the labels of a picture.

    Args:
        image: (S, S, 3) uint8 BGR, the finished picture.
        person: the person shown.
        pose: pose of the head.
        posed: the person in that pose.
        camera: the camera.
        light: the light.
        rendering: the rendering that ``image`` was developed from.

    Returns:
        The picture with its labels.
    """
    head = person.head
    solid = pose.rigid(head.landmarks)
    seen = visible_points(head, pose, posed.vertices, camera.project(posed.vertices)[0])
    pixels, _ = camera.project(seen)
    fine, distance = camera.project(seen, SUPERSAMPLING)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    return RenderedFace(
        image,
        pixels,
        camera.scaled_points(solid),
        find_hidden(rendering.depth, fine, distance, TOLERANCE),
        np.array([pose.yaw, pose.pitch, pose.roll], np.float32),
        np.concatenate([low, high]).astype(np.float32),
        _attributes(person) | {"light": light.kind.value, "distance": camera.distance},
    )


def _attributes(person: Person) -> dict[str, float | str]:
    identity = person.head.identity
    european, asian, african = (float(share) for share in identity.ancestry)
    return {
        "sex": float(identity.sex),
        "age": float(identity.age),
        "european": european,
        "asian": asian,
        "african": african,
        "melanin": float(identity.melanin),
        "expression": person.head.expression.kind.value,
        "haircut": person.haircut.value,
        "beard": "yes" if person.bearded else "no",
        "clothes": person.outfit.kind.value,
        "glasses": _glasses(person),
        "headwear": person.headwear.kind.value if person.headwear else "none",
        "mask": person.mask.kind.value if person.mask else "none",
        "occluder": person.occluder.kind.value if person.occluder else "none",
    }


def _glasses(person: Person) -> str:
    if person.glasses is None:
        return "none"
    return "clear" if float(np.mean(person.glasses.transmission)) > 0.5 else "dark"
