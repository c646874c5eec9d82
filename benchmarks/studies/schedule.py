"""Detector schedules: time and recall.

    LANDMARKS_DATA=... python -m benchmarks.studies.schedule

The first table is for single detections on photographs, at the original and at smaller scales. The second is for
streams in which a face enters an empty scene, with the schedule of ``Predictor.stream`` and with others: the
detector's time in the empty scene, and the delay until the face is found. Photographs are those of the ``train``
folders; scenes are scikit-image's pictures without people.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import Sample, data_root, list_samples
from export.data import read_image
from export.evaluation import Condition, is_match, measure_recall
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.timing import time_calls
from runtime.detection import Detection, Detector, FaceDetector, PresenceGate
from runtime.engine import load_model
from runtime.landmarks import Region, crop
from runtime.pipeline import Networks, Selection, open_detector, open_landmarker
from runtime.tracking import Tracker, TrackingConfig

FOLDERS = ("helen/train", "afw/train")
CONDITIONS = (Condition(), Condition(2), Condition(4), Condition(8))
SCENES = ("coffee", "chelsea", "rocket", "brick", "gravel", "clock")
EMPTY, TAKEN = 45, 30
"""Numbers of frames of a stream without and then with the face, at 30 a second."""

Frame = NDArray[np.uint8]


class Square:
    """A detector with a square, letterboxed input."""

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector.at_size(detector.size)
        self._detector.step = self._detector.size

    def __call__(self, image: Frame) -> list[Detection]:
        """Find the faces of an image (H, W, 3) uint8 BGR; best first."""
        return self._detector(image)


@dataclass(frozen=True, slots=True)
class SurroundingsDetector:
    """A detector on a crop around the face's position in the last frame of a stream.

    Attributes:
        detector: the detector.
        reach: side of the crop over that of the face.
    """

    detector: FaceDetector
    reach: float

    def finds(self, image: Frame, points: NDArray[np.float32]) -> bool:
        """Return whether it finds the face (68, 2) with a crop that is displaced by a fifth of the face's size."""
        low, high = points.min(axis=0), points.max(axis=0)
        side = float((high - low).max())
        centre = (low + high) / 2 + 0.2 * side
        region = Region(float(centre[0]), float(centre[1]), self.reach * side)
        part = crop(image, region, self.detector.size)
        matrix = region.to_crop(self.detector.size)
        moved = points @ matrix[:, :2].T.astype(np.float32) + matrix[:, 2].astype(np.float32)
        return any(is_match(each.box, moved) for each in self.detector(part))


class Retry:
    """A detector that runs a second one if the first finds nothing."""

    def __init__(self, first: Detector, second: Detector) -> None:
        self._first, self._second = first, second

    def __call__(self, image: Frame) -> list[Detection]:
        """Find the faces of an image (H, W, 3) uint8 BGR; best first."""
        return self._first(image) or self._second(image)


def shipped(name: str) -> FaceDetector:
    """Open a shipped detector on one thread."""
    return open_detector(load_model(name, "detector"), "cpu")[0]


def detections(samples: Mapping[str, Sequence[Sample]]) -> str:
    """Measure time, recall and extra boxes of each detector, by folder and face size; return the first table."""
    back, short, edge = map(shipped, ("blazeface-back", "blazeface-short", "edge"))
    ways: dict[str, Detector] = {
        "back 256, square": Square(back),
        "back 256": back,
        "back 192": back.at_size(192),
        "back 384": back.at_size(384),
        "short 128": short,
        "edge 320": edge,
        "edge 640": edge.at_size(640),
        "short, then back 256": Retry(short, back),
        "back 256, then 384": Retry(back, back.at_size(384)),
    }
    around = SurroundingsDetector(back.at_size(128), 3.0)
    frame, empty = _frames(next(iter(samples.values()))[0])
    calls: dict[str, Callable[[], object]] = {}
    for name, way in ways.items():
        calls[f"{name}, face"] = partial(way, frame)
        calls[f"{name}, no face"] = partial(way, empty)
    near = Region(320, 240, 200)
    calls["back 128 around the last face, face"] = lambda: around.detector(crop(frame, near, 128))
    timings = {name: samples.summary().wall.best for name, samples in time_calls(calls, rounds=60).items()}
    columns = [f"{folder.split('/')[0]} / {condition.canvas}" for folder in samples for condition in CONDITIONS]
    rows: list[list[str]] = []
    for name, way in ways.items():
        results = [measure_recall(way, each, condition) for each in samples.values() for condition in CONDITIONS]
        cells = [f"{result.recall:.1%}" for result in results]
        extra = sum(result.extra for result in results) / sum(result.images for result in results)
        times = (f"{timings[f'{name}, {what}']:.2f}" for what in ("face", "no face"))
        rows.append([name, *times, *cells, f"{extra:.3f}"])
    cells = []
    for each in samples.values():
        for condition in CONDITIONS:
            pictures = [condition.apply(read_image(sample.image), sample.points) for sample in each]
            cells.append(f"{np.mean([around.finds(*picture) for picture in pictures]):.1%}")
    name = "back 128 around the last face"
    rows.append([name, f"{timings[f'{name}, face']:.2f}", "", *cells, ""])
    header = ["one detection at 640x480", "ms, a face", "ms, none", *columns, "extra boxes"]
    return markdown_table(header, rows, aligned=False)


