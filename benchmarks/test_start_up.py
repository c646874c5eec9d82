"""Fresh processes: import, construction, the first call, and memory."""

from __future__ import annotations

import dataclasses
from statistics import median
from typing import Any

import pytest

from runtime.bench.resources import StartUp, fresh_process, start_up
from runtime.bench.suite import shipped

ROUNDS = 3

LONG_RUN = """
import json, cv2, runtime
from runtime.bench.pipeline import TrackedStream
from runtime.bench.memory import peak_memory
from runtime.bench.scenes import frame_with_faces
cv2.setNumThreads(1)
stream = TrackedStream(runtime.Predictor(device="cpu"), frame_with_faces(1, 640, 480))
peaks = []
for _ in range(4):
    for _ in range(500):
        stream()
    peaks.append(peak_memory())
print(json.dumps(peaks))
"""


@pytest.mark.benchmark(group="fresh process until the first image is done: see extra_info")
@pytest.mark.parametrize("model", shipped("landmarks"))
def test_start_up(benchmark: Any, model: str) -> None:
    """Time fresh processes, Python's start included; medians of the parts, seconds and bytes, are in ``extra_info``."""
    runs: list[StartUp] = []
    benchmark.pedantic(lambda: runs.append(start_up(model, "cpu")), rounds=ROUNDS)
    for field in dataclasses.fields(StartUp):
        benchmark.extra_info[field.name] = median(getattr(run, field.name) for run in runs)
    benchmark.extra_info["cpu"] = median(run.cpu for run in runs)


@pytest.mark.benchmark(group="2000 frames of a stream in a fresh process: see extra_info")
def test_memory_of_a_long_run(benchmark: Any) -> None:
    peaks = benchmark.pedantic(fresh_process, (LONG_RUN,), rounds=1)
    benchmark.extra_info["peak_bytes_after_500_1000_1500_2000"] = peaks
