"""Timing of many computations that become rows of the results."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.bench.results import Row
from runtime.bench.timing import WARM_UP_CALLS, Advance, Compute, time_calls


def timed_rows(
    computations: Mapping[Row, Compute], rounds: int, advance: Advance, warm_up: int = WARM_UP_CALLS
) -> list[Row]:
    """Time computations in turn and fill in their rows.

    Args:
        computations: what to time; one with an attribute ``period`` repeats its work after so many calls.
        rounds: how many times to call each.
        advance: told after each round.
        warm_up: how many times to call each before, untimed.
    """
    samples = time_calls(computations, rounds, warm_up=warm_up, advance=advance)
    return [
        row.with_latency(samples[row].summary(getattr(compute, "period", 1)).wall)
        for row, compute in computations.items()
    ]
