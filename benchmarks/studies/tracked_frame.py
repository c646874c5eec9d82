"""A frame of followed faces, step by step: calls, and time as it is between two runs of the network.

    python -m benchmarks.studies.tracked_frame

Frames without the detector, on one thread. A step's time is its CPU time inside the frame, less that of the steps
within it: after the network has run, caches hold its weights, and a step costs several times what it costs in a loop of
its own. Calls are those of Python and C functions, counted; operators of arrays are not among them. The last row
compares all faces in one call of the network with as many calls of one.
"""

from __future__ import annotations

import argparse
import functools
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any
from unittest.mock import patch

from runtime import Predictor, TrackingConfig
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.pipeline import TrackedStream
from runtime.bench.scenes import frame_with_faces
from runtime.bench.timing import CPU_CLOCK, WARM_UP_CALLS, opencv_threads

NETWORK = "landmark network, in onnxruntime"
REST = "tracker: everything between"

STEPS: tuple[tuple[str, str], ...] = (
    ("check of the frame", "runtime.tracking.tracker.as_bgr"),
    ("shot cut", "runtime.tracking.shot_cuts.CutDetector.__call__"),
    ("crop", "runtime.landmarks.landmarker.crop"),
    (NETWORK, "runtime.landmarks.landmarker.run_network"),
    ("check of its outputs", "runtime.landmarks.landmarker.Landmarker.run"),
    ("points into the frame", "runtime.landmarks.landmarker.points_to_frame"),
    ("regions around the points", "runtime.pipeline.frame_pipeline.regions_from_points"),
    ("appearance", "runtime.pipeline.frame_pipeline.appearance"),
    ("smoothing", "runtime.tracking.smoothing.OneEuroFilter.__call__"),
    ("motion and mean appearance", "runtime.tracking.track.Track.update"),
    ("regions around the smoothed points", "runtime.tracking.tracker.regions_from_points"),
    ("pose", "runtime.tracking.track.estimate_pose"),
    ("public result", "runtime.tracking.track.Face"),
    (REST, "runtime.tracking.tracker.Tracker.__call__"),
)
"""Steps in the order of a frame, and the functions that do them; a function's own steps are not counted to it."""


class StepClock:
    """Charges CPU time and calls to the innermost step that runs.

    Attributes:
        seconds: by step, since the last :meth:`reset`.
        calls: of functions, by step, as far as :meth:`counting`.
    """

    def __init__(self) -> None:
        self._running: list[str] = []
        self._marked = 0.0
        self.reset()

    def reset(self) -> None:
        """Forget time and calls."""
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()

    def watch(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, charging its time to a step."""

        @functools.wraps(function)
        def watched(*arguments: Any, **named: Any) -> Any:
            self._charge()
            self._running.append(step)
            try:
                return function(*arguments, **named)
            finally:
                self._charge()
                self._running.pop()

        return watched

    def _charge(self) -> None:
        now = CPU_CLOCK()
        if self._running:
            self.seconds[self._running[-1]] += now - self._marked
        self._marked = now

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count calls inside the block."""

        def count(frame: FrameType, event: str, _: Any) -> None:
            if event in ("call", "c_call") and self._running and frame.f_code.co_filename != __file__:
                self.calls[self._running[-1]] += 1

        sys.setprofile(count)
        try:
            yield
        finally:
            sys.setprofile(None)


def profile(faces: int, rounds: int) -> tuple[dict[str, float], dict[str, int]]:
    """Return the median microseconds, and the calls, of each step of a frame of 640x480 with so many faces."""
    clock = StepClock()
    samples: dict[str, list[float]] = {step: [] for step, _ in STEPS}
    with ExitStack() as stack:
        stack.enter_context(opencv_threads(1))
        predictor = stack.enter_context(Predictor(device="cpu"))
        stream = TrackedStream(predictor, frame_with_faces(faces, 640, 480), TrackingConfig(detect_every=3600))
        for _ in range(WARM_UP_CALLS):
            stream()
        for step, path in STEPS:
            owner, _, name = path.rpartition(".")
            function = getattr(_resolve(owner), name)
            stack.enter_context(patch(path, clock.watch(step, function)))
        for _ in range(rounds):
            clock.reset()
            stream()
            for step, seconds in samples.items():
                seconds.append(1e6 * clock.seconds[step])
        clock.reset()
        with clock.counting():
            stream()
    return {step: statistics.median(values) for step, values in samples.items()}, dict(clock.calls)


def _resolve(path: str) -> Any:
    """Return the module, or the class in a module, of a dotted path."""
    if path in sys.modules:
        return sys.modules[path]
    module, _, name = path.rpartition(".")
    return getattr(sys.modules[module], name)


def table(several: int, rounds: int) -> str:
    """Profile frames with one face and with several, and return a Markdown table."""
    results = {faces: profile(faces, rounds) for faces in (1, several)}
    rows = []
    for step, _ in STEPS:
        row = [step]
        for spent, calls in results.values():
            row += [str(calls.get(step, 0)), f"{spent[step]:.0f}", f"{100 * spent[step] / sum(spent.values()):.1f} %"]
        rows.append(row)
    whole, outside = ["whole frame"], ["outside the network"]
    for spent, calls in results.values():
        rest = sum(spent.values()) - spent[NETWORK]
        whole += [str(sum(calls.values())), f"{sum(spent.values()):.0f}", ""]
        outside += [
            str(sum(calls.values()) - calls.get(NETWORK, 0)),
            f"{rest:.0f}",
            f"{100 * rest / sum(spent.values()):.1f} %",
        ]
    one, many = (spent for spent, _ in results.values())
    batch = many[NETWORK] / several / one[NETWORK], sum(many.values()) / several / sum(one.values())
    header = ["step", *(text for faces in results for text in (f"calls, {faces}", f"us, {faces}", f"share, {faces}"))]
    return (
        f"{markdown_table(header, [*rows, outside, whole])}\n\nA face of {several} in one call against one alone: the "
        f"network takes {batch[0]:.2f} of the time, the whole frame {batch[1]:.2f}."
    )


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.tracked_frame", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--faces", type=int, default=5, help="of the second frame (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=300, help="frames of each (default: %(default)s)")
    options = parser.parse_args()
    print(f"{table(options.faces, options.rounds)}\n\n{this_machine().to_text()}")


if __name__ == "__main__":
    main()
