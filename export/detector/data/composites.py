"""Training pictures for the detector, composed at random from scenes, portraits and pictures without people."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from export.detector.data.composite_config import CompositeConfig
from export.detector.data.degradation import degrade
from export.detector.data.labels import FaceLabels
from export.detector.data.overlays import HardNegatives, Overlays, draw, main_face
from export.detector.data.pasting import cut, similarity
from export.detector.data.placement import Composite, border, filled, log_uniform, mirror, turn
from export.detector.data.sources import Source, Sources

TILES = 60
"""Largest number of portraits in a mosaic; its last row may exceed it."""


class Composer:
    """A generator of training pictures; the same random state gives the same picture."""

    def __init__(self, sources: Sources, config: CompositeConfig) -> None:
        self.sources, self.config = sources, config
        self._hard = HardNegatives((*sources.scenes, *sources.plain))
        self._overlays = Overlays(sources, config, self._hard)
        self._kinds: list[tuple[float, Callable[[np.random.Generator], Composite]]] = [
            (config.scene, self.scene),
            (config.pasted, self.pasted),
            (config.mosaic, self.mosaic),
            (config.close, self.close),
            (config.plain, self.plain),
        ]

    def __call__(self, random: np.random.Generator) -> Composite:
        """Compose a picture (S, S, 3) uint8 BGR with labels and change its light and sharpness."""
        return self.varied(self.compose(random), random)

    def compose(self, random: np.random.Generator) -> Composite:
        """Compose a picture (S, S, 3) uint8 BGR with labels; its kind is drawn by the configured shares."""
        shares = np.array([share for share, _ in self._kinds])
        kind = self._kinds[random.choice(len(shares), p=shares / shares.sum())][1]
        image, labels = kind(random)
        if random.random() < self.config.turned:
            image, labels = turn(image, labels, int(random.integers(1, 4)))
        return image, labels

    def varied(self, composite: Composite, random: np.random.Generator, mirrored: bool = False) -> Composite:
        """Change light and sharpness of a share of the pictures, after mirroring if ``mirrored``."""
        image, labels = mirror(*composite) if mirrored else composite
        if random.random() < self.config.degradation_probability:
            image = degrade(image, random)
        return image, labels

    def scene(self, random: np.random.Generator) -> Composite:
        """Cut a part out of a photograph with people; the size of one face is drawn log-uniformly."""
        size = self.config.size
        source, number = draw(self.sources.scenes, random)
        picture, labels = source[number]
        shares = source.importance(number) * (labels.targets > 0)
        if random.random() < 0.25:  # the whole photograph, as in use
            scale = size / max(picture.shape[:2]) * random.uniform(0.8, 1.1)
            target, origin = np.full(2, size / 2), np.array(picture.shape[1::-1]) / 2
        else:
            chosen = int(random.choice(len(labels), p=shares / shares.sum()))
            box = labels.boxes[chosen]
            side = float(labels.sides[chosen])
            # enlarged by at most a half: there is no more detail
            wanted = log_uniform(random, self.config.smallest, min(self.config.largest, 1.5 * side))
            scale = max(wanted / side, random.uniform(0.8, 1.2) * size / max(picture.shape[:2]))
            origin = (box[:2] + box[2:]) / 2
            reach = np.minimum(size / 2, 0.45 * wanted)
            target = random.uniform(reach, size - reach, 2)
            target = filled(target, origin, scale, picture.shape, size)
        angle = math.radians(random.normal(0, 8)) if random.random() < 0.3 else 0.0
        matrix = similarity(origin, target, scale, angle, random.random() < 0.5)
        canvas = cut(picture, matrix, size, size, border(random))
        labels = labels.warped(matrix).visible(size, size)
        shown = labels.take(labels.certain & labels.known & (labels.sides >= 8))
        for index in range(len(shown)):
            if random.random() < self.config.swapped:
                labels = self._overlays.swap(canvas, labels, shown, index, random)
        return canvas, labels

    def pasted(self, random: np.random.Generator) -> Composite:
        """Paste faces of all sizes and angles onto a picture, and parts of other pictures in the same way."""
        canvas, labels = self._background(random)
        count = int(random.integers(1, 9))
        largest = self.config.largest / math.sqrt(count)
        for _ in range(count):
            side = log_uniform(random, self.config.smallest, largest)
            where = random.uniform(0, self.config.size, 2)
            labels = self._overlays.paste(canvas, labels, where, side, self._overlays.angle(random), random)
            if random.random() < 0.35:
                self._overlays.decoy(canvas, labels, random)
        return canvas, labels

    def mosaic(self, random: np.random.Generator) -> Composite:
        """Arrange portraits in rows, each with its own surroundings."""
        size = self.config.size
        canvas = np.full((size, size, 3), random.integers(0, 256, 3), np.uint8)
        parts: list[FaceLabels] = []
        cell = log_uniform(random, 20, 128)
        top = 0
        while top < size and len(parts) < TILES:
            height = int(min(max(12, cell * random.uniform(0.7, 1.4)), size))
            left = int(random.integers(-height, 1))
            while left < size:
                tile, labels, box = self._tile(random, height)
                zoom = height / (float(box[3] - box[1]) * random.uniform(1.1, 1.9))
                target = np.array([height / 2, height / 2]) + random.normal(0, 0.06 * height, 2)
                matrix = similarity(
                    (box[:2] + box[2:]) / 2, target, zoom, self._overlays.angle(random), random.random() < 0.5
                )
                part = cut(tile, matrix, height, height)
                moved = labels.warped(matrix)
                self._overlays.occlude(part, moved, random)
                x0, x1, y1 = max(left, 0), min(left + height, size), min(top + height, size)
                canvas[top:y1, x0:x1] = part[: y1 - top, x0 - left : x1 - left]
                shift = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
                inside = moved.visible(height, height, 0.75)
                parts.append(inside.warped(shift).visible(size, size))
                left += height
            top += height
        return canvas, FaceLabels.join(parts)

    def close(self, random: np.random.Generator) -> Composite:
        """Cut a portrait so that the face fills the picture or exceeds it."""
        size = self.config.size
        tile, labels = self._overlays.portrait(random)
        box = labels.boxes[main_face(labels)]
        scale = size * random.uniform(0.35, 1.25) / float((box[2:] - box[:2]).max())
        target = size / 2 + random.normal(0, 0.08 * size, 2)
        matrix = similarity((box[:2] + box[2:]) / 2, target, scale, self._overlays.angle(random), random.random() < 0.5)
        canvas = cut(tile, matrix, size, size, border(random))
        labels = labels.warped(matrix)
        self._overlays.occlude(canvas, labels, random)
        return canvas, labels.visible(size, size, 0.5)

    def plain(self, random: np.random.Generator) -> Composite:
        """Cut a picture without a face, with up to three parts of others pasted in, or around a hard negative."""
        if len(self._hard) and random.random() < self.config.hard:
            canvas, labels = self._around_hard(random)
        else:
            canvas, labels = self._part(self.sources.plain, random)
            canvas = self._overlays.toned(canvas, random)
        for _ in range(int(random.integers(0, 4))):
            self._overlays.decoy(canvas, labels, random)
        return canvas, labels

    def _background(self, random: np.random.Generator) -> Composite:
        return self._part(self.sources.scenes if random.random() < 0.5 else self.sources.plain, random)

    def _part(self, sources: tuple[Source, ...], random: np.random.Generator) -> Composite:
        """Cut a square part out of a picture, a fifth of its shorter side or larger."""
        size = self.config.size
        source, number = draw(sources, random)
        picture, labels = source[number]
        shown = min(picture.shape[:2]) * log_uniform(random, 0.2, 1.0)
        middle = np.array([random.uniform(shown / 2, side - shown / 2) for side in picture.shape[1::-1]])
        matrix = similarity(middle, np.full(2, size / 2), size / shown, 0.0, random.random() < 0.5)
        return cut(picture, matrix, size, size), labels.warped(matrix).visible(size, size)

    def _around_hard(self, random: np.random.Generator) -> Composite:
        """Cut the surroundings of a hard negative, which gets a size as faces have; real faces may be among them."""
        size = self.config.size
        picture, labels, box = self._hard.draw(random)
        wanted = log_uniform(random, self.config.smallest, self.config.largest / 1.5)
        scale = max(wanted / float((box[2:] - box[:2]).max()), 0.8 * size / max(picture.shape[:2]))
        origin = (box[:2] + box[2:]) / 2
        target = filled(random.uniform(0.2 * size, 0.8 * size, 2), origin, scale, picture.shape, size)
        angle = math.radians(random.normal(0, self.config.tilt))
        matrix = similarity(origin, target, scale, angle, random.random() < 0.5)
        return cut(picture, matrix, size, size, border(random)), labels.warped(matrix).visible(size, size)

    def _tile(
        self, random: np.random.Generator, side: float
    ) -> tuple[NDArray[np.uint8], FaceLabels, NDArray[np.float32]]:
        """Draw a portrait and its face's box, or a picture and the box of a hard negative in it."""
        if len(self._hard) and random.random() < self.config.hard_tiles:
            return self._hard.draw(random)
        tile, labels = self._overlays.portrait(random, side)
        return tile, labels, labels.boxes[main_face(labels)]
