"""Backgrounds out of focus: photographed surroundings, pictures without people, drawn scenes."""

from __future__ import annotations

import math
from enum import Enum
from pathlib import Path

import cv2
import numpy as np
import skimage

from export.synthesis.lighting.drawn_backgrounds import backdrop, foliage, lights, sky, wall
from export.synthesis.lighting.environment import view
from export.synthesis.lighting.light_setups import LightKind
from export.synthesis.lighting.lighting import Illumination
from export.synthesis.lighting.rooms import room
from export.synthesis.mesh import Floats
from export.synthesis.sampling import Odds


class BackgroundKind(str, Enum):
    """Kinds of background."""

    PANORAMA = "panorama"
    PICTURE = "picture"
    ROOM = "room"
    WALL = "wall"
    FOLIAGE = "foliage"
    SKY = "sky"
    BACKDROP = "backdrop"
    LIGHTS = "lights"


BACKGROUND_ODDS = Odds(
    {
        BackgroundKind.PANORAMA: 0.54,
        BackgroundKind.PICTURE: 0.06,
        BackgroundKind.ROOM: 0.14,
        BackgroundKind.WALL: 0.1,
        BackgroundKind.FOLIAGE: 0.05,
        BackgroundKind.SKY: 0.05,
        BackgroundKind.BACKDROP: 0.06,
    }
)

_SHARPEST = {
    BackgroundKind.WALL: 0.002,
    BackgroundKind.ROOM: 0.005,
    BackgroundKind.SKY: 0.005,
    BackgroundKind.BACKDROP: 0.01,
}
"""Least blur, in shares of the picture's side; other kinds are blurred more."""

_DRAWN = {
    BackgroundKind.ROOM: room,
    BackgroundKind.WALL: wall,
    BackgroundKind.FOLIAGE: foliage,
    BackgroundKind.LIGHTS: lights,
    BackgroundKind.SKY: sky,
    BackgroundKind.BACKDROP: backdrop,
}

# Those of scikit-image's pictures that can stand behind a head; public domain or CC0, no people.
PICTURES = ("brick.png", "coffee.png", "grass.png", "gravel.png", "rocket.jpg")


class Backgrounds:
    """A sampler of backgrounds; holds scikit-image's pictures."""

    def __init__(self) -> None:
        """Decode the pictures as albedo (H, W, 3) float32 linear RGB."""
        folder = Path(skimage.__file__).parent / "data"
        decoded = [cv2.imread(str(folder / name), cv2.IMREAD_COLOR) for name in PICTURES]
        self._pictures = [(d[..., ::-1].astype(np.float32) / 255) ** 2.2 for d in decoded if d is not None]

    def sample(self, light: Illumination, size: int, rng: np.random.Generator) -> Floats:
        """Sample a background that fits the light in brightness and colour.

        Args:
            light: the light of the scene.
            size: side of the background in pixels.
            rng: random numbers.

        Returns:
            (size, size, 3) float32 linear RGB.
        """
        half = max(size // 2, 16)  # half the resolution is enough out of focus
        kind = BACKGROUND_ODDS.sample(rng)
        if light.kind == LightKind.STUDIO:
            kind = BackgroundKind.BACKDROP if rng.random() < 0.8 else BackgroundKind.WALL
        elif light.kind in (LightKind.DIM, LightKind.NEON) and rng.random() < 0.5:
            kind = BackgroundKind.LIGHTS
        if kind == BackgroundKind.PANORAMA:
            image = view(light.panorama, half, float(rng.uniform(40, 95)), float(rng.normal(0, 7)))
            # the map has about 1.5 pixels per degree; a little blur hides its pixels
            blur = rng.uniform(0.006, 0.012) if rng.random() < 0.4 else rng.uniform(0.012, 0.04)
        else:
            image = self._albedo(kind, half, rng) * self._lit(light, kind, rng)
            sharpest = _SHARPEST.get(kind, 0.018)
            blur = rng.uniform(sharpest, sharpest + 0.025)
        image = _defocus(np.minimum(image, 25), float(blur) * half)
        return cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]

    def _albedo(self, kind: BackgroundKind, size: int, rng: np.random.Generator) -> Floats:
        if kind == BackgroundKind.PICTURE and self._pictures:
            return self._picture(size, rng)
        return _DRAWN.get(kind, wall)(rng, size)

    def _picture(self, size: int, rng: np.random.Generator) -> Floats:
        """Cut a part out of a picture, mirrored and toned at random."""
        picture = self._pictures[rng.integers(len(self._pictures))]
        height, width = picture.shape[:2]
        side = int(rng.uniform(0.4, 1.0) * min(height, width))
        top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
        part = picture[top : top + side, left : left + side]
        if rng.random() < 0.5:
            part = part[:, ::-1]
        tone = np.exp(rng.normal(0, 0.15, 3)) * math.exp(rng.normal(0.2, 0.3))
        shrunk = cv2.resize(np.ascontiguousarray(part), (size, size), interpolation=cv2.INTER_AREA)
        return (shrunk * tone).astype(np.float32)

    @staticmethod
    def _lit(light: Illumination, kind: BackgroundKind, rng: np.random.Generator) -> Floats:
        """Compute the light (3,) that falls on the background."""
        if kind == BackgroundKind.LIGHTS:
            return np.float32(rng.uniform(0.5, 1.5)) * np.ones(3, np.float32)
        towards = np.array([[0, 0, 1], [0, 0.8, 0.6]], np.float32)
        level = light.ambient(towards).mean(axis=0)
        # a flash and a studio's lamps are near: their light falls off behind the head
        near = rng.uniform(0.03, 0.4) if light.kind in (LightKind.FLASH, LightKind.STUDIO) else rng.uniform(0.5, 1.0)
        for key in light.keys:
            level = level + near * np.maximum(towards @ key.direction, 0).mean() * key.colour
        if kind == BackgroundKind.SKY:
            level = np.full(3, level.mean() * 1.3)
        return (level * math.exp(rng.normal(-0.3, 0.4))).astype(np.float32)


def _defocus(image: Floats, radius: float) -> Floats:
    """Blur by a disc of ``radius`` pixels with a soft rim: bright spots become round."""
    if radius < 0.7:
        return image
    reach = math.ceil(radius)
    axis = np.arange(-reach, reach + 1)
    kernel = np.clip(radius + 0.5 - np.hypot(axis[:, None], axis[None]), 0, 1).astype(np.float32)
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)  # type: ignore[return-value]
