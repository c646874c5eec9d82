"""Detectors side by side: the time of a frame from letterbox to boxes, and its share in each step.

    python -m benchmarks.studies.detectors                                  # the shipped ones
    python -m benchmarks.studies.detectors blazeface-back edge.onnx@320     # ratios are to the first

A frame of 640x480 with one face, on one thread; detectors take turns. Ratios are of medians of CPU time, which other
processes disturb least. ``MODEL@SIZE`` chooses the input's longer side.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from export.detector import DetectorChoice
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.scenes import frame_with_faces
from runtime.bench.timing import Compute, opencv_threads, time_calls
from runtime.detection import FaceDetector
from runtime.engine import list_models

HEADER = ("detector", "input", "ms", "ratio", "letterbox", "network", "decoding")


def measure(choices: Sequence[DetectorChoice], rounds: int) -> str:
    """Time detectors and return a Markdown table.

    Args:
        choices: detectors; ratios are to the first.
        rounds: timed calls of each detector and step.

    Raises:
        LandmarksError: a detector cannot be loaded, or does not take its size.
    """
    frame = frame_with_faces(1, 640, 480)
    calls: dict[tuple[int, str], Compute] = {}
    inputs = []
    for index, choice in enumerate(choices):
        detector = choice.open(0.5)
        height, width = detector.letterbox(frame).pixels.shape[:2]
        inputs.append(f"{width}x{height}")
        calls |= {(index, step): compute for step, compute in _steps(detector, frame).items()}
    with opencv_threads(1):
        samples = time_calls(calls, rounds)
    medians = {key: 1e3 * statistics.median(each.cpu.tolist()) for key, each in samples.items()}
    rows = []
    for index, choice in enumerate(choices):
        whole, parts = medians[index, "whole"], [medians[index, step] for step in HEADER[4:]]
        shares = [f"{100 * part / sum(parts):.0f} %" for part in parts]
        rows.append([str(choice), inputs[index], f"{whole:.2f}", f"{whole / medians[0, 'whole']:.2f}", *shares])
    return markdown_table(HEADER, rows)


def _steps(detector: FaceDetector, frame: NDArray[np.uint8]) -> dict[str, Compute]:
    """Return the whole and its steps, each on what the step before gives for a frame (H, W, 3) uint8 BGR."""
    boxed = detector.letterbox(frame)
    outputs = detector.run(boxed.pixels)
    return {
        "whole": lambda: detector(frame),
        "letterbox": lambda: detector.letterbox(frame),
        "network": lambda: detector.run(boxed.pixels),
        "decoding": lambda: detector.decode(*outputs, boxed),
    }


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.detectors",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shipped = [entry.name for entry in list_models() if entry.role == "detector"]
    parser.add_argument(
        "detectors", nargs="*", default=shipped, metavar="MODEL[@SIZE]", help="default: the shipped ones"
    )
    parser.add_argument("--rounds", type=int, default=150, help="timed calls of each step (default: %(default)s)")
    options = parser.parse_args()
    try:
        choices = [DetectorChoice.parse(text) for text in options.detectors]
    except ValueError as error:
        parser.error(str(error))
    print(f"{measure(choices, options.rounds)}\n\n{this_machine().to_text()}")


if __name__ == "__main__":
    main()
