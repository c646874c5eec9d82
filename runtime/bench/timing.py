"""Timing on a machine that does other things too: computations take turns, and medians speak for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.engine.fixed_size import PATIENCE

Compute = Callable[[], object]
"""What is timed."""

Clock = Callable[[], float]
"""Seconds, from any origin."""

WARM_UP_CALLS = PATIENCE + 5
"""Untimed calls of each computation; by then a detector has opened a session for its input size."""


def cpu_clock() -> Clock:
    """CPU time of this process, all threads; wall-clock time where the system counts CPU time in coarse steps.

    What else runs on the machine takes the CPU away for milliseconds: that lengthens wall-clock times and not these.
    They see no waiting, though: for ratios of computations, not for what users feel.
    """
    fine = time.get_clock_info("process_time").resolution < 1e-6
    return time.process_time if fine else time.perf_counter


@dataclass(frozen=True, slots=True)
class Latency:
    """Latency of one computation in milliseconds.

    Attributes:
        p50, p95: percentiles.
        best: the fastest.
        period: mean over the calls of a period, the median of all periods; ``p50`` where a period is one call.
        rounds: how many calls were timed.
    """

    p50: float
    p95: float
    best: float
    period: float
    rounds: int

    @property
    def per_second(self) -> float:
        """Calls per second that the computation could do back to back."""
        return 1000 / self.period


def interleave(
    computations: Mapping[str, Compute],
    rounds: int,
    seed: int = 0,
    clock: Clock = time.perf_counter,
    warm_up: int = WARM_UP_CALLS,
) -> Iterator[dict[str, float]]:
    """Time each computation once a round, in random order, so that a slow moment or a warm cache favours none.

    Args:
        computations: what to time, by name.
        rounds: how many times to call each.
        seed: of the order.
        clock: what is read; :func:`cpu_clock` for ratios on a busy machine.
        warm_up: how many times to call each before, untimed.

    Yields:
        After each round, the seconds that each computation took.
    """
    for _ in range(warm_up):
        for compute in computations.values():
            compute()
    names, order = list(computations), np.random.default_rng(seed)
    for _ in range(rounds):
        taken = {}
        for name in order.permutation(names).tolist():
            started = clock()
            computations[name]()
            taken[name] = clock() - started
        yield taken


@contextmanager
def opencv_threads(threads: int) -> Iterator[None]:
    """Let OpenCV, which has threads of its own, use so many in a block."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def latency(seconds: Sequence[float] | NDArray[np.float64], period: int = 1) -> Latency:
    """Sum up the times of one computation.

    Args:
        seconds: of each call, in the order of the calls; at least one.
        period: calls after which the work repeats itself: a tracker's, with the detector in one of so many frames.
    """
    values = np.asarray(seconds, np.float64) * 1000
    p50, p95 = np.percentile(values, (50, 95))
    whole = len(values) // period
    means = values[: whole * period].reshape(whole, period).mean(axis=1) if whole else values.mean(keepdims=True)
    typical = float(p50) if period == 1 else float(np.median(means))
    return Latency(float(p50), float(p95), float(values.min()), typical, len(values))
