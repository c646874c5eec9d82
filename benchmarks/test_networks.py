"""Latency of the networks alone, with their size in ``extra_info``."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from runtime.bench.pipeline import network_computations
from runtime.bench.suite import shipped
from runtime.engine import load_model
from runtime.pipeline import open_detector


@pytest.mark.parametrize("crops", [1, 8, 32])
@pytest.mark.parametrize("model", shipped("landmarks"))
def test_landmark_network(benchmark: Any, weights: Any, threads: int, model: str, crops: int) -> None:
    benchmark.group = f"landmark network, {crops} crop{'s' * (crops > 1)}"
    computation = network_computations([model], [crops], device="cpu", threads=threads)[model, crops]
    points, _ = benchmark(computation)
    benchmark.extra_info.update(dataclasses.asdict(weights[model]), crops=crops, threads=threads)
    assert points.shape == (crops, 68, 3)


@pytest.mark.parametrize("model", shipped("detector"))
def test_detector(benchmark: Any, weights: Any, scene: Any, threads: int, model: str) -> None:
    benchmark.group = "detector, from a frame of 640x480 to boxes"
    detector, _ = open_detector(load_model(model, "detector"), "cpu", threads)
    found = benchmark(detector, scene(1, 640, 480))
    benchmark.extra_info.update(dataclasses.asdict(weights[model]), threads=threads)
    assert len(found) == 1
