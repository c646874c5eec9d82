"""Latency of the whole predictor: with the detector in every frame, and with tracking for half a second of a stream."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

from runtime.bench.pipeline import FPS, TrackedStream
from runtime.bench.resources import paced
from runtime.bench.scenes import FRAME_SIZES
from runtime.predictor import Predictor

SIZES = [pytest.param(size, id=f"{size[0]}x{size[1]}") for size in FRAME_SIZES]


def cases() -> Any:
    """Return every size and number of faces for full and trimmed, and one scene for the others, of the same shapes."""
    every = [(model, faces, size) for model in ("full", "trimmed") for faces in (1, 2, 5) for size in FRAME_SIZES]
    once = [(model, 1, FRAME_SIZES[0]) for model in ("full-research", "trimmed-research")]
    return [pytest.param(*case, id=f"{case[0]}-{case[1]}-{case[2][0]}x{case[2][1]}") for case in (*every, *once)]


@pytest.mark.parametrize(("model", "faces", "size"), cases())
def test_every_frame(
    benchmark: Any, scene: Any, stack: ExitStack, threads: int, model: str, faces: int, size: tuple[int, int]
) -> None:
    benchmark.group = f"detector in every frame, {faces} face{'s' * (faces > 1)} at {size[0]}x{size[1]}"
    predictor = stack.enter_context(Predictor(model, device="cpu", threads=threads))
    found = benchmark(predictor, scene(faces, *size))
    benchmark.extra_info.update(model=model, faces=faces, width=size[0], height=size[1], threads=threads)
    assert len(found) == faces


@pytest.mark.parametrize(("model", "faces", "size"), cases())
def test_tracking(
    benchmark: Any, scene: Any, stack: ExitStack, threads: int, model: str, faces: int, size: tuple[int, int]
) -> None:
    benchmark.group = f"half a second of stream, {faces} face{'s' * (faces > 1)} at {size[0]}x{size[1]}"
    predictor = stack.enter_context(Predictor(model, device="cpu", threads=threads))
    stream = TrackedStream(predictor, scene(faces, *size))
    followed = benchmark(lambda: [stream() for _ in range(stream.period)])
    benchmark.extra_info.update(
        model=model, faces=faces, width=size[0], height=size[1], threads=threads, frames=stream.period
    )
    assert len(followed[-1].faces) == faces


@pytest.mark.parametrize("model", ["full", "trimmed"])
@pytest.mark.usefixtures("one_thread")
def test_batch_of_images(benchmark: Any, scene: Any, stack: ExitStack, model: str) -> None:
    benchmark.group = "Predictor.batch, eight frames of 640x480 with one face each"
    predictor = stack.enter_context(Predictor(model, device="cpu"))
    found = benchmark(predictor.batch, [scene(1, 640, 480)] * 8)
    benchmark.extra_info.update(model=model, frames=8)
    assert [len(faces) for faces in found] == [1] * 8


@pytest.mark.parametrize("tracking", [True, False], ids=["tracking", "every-frame"])
@pytest.mark.parametrize("model", ["full", "trimmed"])
@pytest.mark.usefixtures("one_thread")
def test_cpu_share_at_thirty_frames_a_second(
    benchmark: Any, scene: Any, stack: ExitStack, model: str, tracking: bool
) -> None:
    """Run two seconds of a stream; the share of one core is in ``extra_info``."""
    benchmark.group = "two seconds at 30 frames a second, one face at 640x480: see extra_info"
    predictor = stack.enter_context(Predictor(model, device="cpu"))
    frame = scene(1, 640, 480)
    compute = TrackedStream(predictor, frame) if tracking else lambda: predictor(frame)
    result = benchmark.pedantic(paced, (compute, 2.0, FPS), rounds=1)
    benchmark.extra_info.update(model=model, cpu_share=result.cpu_share, late=result.late)
