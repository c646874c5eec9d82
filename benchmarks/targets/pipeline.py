"""Targets of the whole pipeline: against the study's and MediaPipe's, and its time outside of the networks.

Frames per second are derived from CPU time, as on an otherwise idle core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count, cycle

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.catalogue import choose
from benchmarks.baselines.measure import open_pipelines, play
from benchmarks.baselines.pipelines.contender import ContenderMissingError
from benchmarks.baselines.scene import moving_face
from benchmarks.targets.network_clock import NetworkClock
from benchmarks.targets.target import Sense, Target
from runtime.bench.timing import Spent, Times, latency, take_turns, timed
from runtime.predictor import Predictor

FPS = 30

NEEDED = [
    "ours",
    "ours-short",
    "ours-tracking",
    "ours-stream",
    "reference",
    "litert-back",
    "litert-short",
    "litert-tracking",
]

BESIDE = {"mediapipe": "ours-short", "mediapipe-tracking": "ours-tracking"}
"""Optional pipelines without a target, and the key of this runtime's row that each is compared with."""


def measure_pipeline(rounds: int) -> list[Target]:
    """Measure the targets of the whole pipeline: one moving face at 640x480, ``rounds`` turns for each pipeline."""
    video = moving_face()
    with open_pipelines(choose([*NEEDED, *BESIDE]), video) as pipelines:
        if missing := set(NEEDED) - {contender.key for contender in pipelines}:
            raise ContenderMissingError(f"not installed: {', '.join(missing)}; run `make install`")
        times = play(pipelines, rounds)
    beside = [
        _faster(
            f"frames/s against MediaPipe itself, {contender.schedule}",
            ">",
            None,
            times,
            BESIDE[contender.key],
            contender.key,
        )
        for contender in pipelines
        if contender.key in BESIDE
    ]
    return [
        *_outside(video, 60 * rounds),
        _faster("frames/s against the study's, both detecting every frame", ">=", 4, times, "ours", "reference"),
        _faster("frames/s in a stream, against the study's", ">=", 12, times, "ours-stream", "reference"),
        _faster("frames/s against MediaPipe's graphs, tracking", ">", 1, times, "ours-tracking", "litert-tracking"),
        _faster("the same, every frame, BlazeFace short", ">", 1, times, "ours-short", "litert-short"),
        _faster("the same, every frame, BlazeFace back", ">", 1, times, "ours", "litert-back"),
        *beside,
    ]


def _faster(name: str, sense: Sense, limit: float | None, times: Mapping[str, Times], what: str, other: str) -> Target:
    first, second = times[what].cpu, times[other].cpu
    detail = f"{what} {first.per_second:.0f}/s, {other} {second.per_second:.0f}/s"
    return Target(name, sense, limit, first.per_second / second.per_second, " x", detail)


def _outside(video: NDArray[np.uint8], frames: int) -> list[Target]:
    """Measure the share of a frame's CPU time outside of the networks: detecting every frame, and tracking."""
    with Predictor(device="cpu", threads=1) as predictor:
        tracker = predictor.tracker()
        numbers = count()
        shares = [
            _share(pipeline, video, frames)
            for pipeline in (lambda frame: predictor(frame), lambda frame: tracker(frame, next(numbers) / FPS))
        ]
    limit = 15.0
    return [
        Target("outside of the networks, detecting every frame", "<=", limit, shares[0][0], " %", shares[0][1]),
        Target("outside of the networks, tracking", "<=", limit, shares[1][0], " %", shares[1][1]),
    ]


def _share(pipeline: Callable[[NDArray[np.uint8]], object], video: NDArray[np.uint8], frames: int) -> tuple[float, str]:
    shown = cycle(video)
    with NetworkClock() as clock:

        def turn() -> list[Spent]:
            before = clock.seconds
            whole = timed(lambda: pipeline(next(shown)))
            return [whole, Spent(whole.wall, clock.seconds - before)]

        samples = take_turns({"frame": turn}, frames, warm_up=len(video))["frame"]
    whole, inside = samples.cpu.reshape(-1, 2).T
    if not inside.any():
        raise RuntimeError("the pipeline runs its networks in a way that NetworkClock does not measure")
    share, total = float(np.median(1 - inside / whole)), latency(whole).p50
    return share * 100, f"{share * total:.2f} of {total:.2f} ms"
