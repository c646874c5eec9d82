"""Interleaved timing: named computations take turns, and medians over all turns are compared.

Each call is measured in wall-clock time and in CPU time. Other processes that preempt a call lengthen its wall-clock
time, and do so more often for long computations than for short ones, but not its CPU time. CPU time excludes waiting:
use it for ratios of computations, and wall-clock time for the latency that users experience.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.engine import PATIENCE

Key = TypeVar("Key", bound=Hashable)

Compute = Callable[[], object]
"""A computation to time."""

Advance = Callable[[int], None]
"""Progress callback: takes the number of measurements done since the last call."""

CPU_CLOCK: Callable[[], float] = (
    time.process_time if time.get_clock_info("process_time").resolution < 1e-6 else time.perf_counter
)
"""CPU seconds of all threads of this process; wall-clock time where the system's CPU clock is coarse."""

WARM_UP_CALLS = PATIENCE + 5
"""Number of untimed calls of each computation; after them a detector has opened a session for its input size."""


class Spent(NamedTuple):
    """Wall-clock and CPU time of one call, in seconds."""

    wall: float
    cpu: float


Turn = Callable[[], Sequence[Spent]]
"""Function that makes one or several calls and returns the time of each."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Latency of one computation in milliseconds.

    Attributes:
        p50, p95: percentiles.
        best: minimum.
        period: median over all periods of the mean latency in a period; equal to ``p50`` for periods of one call.
        rounds: number of timed calls.
    """

    p50: float
    p95: float
    best: float
    period: float
    rounds: int

    @property
    def per_second(self) -> float:
        """Calls per second, back to back."""
        return 1000 / self.period

    def ratio_to(self, other: Latency) -> float:
        """Return the ratio of the medians."""
        return self.p50 / other.p50


@dataclass(frozen=True, slots=True)
class Times:
    """Latency of one computation in wall-clock and in CPU time."""

    wall: Latency
    cpu: Latency


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Times of all calls of one computation, in the order of the calls.

    Attributes:
        wall, cpu: (N,) float64 each, seconds.
    """

    wall: NDArray[np.float64]
    cpu: NDArray[np.float64]

    def summary(self, period: int = 1) -> Times:
        """Summarise as medians and percentiles; see :func:`latency`."""
        return Times(latency(self.wall, period), latency(self.cpu, period))


def timed(compute: Compute) -> Spent:
    """Call a computation once and return its time."""
    cpu, wall = CPU_CLOCK(), time.perf_counter()
    compute()
    return Spent(time.perf_counter() - wall, CPU_CLOCK() - cpu)


def repeat(compute: Compute, calls: int = 1) -> Turn:
    """Return a turn of several consecutive calls; all but the first find caches warmed by the call before."""
    return lambda: [timed(compute) for _ in range(calls)]


def time_calls(
    computations: Mapping[Key, Compute],
    rounds: int,
    *,
    warm_up: int = WARM_UP_CALLS,
    advance: Advance = lambda count: None,
) -> dict[Key, Samples]:
    """Time each computation once a round; see :func:`take_turns`."""
    turns = {key: repeat(compute) for key, compute in computations.items()}
    return take_turns(turns, rounds, warm_up=warm_up, advance=advance)


def take_turns(
    turns: Mapping[Key, Turn],
    rounds: int,
    *,
    calls: int = 1,
    warm_up: int = WARM_UP_CALLS,
    seed: int = 0,
    advance: Advance = lambda count: None,
) -> dict[Key, Samples]:
    """Run one turn of each computation per round, in random order, so that load and warm caches favour none.

    Args:
        turns: the computations by name.
        rounds: number of counted turns of each.
        calls: number of calls in one turn.
        warm_up: number of calls of each before, in whole turns that are not counted.
        seed: seed of the order.
        advance: called after each round with its number of turns.

    Returns:
        The times of all counted turns, by name.
    """
    for _ in range(warm_up_turns(warm_up, calls)):
        for turn in turns.values():
            turn()
    keys, order = list(turns), np.random.default_rng(seed)
    spent: dict[Key, list[Spent]] = {key: [] for key in keys}
    for _ in range(rounds):
        for index in order.permutation(len(keys)).tolist():
            spent[keys[index]].extend(turns[keys[index]]())
        advance(len(keys))
    columns = {key: np.array(values, np.float64).reshape(-1, 2).T for key, values in spent.items()}
    return {key: Samples(wall, cpu) for key, (wall, cpu) in columns.items()}


def warm_up_turns(warm_up: int, calls: int) -> int:
    """Return the number of turns of ``calls`` calls that make at least ``warm_up`` calls."""
    return -(-warm_up // calls)


def latency(seconds: Sequence[float] | NDArray[np.float64], period: int = 1) -> Latency:
    """Summarise the times of one computation.

    Args:
        seconds: time of each call, in the order of the calls; at least one.
        period: number of calls after which the work repeats: a tracker runs the detector in one frame per period.
    """
    values = np.asarray(seconds, np.float64) * 1000
    p50, p95 = np.percentile(values, (50, 95))
    whole = len(values) // period
    means = values[: whole * period].reshape(whole, period).mean(axis=1) if whole else values.mean(keepdims=True)
    typical = float(p50) if period == 1 else float(np.median(means))
    return Latency(float(p50), float(p95), float(values.min()), typical, len(values))


@contextmanager
def opencv_threads(threads: int) -> Iterator[None]:
    """Set the number of OpenCV's threads within the block."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
