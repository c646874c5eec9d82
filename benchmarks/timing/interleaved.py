"""Comparison of computations on a noisy machine: interleaved in rounds, medians, ratios of medians."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from runtime.bench.machine import this_machine
from runtime.bench.results import markdown
from runtime.bench.timing import WARM_UP_CALLS, Clock, Compute, interleave


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one computation over all rounds."""

    name: str
    median: float
    best: float
    ratio: float  # of medians, to the first computation


def compare(
    computations: Mapping[str, Compute],
    rounds: int = 200,
    clock: Clock = time.perf_counter,
    warm_up: int = WARM_UP_CALLS,
) -> list[Timing]:
    """Time each computation once a round, in random order; see :func:`runtime.bench.timing.interleave`."""
    taken = interleave(computations, rounds, clock=clock, warm_up=warm_up)
    milliseconds = np.array([[seconds[name] for name in computations] for seconds in taken]) * 1000
    medians, best = np.median(milliseconds, axis=0), milliseconds.min(axis=0)
    return [
        Timing(name, float(median), float(least), float(median / medians[0]))
        for name, median, least in zip(computations, medians, best, strict=True)
    ]


def table(title: str, timings: list[Timing]) -> str:
    """A Markdown table with the machine and versions under it."""
    rows = [(item.name, f"{item.median:.3f}", f"{item.best:.3f}", f"{item.ratio:.2f}") for item in timings]
    return f"{markdown((title, 'median ms', 'best ms', 'ratio'), rows)}\n\n{machine()}"


def machine() -> str:
    """Processor, versions and date, to stand beside every figure."""
    return this_machine().to_text()
