"""Distance between the points of two networks, and a plot of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.bench.charts import FAINT, MARGIN, SERIES, Canvas
from runtime.errors import ImageError
from runtime.face_parts import PART_GROUPS, eye_distance
from runtime.faces import Face
from runtime.media import Colour

TILE, COLUMNS = 560, 2
"""Side of a face in the plot, and the largest number in a row."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One face with the points of two networks.

    Attributes:
        name: name of its picture.
        portrait: (TILE, TILE, 3) uint8 BGR, the face and its surroundings.
        first, second: (68, 2) float64, the points in the portrait's pixels.
        distances: (68,) float64, distances between them in percent of the first's distance of the outer eye corners.
    """

    name: str
    portrait: NDArray[np.uint8]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    distances: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Mean distance over all points, in percent."""
        return float(self.distances.mean())

    @property
    def farthest(self) -> int:
        """Index of the point with the largest distance."""
        return int(self.distances.argmax())


@dataclass(frozen=True, slots=True)
class Spread:
    """Distances between the points of two networks, in percent of the outer-eye distance."""

    name: str
    mean: float
    p95: float
    largest: float


def pair(name: str, image: NDArray[np.uint8], first: Face, second: Face) -> Pair:
    """Compare two networks' results for one face of an image (H, W, 3) uint8 BGR."""
    one, other = (face.landmarks[:, :2].astype(np.float64) for face in (first, second))
    eyes = max(float(eye_distance(one)), 1e-6)
    distances = np.linalg.norm(one - other, axis=1) / eyes * 100
    both = np.concatenate([one, other])
    middle, side = (both.min(axis=0) + both.max(axis=0)) / 2, 1.25 * float(np.ptp(both, axis=0).max())
    scale = TILE / max(side, 1.0)
    shift = (TILE - 1) / 2 - scale * middle
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    portrait = cv2.warpAffine(image, matrix, (TILE, TILE), flags=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
    return Pair(name, portrait, one * scale + shift, other * scale + shift, distances)  # type: ignore[arg-type]


def spreads(pairs: Sequence[Pair]) -> list[Spread]:
    """Return distances over all points, and by part of the face.

    Raises:
        ImageError: there is no face.
    """
    if not pairs:
        raise ImageError("no face was found: points can only be compared on pictures with faces")
    distances = np.stack([each.distances for each in pairs])
    parts = {"all points": tuple(range(68)), **PART_GROUPS}
    return [
        Spread(
            name,
            *(round(float(value), 3) for value in (part.mean(), np.percentile(part, 95), part.max())),
        )
        for name, part in ((name, distances[:, list(points)]) for name, points in parts.items())
    ]


def draw_disagreement(pairs: Sequence[Pair], models: tuple[str, str], most: int = 4) -> NDArray[np.uint8]:
    """Draw the faces on which two networks differ most, worst first, (H, W, 3) uint8 BGR.

    Each point has a dot in the colour of each network and a line between them, thicker for larger distances.

    Args:
        pairs: the compared faces, at least one.
        models: names of the first and the second network.
        most: largest number of faces to show.
    """
    shown = sorted(pairs, key=lambda each: -each.mean)[:most]
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    caption, head, gap = 64, 76, 16
    width = 2 * MARGIN + columns * TILE + (columns - 1) * gap
    canvas = Canvas(width, head + rows * (TILE + caption) + gap)
    canvas.text("Points of the two networks", MARGIN, 34, 13, bold=True)
    for index, name in enumerate(models):
        canvas.box(MARGIN + index * 220, 50, 14, 14, SERIES[index])
        canvas.text(name, MARGIN + index * 220 + 22, 62, 10)
    for index, each in enumerate(shown):
        x = MARGIN + (index % columns) * (TILE + gap)
        y = head + (index // columns) * (TILE + caption)
        canvas.image[y : y + TILE, x : x + TILE] = _portrait(each)
        part = next((name for name, points in PART_GROUPS.items() if each.farthest in points), "")
        text = (
            f"mean {each.mean:.2f} %, largest {each.distances.max():.1f} % of the eyes' distance "
            f"(point {each.farthest}, {part})"
        )
        canvas.text(text, x, y + TILE + 22, 9)
        canvas.text(_short(each.name), x, y + TILE + 44, 9, FAINT)
    return canvas.image


def _portrait(each: Pair) -> NDArray[np.uint8]:
    # paler, so that the dots stand out on any skin
    picture: NDArray[np.uint8] = cv2.addWeighted(each.portrait, 0.72, np.full_like(each.portrait, 255), 0.28, 0)  # type: ignore[assignment]
    shift = 4
    fixed = [np.rint(points * 2**shift).astype(int).tolist() for points in (each.first, each.second)]
    for (start, end), distance in zip(zip(*fixed, strict=True), each.distances.tolist(), strict=True):
        thickness = 1 + min(4, int(distance / 2))
        cv2.line(picture, start, end, (40, 40, 40), thickness, cv2.LINE_AA, shift)
    for points, colour in zip(fixed, SERIES, strict=False):
        for point in points:
            _dot(picture, point, colour, shift)
    return picture


def _dot(picture: NDArray[np.uint8], point: list[int], colour: Colour, shift: int) -> None:
    for radius, ink in ((3.6, (255, 255, 255)), (2.6, colour)):
        cv2.circle(picture, (point[0], point[1]), round(radius * 2**shift), ink, cv2.FILLED, cv2.LINE_AA, shift)


def _short(name: str, most: int = 60) -> str:
    """Return the end of a long name, in characters that OpenCV can draw."""
    plain = name.encode("ascii", "replace").decode()
    return plain if len(plain) <= most else "..." + plain[3 - most :]
