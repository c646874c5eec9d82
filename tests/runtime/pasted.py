"""Scenes of real faces: portraits pasted onto a wall, wherever a test wants them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np

WIDTH, HEIGHT = 640, 400
_Y, _X = np.mgrid[:200, :200]
OVAL = np.clip((1 - np.hypot((_X - 100) / 75, (_Y - 105) / 98)) * 12, 0, 1).astype(np.float32)
"""A head in a portrait of 200x200 pixels: 1 inside, 0 outside, soft between."""


def portraits(astronaut, grace_hopper):
    """Both faces, about 100 pixels wide in the middle of 200x200."""
    second = cv2.resize(grace_hopper[30:430, 70:470], (200, 200), interpolation=cv2.INTER_AREA)
    return astronaut[20:220, 120:320], second


def wall(seed: int = 0):
    """A wall with soft blotches (HEIGHT, WIDTH, 3); another seed is another room."""
    blotches = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return cv2.normalize(cv2.GaussianBlur(blotches, (0, 0), 12 + 9 * seed), None, 50, 210, cv2.NORM_MINMAX)


def paste(scene, *heads):
    """Heads (portrait, x, y) or (portrait, x, y, scale) over a scene, the last one in front; x, y are their middles."""
    scene = scene.copy()
    for portrait, x, y, *scale in heads:
        factor = scale[0] if scale else 1.0
        # only the square that the portrait covers is computed
        left, top, size = x - 100 * factor, y - 100 * factor, 200 * factor
        x0, y0 = max(math.floor(left), 0), max(math.floor(top), 0)
        part = scene[y0 : math.ceil(top + size), x0 : math.ceil(left + size)]
        matrix = np.array([[factor, 0, left - x0], [0, factor, top - y0]])
        shape = part.shape[1], part.shape[0]
        mask = cv2.warpAffine(OVAL, matrix, shape)[..., None]
        part[:] = np.rint(part * (1 - mask) + cv2.warpAffine(portrait, matrix, shape) * mask)
    return scene


def followed(tracker, scenes, fps: float = 30.0) -> Iterator[dict[int, tuple[float, float]]]:
    """Return the place of each track in each frame: number -> middle of the box."""
    for index, scene in enumerate(scenes):
        faces = tracker(scene, index / fps).faces
        yield {face.track: (float(face.box[::2].mean()), float(face.box[1::2].mean())) for face in faces}
