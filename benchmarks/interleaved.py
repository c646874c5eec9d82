"""Comparison of computations on a noisy machine: interleaved in rounds, medians, ratios of medians."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import onnxruntime


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one computation over all rounds."""

    name: str
    median: float
    best: float
    ratio: float  # of medians, to the first computation


def compare(computations: Mapping[str, Callable[[], object]], rounds: int = 200) -> list[Timing]:
    """Time each computation once a round, in random order, so that a slow moment or a warm cache favours none."""
    samples: dict[str, list[float]] = {name: [] for name in computations}
    for _ in range(10):
        for compute in computations.values():
            compute()
    names, order = list(computations), np.random.default_rng(0)
    for _ in range(rounds):
        for name in order.permutation(names):
            started = time.perf_counter()
            computations[name]()
            samples[name].append((time.perf_counter() - started) * 1000)
    medians = {name: float(np.median(values)) for name, values in samples.items()}
    reference = next(iter(medians.values()))
    return [Timing(name, medians[name], min(values), medians[name] / reference) for name, values in samples.items()]


def table(title: str, timings: list[Timing]) -> str:
    """A Markdown table with the machine and versions under it."""
    lines = [f"| {title} | median ms | best ms | ratio |", "|---|---|---|---|"]
    lines += [f"| {item.name} | {item.median:.3f} | {item.best:.3f} | {item.ratio:.2f} |" for item in timings]
    return "\n".join([*lines, "", f"{machine()}"])


def machine() -> str:
    """Processor, versions and date, to stand beside every figure."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [
            line.partition(":")[2].strip() for line in information.read_text().splitlines() if "model name" in line
        ]
        processor = f"{names[0]} ({len(names)} cores)" if names else processor
    return f"{processor}, onnxruntime {onnxruntime.__version__}, Python {platform.python_version()}, {date.today()}"
