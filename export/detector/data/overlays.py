"""Faces, occluders, hard negatives and other parts without a face, pasted onto a training picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from export.detector.data.composite_config import CompositeConfig
from export.detector.data.degradation import toned_as
from export.detector.data.face_wear import draw_dark_glasses, draw_mask
from export.detector.data.labels import FaceLabels
from export.detector.data.pasting import cover, ellipse, paste, similarity
from export.detector.data.placement import Composite, lit_alike, log_uniform
from export.detector.data.sources import SMALL, Source, Sources

WORN = 0.5
"""Share of masks and dark glasses among the occlusions."""

SMALLEST_OCCLUDED = 10.0
"""Longer side in pixels from which on faces are occluded."""


class HardNegatives:
    """The hard negatives of several sources, each drawn with the same probability."""

    def __init__(self, sources: Sequence[Source]) -> None:
        parts = [(source, *source.hard_negatives()) for source in sources]
        self._parts = [part for part in parts if len(part[1])]
        self._ends = np.cumsum([len(numbers) for _, numbers, _ in self._parts])

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._parts else 0

    def draw(self, random: np.random.Generator) -> tuple[NDArray[np.uint8], FaceLabels, NDArray[np.float32]]:
        """Return a picture (H, W, 3) uint8 BGR, its faces, and the box (4,) xyxy of a hard negative in it."""
        chosen = int(random.integers(len(self)))
        part = int(np.searchsorted(self._ends, chosen, side="right"))
        source, numbers, boxes = self._parts[part]
        index = chosen - int(self._ends[part - 1]) * (part > 0)
        return *source[int(numbers[index])], boxes[index]


class Overlays:
    """Draws of portraits, occluders and decoys, and their pasting, in place."""

    def __init__(self, sources: Sources, config: CompositeConfig, hard: HardNegatives) -> None:
        self._sources, self._config, self._hard = sources, config, hard
        self._weights = np.cumsum(
            [
                source.importance(number).max(initial=0.0)
                for source in sources.portraits
                for number in range(len(source))
            ]
        )

    def portrait(self, random: np.random.Generator, side: float = math.inf) -> Composite:
        """Draw a portrait, hard ones more often; one whose face is ``side`` pixels long from the small copies."""
        drawn = int(np.searchsorted(self._weights, random.uniform(0, self._weights[-1]), side="right"))
        source, number = _located(self._sources.portraits, drawn)
        return source.shrunk(number) if side < SMALL / 2 else source[number]

    def toned(self, image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
        """Give a share of images (H, W, 3) uint8 BGR without a face the colours of one: these alone make no face."""
        if random.random() >= self._config.toned:
            return image
        picture, labels = self.portrait(random, 0)
        box = labels.boxes[main_face(labels)]
        middle, reach = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 4
        low, high = np.floor(np.maximum(middle - reach, 0)).astype(int), np.ceil(middle + reach).astype(int)
        return toned_as(image, picture[low[1] : high[1], low[0] : high[0]])

    def angle(self, random: np.random.Generator) -> float:
        """Draw a face's rotation in the picture, in radians."""
        if random.random() < self._config.tilted:
            return float(random.uniform(-math.pi, math.pi))
        return math.radians(random.normal(0, self._config.tilt))

    def swap(
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
        return self.paste(canvas, labels, (box[:2] + box[2:]) / 2, side, angle, random, whole=0.0)

    def paste(
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
        tile, faces = self.portrait(random, side)
        main = main_face(faces)
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
        own = moved.boxes[main_face(moved)] if len(moved) else touched
        self.occlude(canvas, moved, random)
        return FaceLabels.join([cover(labels, own), moved.visible(*canvas.shape[1::-1])])

    def decoy(self, canvas: NDArray[np.uint8], labels: FaceLabels, random: np.random.Generator) -> None:
        """Paste a part of a picture without a face in the way of a face, but not over any face."""
        side = log_uniform(random, 8, self._config.size / 2)
        where = random.uniform(0, self._config.size, 2)
        place = np.concatenate([where - side * 0.6, where + side * 0.6]).astype(np.float32)
        if len(labels) and (
            (np.minimum(labels.boxes[:, 2:], place[2:]) > np.maximum(labels.boxes[:, :2], place[:2])).all(axis=1).any()
        ):
            return
        self._cover(canvas, where, side, random)

    def occlude(self, canvas: NDArray[np.uint8], face: FaceLabels, random: np.random.Generator) -> None:
        """Cover a part of the main face of ``face``, sometimes: by another picture, a mask or dark glasses."""
        if not len(face) or random.random() >= self._config.occluded:
            return
        index = main_face(face)
        box, side = face.boxes[index], float(face.sides[index])
        if side < SMALLEST_OCCLUDED:
            return
        if face.known[index] and random.random() < WORN:
            wear = draw_mask if random.random() < 0.5 else draw_dark_glasses
            wear(canvas, face.keypoints[index], random)
            return
        angle = random.uniform(-math.pi, math.pi)
        reach = side * random.uniform(0.35, 0.6) * np.array([math.cos(angle), math.sin(angle)])
        self._cover(canvas, (box[:2] + box[2:]) / 2 + reach, side * random.uniform(0.4, 0.8), random)

    def _cover(
        self, canvas: NDArray[np.uint8], where: NDArray[np.floating], side: float, random: np.random.Generator
    ) -> None:
        """Paste an ellipse of a picture without a face, ``side`` pixels long, around ``where``."""
        if len(self._hard) and random.random() < self._config.hard:
            picture, _, box = self._hard.draw(random)
            middle, radius = (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).max()) * random.uniform(0.5, 0.7)
        else:
            source, number = draw(self._sources.plain, random)
            picture, _ = source[number]
            height, width = picture.shape[:2]
            radius = min(height, width) * random.uniform(0.08, 0.4)
            middle = np.array([random.uniform(radius, width - radius), random.uniform(radius, height - radius)])
        low, high = np.floor(middle - radius).astype(int), np.ceil(middle + radius).astype(int)
        part = picture[max(low[1], 0) : high[1], max(low[0], 0) : high[0]]
        part = self.toned(part, random)
        mask = ellipse(
            part.shape[1],
            part.shape[0],
            np.array(part.shape[1::-1]) / 2,
            np.array(part.shape[1::-1]) / 2 * random.uniform(0.6, 0.95, 2),
            random.uniform(0.05, 0.35),
        )
        matrix = similarity(np.array(part.shape[1::-1]) / 2, where, side / max(part.shape[:2]), self.angle(random))
        paste(canvas, part, mask, matrix)


def draw(sources: tuple[Source, ...], random: np.random.Generator) -> tuple[Source, int]:
    """Draw a picture's source and number, each picture of all sources with the same probability."""
    return _located(sources, int(random.integers(sum(map(len, sources)))))


def _located(sources: tuple[Source, ...], number: int) -> tuple[Source, int]:
    """Return the source and number of a picture that is counted over all sources."""
    for source in sources:
        if number < len(source):
            return source, number
        number -= len(source)
    raise ValueError("no pictures to compose from")


def main_face(labels: FaceLabels) -> int:
    """Return the index of the largest certain face."""
    return int(np.argmax(labels.sides * labels.certain))
