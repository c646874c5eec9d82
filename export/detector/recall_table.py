"""Recall of face detectors side by side: by the size of the faces, when they are turned, and false boxes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import Sample, evenly_spread, list_samples
from export.data import load_scenery, read_image
from export.detector.data import TEST_PREFIX
from export.detector.entering_faces import entering_recall
from export.detector.evaluation import BUCKETS, detector_finder, read_wild, recall_at, run_detector
from export.detector.group_recall import group_tables, read_people
from export.evaluation import Condition, measure_recall, turn_picture
from runtime.bench.markdown import markdown_table
from runtime.detection import Detection, FaceDetector
from runtime.engine import load_model
from runtime.pipeline import open_detector

ANGLES = tuple(range(0, 360, 45))
"""Degrees by which portraits are turned."""

MAX_CENTRE_OFFSET = 0.25
"""Largest offset of a portrait's face from the picture's centre, along x or y, over the picture's longer side."""

MIN_SIDE = 0.3
"""Least longer side of a portrait's face, over the picture's longer side."""


@dataclass(frozen=True, slots=True)
class DetectorChoice:
    """A detector and its input size.

    Attributes:
        model: name of a shipped one, or the path of an ONNX file.
        size: longer side of the input in pixels; None for the network's own.
    """

    model: str
    size: int | None

    @classmethod
    def parse(cls, text: str) -> DetectorChoice:
        """Read ``MODEL`` or ``MODEL@SIZE``.

        Raises:
            ValueError: the size is no number.
        """
        model, at, size = text.rpartition("@")
        if not at or {"/", "\\", "."} & set(size):  # an @ in a folder's name
            return cls(text, None)
        if not size.isdigit():
            raise ValueError(f"{text!r}: MODEL@SIZE needs a number of pixels after the @, as in blazeface-back@384")
        return cls(model, int(size))

    def open(self, min_score: float) -> FaceDetector:
        """Open the detector on one thread of the CPU.

        Raises:
            LandmarksError: it cannot be loaded, or does not take the size.
        """
        file = load_model(self.model, "detector")
        return open_detector(file, "cpu", min_score=min_score, input_size=self.size)[0]

    def __str__(self) -> str:
        name = Path(self.model).stem
        return f"{name}, {self.size}" if self.size else name


def recall_report(
    choices: Sequence[DetectorChoice],
    min_score: float,
    *,
    wild: Path | None,
    portraits: Path | None,
    annotated: Sequence[Path],
    people: Path | None = None,
    count: int | None = None,
) -> str:
    """Measure detectors on the same pictures; return Markdown tables.

    Args:
        choices: the detectors.
        min_score: detections below it are dropped, 0..1.
        wild: folder of photographs with ``boxes.json``; None leaves the first table out.
        portraits: FairFace's folder, of which only the validation split is read; None leaves the second table out.
        annotated: folders of annotated photographs, ``NAME.jpg`` beside ``NAME.pts``.
        people: ``fairface_label_val.csv``, for recall by origin and age; None leaves these tables out.
        count: so many portraits, evenly spread; None for all.

    Raises:
        FileNotFoundError: a folder or its labels are missing.
        ValueError: ``people`` is not FairFace's file, lacks a portrait, or is given without ``portraits``.
        LandmarksError: a detector cannot be loaded.
    """
    if people is not None and portraits is None:
        raise ValueError(f"{people}: tells of FairFace's portraits; name their folder by --fairface, too")
    opened = {str(choice): choice.open(min_score) for choice in choices}
    tables = []
    if wild is not None:
        tables.append(_size_table(opened, wild, min_score))
    samples = [sample for folder in annotated for sample in list_samples(folder)]
    chosen = evenly_spread(_portraits(portraits), count) if portraits is not None else []
    found = {
        name: find_portraits(detector, tqdm(chosen, desc=f"{name}, portraits", unit="picture", leave=False))
        for name, detector in opened.items()
    }
    tables.append(_pose_table(opened, samples, found))
    if people is not None:
        known = read_people(people)
        absent = [path.stem for path in chosen if path.stem not in known]
        if absent:
            raise ValueError(f"{people}: no label of {absent[0]}; the validation split's file is needed")
        upright = {name: values[:, 0] for name, values in found.items()}
        tables.append(group_tables(upright, [known[path.stem] for path in chosen]))
    return "\n\n".join(tables)


def _portraits(folder: Path) -> list[Path]:
    paths = sorted(folder.glob(f"{TEST_PREFIX}*.jpg"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no {TEST_PREFIX}*.jpg; the folder fairface of the open sets is needed")
    return paths


def _size_table(detectors: dict[str, FaceDetector], wild: Path, min_score: float) -> str:
    pictures = read_wild(wild)
    bounds = [f"{low:g}-{high:g}" if np.isfinite(high) else f"> {low:g}" for low, high in itertools.pairwise(BUCKETS)]
    rows, faces = [], np.zeros(len(bounds), np.intp)
    for name, detector in detectors.items():
        find = detector_finder(detector)
        outcomes = run_detector(find, tqdm(pictures, desc=name, unit="photograph", leave=False))
        result = recall_at(outcomes, min_score)
        faces = result.faces
        rows.append((name, *(f"{value:.2f}" for value in result.by_size), f"{result.false_boxes:.2f}"))
    head = ("recall by size of the face", *bounds, "false boxes an image")
    return markdown_table(head, [*rows, ("faces", *(str(number) for number in faces), "")])


def _pose_table(
    detectors: dict[str, FaceDetector], samples: Sequence[Sample], portraits: dict[str, NDArray[np.bool_]]
) -> str:
    shown = any(len(found) for found in portraits.values())
    rows = []
    for name, detector in detectors.items():
        cells = [name]
        for turns in (0, 1, 2):
            cells.append(f"{measure_recall(detector, samples, Condition(quarter_turns=turns)).recall:.1%}")
        entering = tqdm(samples, desc=f"{name}, small faces", unit="frame", leave=False)
        cells.append(f"{entering_recall(detector, entering):.1%}")
        if shown:
            recall = portraits[name].mean(axis=0)
            cells += [f"{recall[0]:.1%}", f"{recall[1:].mean():.1%}", f"{recall[len(ANGLES) // 2]:.1%}"]
        empty = load_scenery()
        cells.append(f"{sum(len(detector(image)) for image in empty)} in {len(empty)}")
        rows.append(cells)
    head = ["detector", "annotated", "by 90", "by 180", "1/12 of a frame's height"]
    head += ["FairFace val", "every 45 degrees", "by 180"] if shown else []
    return markdown_table([*head, "boxes without a face"], rows)


def find_portraits(detector: FaceDetector, paths: Iterable[Path]) -> NDArray[np.bool_]:
    """Return (N, A) whether the face of each portrait is found, for each of :data:`ANGLES`."""
    found = [
        [is_portrait(detector(turned), turned.shape) for turned in (turn_picture(image, angle)[0] for angle in ANGLES)]
        for image in map(read_image, paths)
    ]
    return np.array(found, bool).reshape(-1, len(ANGLES))


def is_portrait(detections: Sequence[Detection], shape: tuple[int, ...]) -> bool:
    """Return whether one of the detections is the face that fills a picture (height, width, ...)."""
    longest = max(shape[:2])
    middle = np.array(shape[1::-1]) / 2
    for each in detections:
        centre = (each.box[:2] + each.box[2:]) / 2
        near = float(np.abs(centre - middle).max()) <= MAX_CENTRE_OFFSET * longest
        if near and float((each.box[2:] - each.box[:2]).max()) >= MIN_SIDE * longest:
            return True
    return False
