"""Computations that take turns, each measured by the wall clock and by the CPU time it spends.

With one thread each the two agree on a quiet machine. On a busy one the CPU time is what holds: a longer computation is
interrupted more often than a short one. CPU time counts all threads of the process, so that none can hide.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tqdm import tqdm

from runtime.bench.timing import WARM_UP_CALLS, Compute, Latency, cpu_clock, interleave, latency

CPU_CLOCK = cpu_clock()

Spent = tuple[float, float]
"""Seconds by the wall clock, and of CPU time."""

Turn = Callable[[], list[Spent]]
"""Computes something one or several times; gives what each time took."""


@dataclass(frozen=True, slots=True)
class Times:
    """Times of one computation, by the wall clock and in CPU time."""

    wall: Latency
    cpu: Latency


def timed(compute: Compute) -> Spent:
    """Call something once and measure it."""
    wall, cpu = time.perf_counter(), CPU_CLOCK()
    compute()
    return time.perf_counter() - wall, CPU_CLOCK() - cpu


def warm_up_turns(calls: int) -> int:
    """Turns of so many calls that warm up."""
    return -(-WARM_UP_CALLS // calls)


def take_turns(turns: Mapping[str, Turn], rounds: int, calls: int = 1) -> dict[str, Times]:
    """Give each computation a turn a round, in random order, so that a slow moment or a warm cache favours none.

    Args:
        turns: the computations by name.
        rounds: how many turns of each are counted; those that warm up are not.
        calls: measurements that one turn gives, a period in which the work repeats itself.
    """
    spent: dict[str, list[Spent]] = {name: [] for name in turns}

    def record(name: str) -> Compute:
        return lambda: spent[name].extend(turns[name]())

    rows = interleave({name: record(name) for name in turns}, rounds, warm_up=warm_up_turns(calls))
    for _ in tqdm(rows, total=rounds, desc="taking turns", unit="round", leave=False):
        pass
    counted = {name: values[-rounds * calls :] for name, values in spent.items()}
    return {
        name: Times(*(latency(column, calls) for column in zip(*values, strict=True)))
        for name, values in counted.items()
    }
