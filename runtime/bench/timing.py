"""Interleaved timing: named computations take turns, and medians over all turns are compared.

Each call is measured by the wall clock and in CPU time. What else runs on the machine takes the CPU away for
milliseconds: that lengthens wall-clock times, and those of long computations more often than those of short ones, but
not CPU times. CPU time sees no waiting, though: it is for ratios of computations, not for what users feel.
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
"""What is timed."""

Advance = Callable[[int], None]
"""Told how many measurements were done."""

CPU_CLOCK: Callable[[], float] = (
    time.process_time if time.get_clock_info("process_time").resolution < 1e-6 else time.perf_counter
)
"""CPU seconds of this process, all threads; wall-clock time where the system counts CPU time in coarse steps."""

WARM_UP_CALLS = PATIENCE + 5
"""Untimed calls of each computation; by then a detector has opened a session for its input size."""


class Spent(NamedTuple):
    """What one call took, in seconds."""

    wall: float
    cpu: float


Turn = Callable[[], Sequence[Spent]]
"""Makes one or several calls and returns what each took."""


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

    def ratio_to(self, other: Latency) -> float:
        """Ratio of the medians."""
        return self.p50 / other.p50


@dataclass(frozen=True, slots=True)
class Times:
    """Latency of one computation by the wall clock and in CPU time."""

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
        """Medians and percentiles; see :func:`latency`."""
        return Times(latency(self.wall, period), latency(self.cpu, period))


def timed(compute: Compute) -> Spent:
    """Call something once and measure it."""
    cpu, wall = CPU_CLOCK(), time.perf_counter()
    compute()
    return Spent(time.perf_counter() - wall, CPU_CLOCK() - cpu)


def repeat(compute: Compute, calls: int = 1) -> Turn:
    """Return a turn of several calls: in all but the first the caches are as the computation itself left them."""
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
    """Give each computation a turn a round, in random order, so that a slow moment or a warm cache favours none.

    Args:
        turns: the computations by name.
        rounds: how many turns of each are counted.
        calls: how many calls one turn makes.
        warm_up: how many calls of each are made before, in whole turns that are not counted.
        seed: of the order.
        advance: told after each round how many turns it had.

    Returns:
        What all counted turns returned, by name.
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
    """Return how many turns of so many calls make at least ``warm_up`` calls."""
    return -(-warm_up // calls)


def latency(seconds: Sequence[float] | NDArray[np.float64], period: int = 1) -> Latency:
    """Summarise the times of one computation.

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


@contextmanager
def opencv_threads(threads: int) -> Iterator[None]:
    """Let OpenCV, which has threads of its own, use so many in a block."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
