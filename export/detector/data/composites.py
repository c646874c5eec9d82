"""Training pictures for the detector, composed at random from scenes, portraits and pictures without people."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, PositiveFloat

from export.config_files import Config, Share
from export.detector.data.degradation import degrade
from export.detector.data.hard_negatives import HardNegatives
from export.detector.data.labels import FaceLabels
from export.detector.data.pasting import cover, cut, ellipse, paste, similarity
from export.detector.data.placement import Composite, border, filled, lit_alike, log_uniform, mirror, turn
from export.detector.data.sources import SMALL, Source, Sources
from export.detector.model import STEP

SMALLEST_OCCLUDED = 10.0
"""Longer side in pixels from which on faces are occluded."""

TILES = 60
"""Largest number of portraits in a mosaic; its last row may exceed it."""


class CompositeConfig(Config):
    """Parameters of the composition of training pictures.

    Attributes:
        size: side of the square pictures in pixels, a multiple of 32.
        smallest, largest: longer side of a pasted face in pixels.
        scene, pasted, mosaic, close, plain: shares of the kinds of pictures.
        swapped: share of a scene's faces that another person's is pasted over.
        turned: share of the pictures that are turned by 90, 180 or 270 degrees.
        tilted: share of the pasted faces that are turned by any angle; the others stay within ``tilt`` degrees.
        tilt: standard deviation of the other rotations, degrees.
        hard: share of the hard negatives, if any were mined, among pictures and parts without a face.
        hard_tiles: share of a mosaic's tiles that show a hard negative.
        occluded: share of the pasted faces and portraits that something is laid over, up to about half of the face.
        degradation_probability: share of the pictures whose light, colour or sharpness are changed.
    """

    size: Annotated[int, Field(ge=STEP, multiple_of=STEP)] = 256
    smallest: PositiveFloat = 7.0
    largest: PositiveFloat = 230.0
    scene: NonNegativeFloat = 0.5
    pasted: NonNegativeFloat = 0.2
    mosaic: NonNegativeFloat = 0.12
    close: NonNegativeFloat = 0.1
    plain: NonNegativeFloat = 0.08
    swapped: Share = 0.3
    turned: Share = 0.12
    tilted: Share = 0.15
    tilt: NonNegativeFloat = 15.0
    hard: Share = 0.6
    hard_tiles: Share = 0.2
    occluded: Share = 0.15
    degradation_probability: Share = 0.6


class Composer:
    """A generator of training pictures; the same random state gives the same picture."""

    def __init__(self, sources: Sources, config: CompositeConfig) -> None:
        self.sources, self.config = sources, config
        self._hard = HardNegatives((*sources.scenes, *sources.plain))
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
        picture, labels = _draw(self.sources.scenes, random)
        learnt = np.flatnonzero(labels.targets)
        if random.random() < 0.25:  # the whole photograph, as in use
            scale = size / max(picture.shape[:2]) * random.uniform(0.8, 1.1)
            target, origin = np.full(2, size / 2), np.array(picture.shape[1::-1]) / 2
        else:
            chosen = int(random.choice(learnt))
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
                labels = self._swap(canvas, labels, shown, index, random)
        return canvas, labels

    def pasted(self, random: np.random.Generator) -> Composite:
        """Paste faces of all sizes and angles onto a picture, and parts of other pictures in the same way."""
        canvas, labels = self._background(random)
        count = int(random.integers(1, 9))
        largest = self.config.largest / math.sqrt(count)
        for _ in range(count):
            side = log_uniform(random, self.config.smallest, largest)
            where = random.uniform(0, self.config.size, 2)
            labels = self._paste(canvas, labels, where, side, self._angle(random), random)
            if random.random() < 0.35:
                self._decoy(canvas, labels, random)
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
                matrix = similarity((box[:2] + box[2:]) / 2, target, zoom, self._angle(random), random.random() < 0.5)
                part = cut(tile, matrix, height, height)
                self._occlude(part, np.array([0.2, 0.2, 0.8, 0.8], np.float32) * height, random)
                x0, x1, y1 = max(left, 0), min(left + height, size), min(top + height, size)
                canvas[top:y1, x0:x1] = part[: y1 - top, x0 - left : x1 - left]
                shift = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
                inside = labels.warped(matrix).visible(height, height, 0.75)
                parts.append(inside.warped(shift).visible(size, size))
                left += height
            top += height
        return canvas, FaceLabels.join(parts)

    def close(self, random: np.random.Generator) -> Composite:
        """Cut a portrait so that the face fills the picture or exceeds it."""
        size = self.config.size
        tile, labels = self._portrait(random)
        box = labels.boxes[_main(labels)]
        scale = size * random.uniform(0.35, 1.25) / float((box[2:] - box[:2]).max())
        target = size / 2 + random.normal(0, 0.08 * size, 2)
        matrix = similarity((box[:2] + box[2:]) / 2, target, scale, self._angle(random), random.random() < 0.5)
        canvas = cut(tile, matrix, size, size, border(random))
        labels = labels.warped(matrix)
        self._occlude(canvas, labels.boxes[_main(labels)], random)
        return canvas, labels.visible(size, size, 0.5)

    def plain(self, random: np.random.Generator) -> Composite:
        """Cut a picture without a face, with up to three parts of others pasted in, or around a hard negative."""
        if len(self._hard) and random.random() < self.config.hard:
            canvas, labels = self._around_hard(random)
        else:
            canvas, labels = self._part(self.sources.plain, random)
        for _ in range(int(random.integers(0, 4))):
            self._decoy(canvas, labels, random)
        return canvas, labels

    def _background(self, random: np.random.Generator) -> Composite:
        return self._part(self.sources.scenes if random.random() < 0.5 else self.sources.plain, random)

    def _part(self, sources: tuple[Source, ...], random: np.random.Generator) -> Composite:
        """Cut a square part out of a picture, a fifth of its shorter side or larger."""
        size = self.config.size
        picture, labels = _draw(sources, random)
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
        tile, labels = self._portrait(random, side)
        return tile, labels, labels.boxes[_main(labels)]

    def _portrait(self, random: np.random.Generator, side: float = math.inf) -> Composite:
        """Draw a portrait; where ``side``, the length of its face in pixels, is small, from the small copies."""
        return _draw(self.sources.portraits, random, small=side < SMALL / 2)

    def _angle(self, random: np.random.Generator) -> float:
        if random.random() < self.config.tilted:
            return float(random.uniform(-math.pi, math.pi))
        return math.radians(random.normal(0, self.config.tilt))

    def _swap(
        self,
        canvas: NDArray[np.uint8],
        labels: FaceLabels,
        shown: FaceLabels,
        index: int,
        random: np.random.Generator,
    ) -> FaceLabels:
        """Paste another person's face over face ``index`` of ``shown``, with its size and rotation."""
        box, points = shown.boxes[index], shown.keypoints[index]
        across = points[1] + points[4] - points[0] - points[3]
        angle = math.atan2(across[1], across[0]) + math.radians(random.normal(0, 8))
        side = float(shown.sides[index]) * random.uniform(0.95, 1.2)
        return self._paste(canvas, labels, (box[:2] + box[2:]) / 2, side, angle, random, whole=0.0)

    def _paste(
        self,
        canvas: NDArray[np.uint8],
        labels: FaceLabels,
        where: NDArray[np.floating],
        side: float,
        angle: float,
        random: np.random.Generator,
        whole: float = 0.2,
    ) -> FaceLabels:
        """Paste a portrait's face; ``whole`` is the share of portraits that are pasted with their surroundings."""
        tile, faces = self._portrait(random, side)
        main = _main(faces)
        box = faces.boxes[main]
        middle, sides = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        matrix = similarity(middle, where, side / float(sides.max()), angle, random.random() < 0.5)
        height, width = tile.shape[:2]
        if random.random() < whole:
            mask = np.zeros((height, width), np.uint8)
            mask[1:-1, 1:-1] = 255
            kept = faces
        else:
            room = np.minimum(middle, np.array([width, height]) - middle) - 1
            radii = np.minimum(sides * random.uniform(0.52, 0.85, 2), np.maximum(room, 0.4 * sides))
            soft = random.uniform(0.05, 0.35)
            mask = ellipse(width, height, middle, radii / (1 + soft / 2), soft)
            kept = faces.take(np.array([main]))
        touched = paste(canvas, lit_alike(tile, canvas, where, random), mask, matrix)
        moved = kept.warped(matrix)
        own = moved.boxes[_main(moved)] if len(moved) else touched
        self._occlude(canvas, own, random)
        return FaceLabels.join([cover(labels, own), moved.visible(*canvas.shape[1::-1])])

    def _decoy(self, canvas: NDArray[np.uint8], labels: FaceLabels, random: np.random.Generator) -> None:
        """Paste a part of a picture without a face in the way of a face, but not over any face."""
        side = log_uniform(random, 8, self.config.size / 2)
        where = random.uniform(0, self.config.size, 2)
        place = np.concatenate([where - side * 0.6, where + side * 0.6]).astype(np.float32)
        if len(labels) and (
            (np.minimum(labels.boxes[:, 2:], place[2:]) > np.maximum(labels.boxes[:, :2], place[:2])).all(axis=1).any()
        ):
            return
        self._cover(canvas, where, side, random)

    def _occlude(self, canvas: NDArray[np.uint8], box: NDArray[np.float32], random: np.random.Generator) -> None:
        """Lay a part of another picture over a side of the face of ``box`` (4,) xyxy, sometimes."""
        side = float((box[2:] - box[:2]).max())
        if side < SMALLEST_OCCLUDED or random.random() >= self.config.occluded:
            return
        angle = random.uniform(-math.pi, math.pi)
        reach = side * random.uniform(0.35, 0.6) * np.array([math.cos(angle), math.sin(angle)])
        self._cover(canvas, (box[:2] + box[2:]) / 2 + reach, side * random.uniform(0.4, 0.8), random)

    def _cover(
        self, canvas: NDArray[np.uint8], where: NDArray[np.floating], side: float, random: np.random.Generator
    ) -> None:
        """Paste an ellipse of a picture without a face, ``side`` pixels long, around ``where``."""
        if len(self._hard) and random.random() < self.config.hard:
            picture, _, box = self._hard.draw(random)
            middle, radius = (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).max()) * random.uniform(0.5, 0.7)
        else:
            picture, _ = _draw(self.sources.plain, random)
            height, width = picture.shape[:2]
            radius = min(height, width) * random.uniform(0.08, 0.4)
            middle = np.array([random.uniform(radius, width - radius), random.uniform(radius, height - radius)])
        low, high = np.floor(middle - radius).astype(int), np.ceil(middle + radius).astype(int)
        part = picture[max(low[1], 0) : high[1], max(low[0], 0) : high[0]]
        mask = ellipse(
            part.shape[1],
            part.shape[0],
            np.array(part.shape[1::-1]) / 2,
            np.array(part.shape[1::-1]) / 2 * random.uniform(0.6, 0.95, 2),
            random.uniform(0.05, 0.35),
        )
        matrix = similarity(np.array(part.shape[1::-1]) / 2, where, side / max(part.shape[:2]), self._angle(random))
        paste(canvas, part, mask, matrix)


def _draw(sources: tuple[Source, ...], random: np.random.Generator, small: bool = False) -> Composite:
    """Draw a picture from all sources, each picture with the same probability."""
    counts = np.array([len(each) for each in sources])
    number = int(random.integers(counts.sum()))
    for source, count in zip(sources, counts, strict=True):
        if number < count:
            return source.shrunk(number) if small else source[number]
        number -= count
    raise ValueError("no pictures to compose from")


def _main(labels: FaceLabels) -> int:
    """Return the index of the largest certain face."""
    return int(np.argmax(labels.sides * labels.certain))