def streams(samples: Sequence[Sample]) -> str:
    """Measure detector time in the empty scene and delay of each schedule in streams; return the second table."""
    back, short, edge = map(shipped, ("blazeface-back", "blazeface-short", "edge"))
    landmarker = open_landmarker(load_model("full", "landmarks"), "cpu")[0]
    always = TrackingConfig()
    schedules: dict[str, Networks] = {
        "back 256 in every empty frame": Networks(back, landmarker),
        "back 192 in every empty frame": Networks(back.at_size(192), landmarker),
        "short in every empty frame": Networks(short, landmarker),
        "short, then back 256": Networks(short, landmarker, retry=back),
        "presence gate, then back 256 (the default)": Networks(back, landmarker, PresenceGate(back)),
        "edge 320 in every empty frame": Networks(edge, landmarker),
        "presence gate, then edge 320": Networks(edge, landmarker, PresenceGate(edge)),
    }
    shares = (1 / 3, 1 / 6, 1 / 12)
    rows: list[list[str]] = []
    spent: dict[str, list[float]] = {name: [] for name in schedules}
    late: dict[tuple[str, float], list[float]] = {(name, share): [] for name in schedules for share in shares}
    for share in shares:
        for index, sample in enumerate(tqdm(samples, desc=f"streams, {share:.2f}", leave=False)):
            frames = list(_stream(sample, SCENES[index % len(SCENES)], share, index))
            for name, networks in schedules.items():
                tracker = Tracker(partial(_same, networks), always, Selection())
                results = [tracker(frame, number / 30) for number, frame in enumerate(frames)]
                spent[name] += [1000 * result.times.detect for result in results[:EMPTY]]
                found = [number for number, result in enumerate(results[EMPTY:]) if result.faces]
                late[name, share].append(found[0] if found else np.inf)
    for name in schedules:
        cells = []
        for share in shares:
            delays = np.array(late[name, share])
            seen = delays[np.isfinite(delays)]
            delay = f"{seen.mean():.2f}, {seen.max():.0f}" if seen.size else "-"
            cells.append(f"{np.isfinite(delays).mean():.1%}, {delay}")
        rows.append([name, f"{np.mean(spent[name]):.2f}", *cells])
    found_columns = [f"face {share:.2f}: found, mean and worst delay" for share in shares]
    return markdown_table(["stream", "detector, ms a frame", *found_columns], rows, aligned=False)


def _same(networks: Networks) -> Networks:
    return networks


def _frames(sample: Sample) -> tuple[Frame, Frame]:
    """Return a photograph and an empty scene at 640x480."""
    return tuple(cv2.resize(image, (640, 480)) for image in (read_image(sample.image), _scene(SCENES[0])))  # type: ignore[return-value]


def _scene(name: str) -> Frame:
    """Return a picture without people, (600, 800, 3) uint8 BGR."""
    picture = getattr(skimage.data, name)()
    colour = cv2.COLOR_GRAY2BGR if picture.ndim == 2 else cv2.COLOR_RGB2BGR
    return cv2.resize(cv2.cvtColor(picture[..., :3] if picture.ndim == 3 else picture, colour), (800, 600))  # type: ignore[return-value]


def _stream(sample: Sample, scene: str, share: float, seed: int) -> Iterator[Frame]:
    """Simulate a hand-held, noisy camera and a face that appears, with ``share`` of the frame's height."""
    image, points = read_image(sample.image), sample.points
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    centre = (low + high) / 2
    width = round(2.2 * share * 480)
    head = crop(image, Region(float(centre[0]), float(centre[1]), 2.2 * side), width)
    generator, background = np.random.default_rng(seed), _scene(scene)
    noise = [generator.normal(0, 4, (480, 640, 3)).astype(np.int16) for _ in range(4)]
    left, top = generator.integers(0, 640 - width), generator.integers(0, 480 - width)
    for number in range(EMPTY + TAKEN):
        x, y = (int(60 + 40 * np.sin(number / period)) for period in (17, 23))
        frame = background[y : y + 480, x : x + 640].copy()
        if number >= EMPTY:
            frame[top : top + width, left : left + width] = head
        yield np.clip(frame + noise[number % len(noise)], 0, 255).astype(np.uint8)


def main() -> None:
    """Run the study and print its tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.schedule", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--photographs", type=int, default=150, metavar="N", help="photographs per folder (default: 150)"
    )
    parser.add_argument("--streams", type=int, default=20, metavar="N", help="streams per face size (default: 20)")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    samples = {folder: list_samples(data_root() / folder)[: options.photographs] for folder in FOLDERS}
    print(detections(samples), end="\n\n")
    print(streams(samples[FOLDERS[0]][: options.streams]), end="\n\n")
    print(this_machine().to_text())


if __name__ == "__main__":
    main()
