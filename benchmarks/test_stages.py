"""Latency of each stage of the pipeline, on the faces of a frame."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.bench.pipeline import STAGES, stage_computations


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("faces", [1, 5])
@pytest.mark.usefixtures("one_thread")
def test_stage(benchmark: Any, scene: Any, faces: int, stage: str) -> None:
    benchmark.group = f"stages, {faces} face{'s' * (faces > 1)} at 640x480, full"
    benchmark.name = stage
    benchmark(stage_computations(scene(faces, 640, 480), device="cpu")[stage])
    benchmark.extra_info.update(faces=faces, width=640, height=480)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
@pytest.mark.parametrize("stage", ["letterbox", "warp"])
@pytest.mark.usefixtures("one_thread")
def test_stage_that_depends_on_the_frame(benchmark: Any, scene: Any, stage: str, width: int, height: int) -> None:
    benchmark.group = f"stages, 1 face at {width}x{height}"
    benchmark.name = stage
    benchmark(stage_computations(scene(1, width, height), device="cpu")[stage])
    benchmark.extra_info.update(faces=1, width=width, height=height)
