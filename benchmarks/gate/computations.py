"""Computations that the regression gate measures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.gate.ratios import Paired, Ratio, paired
from benchmarks.gate.reference import reference
from runtime.bench.pipeline import TrackedStream, network_computations, stage_computations
from runtime.bench.resources import fresh_process, start_up
from runtime.bench.scenes import FRAME_SIZES, frame_with_faces
from runtime.bench.timing import Advance, Compute, opencv_threads
from runtime.engine import list_models, load_model
from runtime.pipeline import open_detector
from runtime.predictor import Predictor

PASSES = 2
"""Number of times that everything is loaded, as the addresses of weights change latencies by a few percent."""

PROCESSES = "process: "
"""Prefix of the names of benchmarks in fresh processes."""

_BARE = """
import json, time
start = time.process_time()
import numpy, cv2, onnxruntime
spent = time.process_time() - start
from runtime.bench.memory import peak_memory
print(json.dumps({"cpu": spent, "peak": peak_memory()}))
"""


@contextmanager
def gated_computations() -> Iterator[dict[str, Compute]]:
    """Open the computations whose latency is measured, by name, on one thread."""
    width, height = FRAME_SIZES[0]
    frame = frame_with_faces(1, width, height)
    computations: dict[str, Compute] = {}
    with ExitStack() as stack:
        stack.enter_context(opencv_threads(1))
        for name, compute in stage_computations(frame, device="cpu").items():
            computations[f"stage: {name}"] = compute
        for (model, crops), compute in network_computations(("full", "trimmed"), (1, 8), device="cpu").items():
            computations[f"network: {model}, {crops} crop{'s' * (crops > 1)}"] = compute
        for entry in list_models():
            if entry.role == "detector":
                detector, _ = open_detector(load_model(entry.name, "detector"), "cpu")
                computations[f"detector: {entry.name}"] = lambda detector=detector: detector(frame)  # type: ignore[misc]
        predictor = stack.enter_context(Predictor(device="cpu"))
        for faces, size in ((1, FRAME_SIZES[0]), (5, FRAME_SIZES[0]), (1, FRAME_SIZES[2])):
            scene = frame_with_faces(faces, *size)
            what = f"{faces} face{'s' * (faces > 1)} at {size[0]}x{size[1]}"
            computations[f"every frame: {what}"] = lambda scene=scene: predictor(scene)  # type: ignore[misc]
            computations[f"half a second of stream: {what}"] = _half_second(TrackedStream(predictor, scene))
        yield computations


def _half_second(stream: TrackedStream) -> Compute:
    """Return a computation that processes all frames between two runs of the detector."""

    def compute() -> object:
        return [stream() for _ in range(stream.period)]

    return compute


def measure(names: set[str] | None, rounds: int, advance: Advance = lambda count: None) -> dict[str, Ratio]:
    """Time the computations against the reference.

    Args:
        names: names of the computations; None for all.
        rounds: number of rounds over all passes.
        advance: called with 1 after each round and each fresh process.
    """
    samples: dict[str, list[Paired]] = {}
    for _ in range(PASSES):
        with gated_computations() as computations:
            wanted = {name: compute for name, compute in computations.items() if names is None or name in names}
            if wanted:
                for name, times in paired(wanted, reference(), max(1, rounds // PASSES), advance).items():
                    samples.setdefault(name, []).append(times)
    ratios = {name: _joined(parts).ratio() for name, parts in samples.items()}
    if names is None or any(name.startswith(PROCESSES) for name in names):
        found = _processes(max(5, rounds // 10), advance)
        ratios |= {name: ratio for name, ratio in found.items() if names is None or name in names}
    return ratios


def _joined(parts: list[Paired]) -> Paired:
    return Paired(
        tuple(each for part in parts for each in part.seconds),
        tuple(each for part in parts for each in part.reference),
    )


def _processes(rounds: int, advance: Advance) -> dict[str, Ratio]:
    """Measure CPU time and memory of fresh processes, relative to one that only imports the libraries."""
    times: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        bare, whole = fresh_process(_BARE), start_up(device="cpu", frames=5)
        for name, value, base in (
            ("import runtime, CPU time", whole.cpu_importing, bare["cpu"]),
            ("Predictor() and first image, CPU time", whole.cpu_predicting, bare["cpu"]),
            ("peak memory", float(whole.peak_bytes), float(bare["peak"])),
        ):
            times.setdefault(PROCESSES + name, []).append((value, base))
        advance(1)
    return {
        name: Paired(*(tuple(column) for column in zip(*pairs, strict=True))).ratio() for name, pairs in times.items()
    }
