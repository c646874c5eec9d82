"""Fixtures of the benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.workload import Workload, workloads
from runtime.bench.machine import this_machine, usable_cpus
from runtime.bench.scenes import frame_with_faces
from runtime.bench.timing import opencv_threads

THREADS = {"1thread": 1} | ({f"{usable_cpus()}threads": usable_cpus()} if usable_cpus() > 1 else {})
"""Numbers of threads: one, the library's default; and one for each CPU, onnxruntime's default."""


@pytest.fixture(params=list(THREADS))
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """Number of threads for the networks and for OpenCV."""
    count = THREADS[request.param]
    with opencv_threads(count):
        yield count


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Run OpenCV on one thread."""
    with opencv_threads(1):
        yield


@pytest.fixture(scope="session")
def scene() -> Any:
    """Cached function from number of faces, width and height to a frame (height, width, 3) uint8 BGR."""
    return lru_cache(maxsize=None)(_scene)


def _scene(faces: int, width: int, height: int) -> NDArray[np.uint8]:
    frame = frame_with_faces(faces, width, height)
    frame.setflags(write=False)
    return frame


@pytest.fixture(scope="session")
def weights() -> dict[str, Workload]:
    """Bytes, parameters and multiply-adds of every shipped network."""
    return workloads()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Exit stack that closes the resources of a benchmark."""
    with ExitStack() as opened:
        yield opened


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Write the versions that latencies depend on into the file of results."""
    machine_info["landmarks"] = this_machine().to_text()
