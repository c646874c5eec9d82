"""Other execution providers against the CPU: how far the points agree, and how long a frame takes.

    python -m benchmarks.studies.providers                      # whatever this onnxruntime was built with
    python -m benchmarks.studies.providers --devices openvino openvino:GPU

Each package of onnxruntime brings other providers, and two of them do not fit into one environment: run this in an
environment with, say, ``pip install onnxruntime-openvino opencv-python-headless``. The CPU is that of the same package.
All take turns; ratios are of medians, of CPU time too, because a provider may use threads of its own. Devices that do
not start are listed with their message.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
import onnxruntime

from runtime import DeviceError, Face, Predictor
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.scenes import frame_with_faces
from runtime.bench.timing import Compute, opencv_threads, time_calls
from runtime.engine import available_devices

FACES = (1, 5)
"""Faces in a frame of 640x480 whose latency is measured; all are compared."""

HEADER = (
    "device",
    "start s",
    "largest difference px",
    "largest difference of confidence",
    *(f"time over the CPU's, {faces} face{'s' * (faces > 1)}" for faces in FACES),
    *(f"CPU time over the CPU's, {faces} face{'s' * (faces > 1)}" for faces in FACES),
)


def differences(one: Sequence[Face], other: Sequence[Face]) -> tuple[float, float]:
    """Return the largest difference of coordinates in pixels, and of confidence, of the same faces.

    Both are infinite where the numbers of faces differ.
    """
    if len(one) != len(other):
        return float("inf"), float("inf")
    pairs = list(zip(one, other, strict=True))
    points = max(float(np.abs(a.landmarks - b.landmarks).max()) for a, b in pairs)
    return points, max(abs(a.confidence - b.confidence) for a, b in pairs)


def measure(devices: Sequence[str], rounds: int, model: str = "full") -> str:
    """Measure devices on one thread, detector in every frame; returns a Markdown table, and what did not start.

    Args:
        devices: as :class:`runtime.Predictor` takes them, without ``"cpu"``.
        rounds: timed calls of each.
        model: landmark network.
    """
    frames = {faces: frame_with_faces(faces, 640, 480) for faces in FACES}
    failed: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(opencv_threads(1))
        predictors, starts = {}, {}
        for device in ("cpu", *devices):
            started = time.perf_counter()
            try:
                predictors[device] = stack.enter_context(Predictor(model, device=device))
            except DeviceError as error:
                failed.append(f"{device} was not measured: {error}")
            starts[device] = time.perf_counter() - started
        calls: dict[tuple[str, int], Compute] = {
            (device, faces): lambda predictor=predictor, frame=frame: predictor(frame)  # type: ignore[misc]
            for device, predictor in predictors.items()
            for faces, frame in frames.items()
        }
        times = {key: each.summary() for key, each in time_calls(calls, rounds).items()}
        rows = []
        for device, predictor in predictors.items():
            found = [differences(predictor(frame), predictors["cpu"](frame)) for frame in frames.values()]
            own, standard = ([times[name, faces] for faces in FACES] for name in (device, "cpu"))
            rows.append(
                [
                    device,
                    f"{starts[device]:.1f}",
                    f"{max(points for points, _ in found):.4f}",
                    f"{max(confidence for _, confidence in found):.5f}",
                    *(f"{each.wall.ratio_to(other.wall):.2f}" for each, other in zip(own, standard, strict=True)),
                    *(f"{each.cpu.ratio_to(other.cpu):.2f}" for each, other in zip(own, standard, strict=True)),
                ]
            )
    return "\n\n".join([markdown_table(HEADER, rows), *failed])


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.providers", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--devices", nargs="+", metavar="DEVICE", help="without the CPU (default: all of this package)")
    parser.add_argument("--rounds", type=int, default=40, help="timed calls of each (default: %(default)s)")
    parser.add_argument("--model", default="full", help="landmark network (default: %(default)s)")
    options = parser.parse_args()
    devices = options.devices or [name for name in available_devices() if name != "cpu"]
    print(f"{measure(devices, options.rounds, options.model)}\n")
    print(f"{this_machine().to_text()}; this onnxruntime has {', '.join(onnxruntime.get_available_providers())}")


if __name__ == "__main__":
    main()
