"""Timing of computations for rows of the results."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.bench.results import Row
from runtime.bench.timing import WARM_UP_CALLS, Advance, Compute, time_calls


def timed_rows(
    computations: Mapping[Row, Compute], rounds: int, advance: Advance, warm_up: int = WARM_UP_CALLS
) -> list[Row]:
    """Time computations in turn and return their rows with the latencies.

    Args:
        computations: callables by row; an attribute ``period`` is the number of calls after which the work repeats.
        rounds: number of timed calls of each.
        advance: called after each round with the number of calls made.
        warm_up: number of untimed calls of each before.
    """
    samples = time_calls(computations, rounds, warm_up=warm_up, advance=advance)
    return [
        row.with_latency(samples[row].summary(getattr(compute, "period", 1)).wall)
        for row, compute in computations.items()
    ]
