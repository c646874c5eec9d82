"""Stability of points under changes of a picture that should not move them.

    LANDMARKS_DATA=... python -m benchmarks.trust.stability

Each annotated photograph is shifted, mirrored, padded, darkened and tiled; its points, brought back, are compared with
those of the photograph as it is, for several settings of ``Predictor(passes=, mirror=)``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import MIRROR, annotated_folder, evenly_spread, list_samples
from export.data import read_image
from export.evaluation import nearest_face
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.face_parts import eye_distance
from runtime.predictor import Predictor

FOLDERS = ("helen/test", "afw/test")
SETTINGS = ((1, False), (2, False), (1, True), (2, True))
"""Passes and mirror of ``Predictor``."""

LONGEST = 1024
"""Longer side of the pictures in pixels; larger photographs are reduced first."""

DARK = 0.15
TILES = 5
GREY = 127

NEAR = 0.5
"""Distance between the centres of a face and of its place before, in longer sides of its points' box, up to which they
are one face."""

Points = NDArray[np.float64]


class ChangedPicture(NamedTuple):
    """A changed picture and the way back.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        back: maps points (68, 2) of the changed picture to those of the picture.
        forth: maps them the other way.
    """

    image: NDArray[np.uint8]
    back: Callable[[Points], Points]
    forth: Callable[[Points], Points]


def shifted(image: NDArray[np.uint8], x: int, y: int) -> ChangedPicture:
    """Move the content right and down by whole pixels, without changing the size; edges are repeated."""
    height, width = image.shape[:2]
    moved = cv2.copyMakeBorder(image, y, 0, x, 0, cv2.BORDER_REPLICATE)[:height, :width]
    offset = np.array([x, y])
    return ChangedPicture(np.ascontiguousarray(moved), lambda points: points - offset, lambda points: points + offset)


def mirrored(image: NDArray[np.uint8]) -> ChangedPicture:
    """Mirror the picture left to right."""
    last = image.shape[1] - 1

    def flip(points: Points) -> Points:
        return np.column_stack([last - points[MIRROR, 0], points[MIRROR, 1]])

    return ChangedPicture(np.ascontiguousarray(image[:, ::-1]), flip, flip)


def padded(image: NDArray[np.uint8]) -> ChangedPicture:
    """Surround the picture by grey, a quarter of its sides wide."""
    height, width = image.shape[:2]
    y, x = height // 4, width // 4
    wider = cv2.copyMakeBorder(image, y, y, x, x, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
    offset = np.array([x, y])
    return ChangedPicture(np.asarray(wider, np.uint8), lambda points: points - offset, lambda points: points + offset)


def darkened(image: NDArray[np.uint8]) -> ChangedPicture:
    """Multiply the brightness by :data:`DARK`."""
    dark = np.rint(image * DARK).astype(np.uint8)
    return ChangedPicture(dark, lambda points: points, lambda points: points)


def tiled(image: NDArray[np.uint8], face: Points) -> Iterator[ChangedPicture]:
    """Put a square around the face into five places of one grey picture; a view for each place."""
    side = int(2 * np.ptp(face, axis=0).max())
    left, top = (int(value) for value in face.mean(axis=0) - side / 2)
    height, width = image.shape[:2]
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    cut = image[y0:y1, x0:x1]
    high, wide = cut.shape[:2]
    canvas = np.full((3 * high, 3 * wide, 3), GREY, np.uint8)
    places = [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2)]
    for row, column in places:
        canvas[row * high : (row + 1) * high, column * wide : (column + 1) * wide] = cut
    for row, column in places:
        offset = np.array([column * wide - x0, row * high - y0])
        yield ChangedPicture(canvas, lambda points, by=offset: points - by, lambda points, by=offset: points + by)  # type: ignore[misc]


def views(image: NDArray[np.uint8], face: Points) -> dict[str, Iterable[ChangedPicture]]:
    """Return all changes of a picture by name."""
    return {
        "shift by 1 px": [shifted(image, 1, 1)],
        "shift by 33, 50 px": [shifted(image, 33, 50)],
        "mirror": [mirrored(image)],
        "padding": [padded(image)],
        f"brightness x {DARK}": [darkened(image)],
        "five tiles": tiled(image, face),
    }


@dataclass(frozen=True, slots=True)
class Stability:
    """How far points move.

    Attributes:
        moved: (N,) mean distances of the 68 points in percent of the eye distance, of the faces that are found.
        lost: number of faces that are not found any more.
    """

    moved: NDArray[np.float64]
    lost: int

    def text(self) -> str:
        """Return mean, 95th percentile and worst, and the lost faces if there are any."""
        if not len(self.moved):
            return f"all {self.lost} lost"
        values = self.moved.mean(), np.percentile(self.moved, 95), self.moved.max()
        lost = f", {self.lost} of {self.lost + len(self.moved)} lost" if self.lost else ""
        return " / ".join(f"{value:.2f}" for value in values) + lost


def measure_stability(
    predictor: Predictor, pictures: Iterable[tuple[NDArray[np.uint8], Points]]
) -> tuple[int, dict[str, Stability]]:
    """Compare the points of changed pictures with those of the pictures.

    Args:
        predictor: what is measured.
        pictures: (H, W, 3) uint8 BGR, and where their face is: (68, 2) points, of an annotation for instance.

    Returns:
        the number of pictures whose face is found, and the stability by the name of the change.
    """
    moved: dict[str, list[float]] = {}
    lost: dict[str, int] = {}
    count = 0
    for image, annotated in pictures:
        face = found_near(predictor, image, annotated)
        if face is None:
            continue
        count += 1
        for name, changed in views(image, face).items():
            moved.setdefault(name, [])
            lost.setdefault(name, 0)
            for view in changed:
                again = found_near(predictor, view.image, view.forth(face))
                if again is None:
                    lost[name] += 1
                else:
                    away = np.linalg.norm(view.back(again) - face, axis=1).mean()
                    moved[name].append(100 * float(away / eye_distance(face)))
    return count, {name: Stability(np.array(values), lost[name]) for name, values in moved.items()}


def found_near(predictor: Predictor, image: NDArray[np.uint8], place: Points) -> Points | None:
    """Return the points (68, 2) of the face at a place, None if there is none."""
    found, distance = nearest_face([face.landmarks for face in predictor(image)], place.astype(np.float32))
    if found is None or distance > NEAR * float(np.ptp(place, axis=0).max()):
        return None
    return found[:, :2].astype(np.float64)


def read_pictures(folders: Sequence[str], count: int) -> Iterator[tuple[NDArray[np.uint8], Points]]:
    """Read annotated photographs, evenly spread over their folders, reduced to :data:`LONGEST`."""
    samples = [sample for name in folders for sample in evenly_spread(list_samples(annotated_folder(name)), count)]
    for sample in tqdm(samples, unit="photograph", leave=False, disable=None):
        image = read_image(sample.image)
        scale = min(1.0, LONGEST / max(image.shape[:2]))
        if scale < 1:
            image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        yield image, (sample.points.astype(np.float64) + 0.5) * scale - 0.5


def stability_table(model: str, settings: Sequence[tuple[int, bool]], folders: Sequence[str], count: int) -> str:
    """Measure a network with several settings; return a Markdown table."""
    columns: list[str] = []
    rows: dict[str, list[str]] = {}
    for passes, mirror in settings:
        with Predictor(model, device="cpu", passes=passes, mirror=mirror) as predictor:
            found, results = measure_stability(predictor, read_pictures(folders, count))
        columns.append(f"passes={passes}{', mirror' if mirror else ''} ({found} faces)")
        for name, result in results.items():
            rows.setdefault(name, [name]).append(result.text())
    return markdown_table(["change", *columns], list(rows.values()))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust.stability",
        description="How far points move under changes that should not move them: mean / 95th percentile / worst, in "
        "percent of the distance of the outer eye corners.",
    )
    parser.add_argument("--model", default="full", help="name or ONNX file (default: %(default)s)")
    parser.add_argument("--photographs", type=int, default=46, metavar="N", help="per folder (default: %(default)s)")
    parser.add_argument("--folders", nargs="+", default=FOLDERS, metavar="FOLDER", help="of annotated pictures")
    options = parser.parse_args()
    print(stability_table(options.model, SETTINGS, options.folders, options.photographs))
    print(f"\n{this_machine().to_text()}")


if __name__ == "__main__":
    main()
