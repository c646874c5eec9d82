"""Timing of many computations that become rows of the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runtime.bench.results import Row
from runtime.bench.timing import WARM_UP_CALLS, Compute, interleave, latency

Advance = Callable[[int], None]
"""Told how many measurements were done."""


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
    names = {str(index): row for index, row in enumerate(computations)}
    named = dict(zip(names, computations.values(), strict=True))
    samples: dict[str, list[float]] = {name: [] for name in named}
    for taken in interleave(named, rounds, warm_up=warm_up):
        for name, seconds in taken.items():
            samples[name].append(seconds)
        advance(len(taken))
    return [row.with_latency(latency(samples[name], getattr(named[name], "period", 1))) for name, row in names.items()]
