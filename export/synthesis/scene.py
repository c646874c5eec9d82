"""One synthetic picture: a person, the pose, the light, the camera, and the labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.synthesis.head import Posing, sample_pose, visible_points
from export.synthesis.landmarks import hidden
from export.synthesis.lighting import Backgrounds, Environments, Illumination, sample_illumination
from export.synthesis.mesh import Floats
from export.synthesis.person import Casting, Person, Posed
from export.synthesis.rendering import SUPERSAMPLING, Camera, Rendering, Scene, photograph, render

VERSION = "3"
"""Of the faces: it changes whenever the same seed gives other pictures or labels."""

TOLERANCE = 0.035
"""Decimetres that a point may lie behind what is drawn there and still be seen: it is on the skin, roughly."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture and all that is known of it.

    Attributes:
        image: (S, S, 3) uint8 BGR.
        points: (68, 2) float32 x, y in pixels (centres at integers), iBUG order; the jaw follows the visible contour.
        points3d: (68, 3) float32 the points on the head itself, z in pixels, 0 at their mean, away from the camera.
        hidden: (68,) bool, the point is covered, by the head itself too.
        pose: (3,) float32 yaw, pitch, roll in degrees, as in ``runtime.landmarks.head_pose``.
        box: (4,) float32 left, top, right, bottom of the points.
        attributes: what the person looks like and wears, where the light is from, how far the camera is.
    """

    image: NDArray[np.uint8]
    points: Floats
    points3d: Floats
    hidden: NDArray[np.bool_]
    pose: Floats
    box: Floats
    attributes: dict[str, float | str]


class Generator:
    """Makes pictures of faces. The same seed and index give the same bytes on the same machine."""

    def __init__(self, size: int = 256) -> None:
        """``size``: side of the pictures in pixels. Raises ValueError below 64."""
        if size < 64:
            raise ValueError(f"size = {size}: a face needs a picture of at least 64 pixels")
        self._size = size
        self._casting = Casting()
        self._environments = Environments()
        self._backgrounds = Backgrounds()

    @property
    def size(self) -> int:
        """Side of the pictures in pixels."""
        return self._size

    @property
    def version(self) -> str:
        """Of the faces, see :data:`VERSION`."""
        return VERSION

    def sample(self, seed: int, index: int) -> Sample:
        """Picture ``index`` of the series ``seed``."""
        rng = np.random.default_rng([seed, index])
        person = self._casting.sample(rng)
        posing = sample_pose(rng)
        posed = self._casting.pose(person, posing)
        camera = frame(posing.rigid(person.head.landmarks), self._size, rng)
        light = sample_illumination(rng, self._environments)
        background = self._backgrounds.sample(light, self._size * SUPERSAMPLING, rng)
        rendering = render(Scene(posed.parts, posed.strands, posed.lenses, camera, light, background), rng)
        image = photograph(rendering.image, self._size, rendering.owner == 0, rng)
        return label(image, person, posing, posed, camera, light, rendering)


def frame(points: Floats, size: int, rng: np.random.Generator) -> Camera:
    """A camera with the posed points (68, 3) well inside the picture, as far away as people photograph each other."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    extent = float((high - low).max()) * rng.uniform(1.6, 2.3)
    distance = float(np.clip(math.exp(rng.normal(math.log(10), 0.55)), 3.2, 60))  # decimetres: arm's length to a room's
    target = np.append((low + high) / 2, points[:, 2].mean()).astype(np.float32)
    centre = (size - 1) / 2 + np.clip(rng.normal(0, 0.03, 2), -0.08, 0.08) * size
    view = math.degrees(2 * math.atan(extent / 2 / distance))
    return Camera.looking_at(size, view, target, centre.astype(np.float32), extent)


def label(
    image: NDArray[np.uint8],
    person: Person,
    posing: Posing,
    posed: Posed,
    camera: Camera,
    light: Illumination,
    rendering: Rendering,
) -> Sample:
    """A picture with all that is known of it."""
    head = person.head
    solid = posing.rigid(head.landmarks)
    seen = visible_points(head, posing, posed.vertices, camera.project(posed.vertices)[0])
    pixels, _ = camera.project(seen)
    fine, distance = camera.project(seen, SUPERSAMPLING)
    points3d = camera.scaled_points(solid)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    identity = head.identity
    european, asian, african = (float(share) for share in identity.ancestry)
    return Sample(
        image,
        pixels,
        points3d,
        hidden(rendering.depth, fine, distance, TOLERANCE),
        np.array([posing.yaw, posing.pitch, posing.roll], np.float32),
        np.concatenate([low, high]).astype(np.float32),
        {
            "sex": float(identity.sex),
            "age": float(identity.age),
            "european": european,
            "asian": asian,
            "african": african,
            "melanin": float(identity.melanin),
            "expression": head.expression.kind,
            "haircut": person.haircut,
            "beard": "yes" if person.bearded else "no",
            "clothes": person.outfit.kind,
            "glasses": _glasses(person),
            "headwear": person.headwear.kind if person.headwear else "none",
            "mask": person.mask.kind if person.mask else "none",
            "occluder": person.occluder.kind if person.occluder else "none",
            "light": light.kind,
            "distance": camera.distance,
        },
    )


def _glasses(person: Person) -> str:
    if person.glasses is None:
        return "none"
    return "clear" if float(np.mean(person.glasses.transmission)) > 0.5 else "dark"
