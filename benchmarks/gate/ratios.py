"""Latency as a ratio to a reference computation, timed in turn: what survives a noisy machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.bench.timing import WARM_UP_CALLS, Compute, cpu_clock

RESAMPLES = 400
BLOCK = 5
"""Rounds that are drawn together, a tenth of all at most: what disturbs one round disturbs its neighbours, too."""

COVERAGE = 99.0
"""Percent of resamples inside of the interval."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Time of a computation over that of the reference.

    Attributes:
        median: of all rounds.
        low, high: 99 % interval of the median, by bootstrap.
        rounds: how many.
    """

    median: float
    low: float
    high: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Paired:
    """Seconds of a computation and of the reference beside it, round by round."""

    seconds: tuple[float, ...]
    reference: tuple[float, ...]

    def ratio(self) -> Ratio:
        """See :func:`ratio_of`."""
        return ratio_of(self.seconds, self.reference)


def paired(
    computations: Mapping[str, Compute],
    reference: Compute,
    rounds: int,
    advance: Callable[[], None] = lambda: None,
    warm_up: int = WARM_UP_CALLS,
) -> dict[str, Paired]:
    """Time each computation once a round, in random order, each with the reference before and after it.

    Times are those of :func:`runtime.bench.timing.cpu_clock`. A round's time is the better of two calls, of the
    computation as of the reference: what disturbs one seldom disturbs the next, and with the data in the cache twice
    the work takes twice the time.

    Args:
        computations: what to time, by name.
        reference: work that never changes, of about a millisecond.
        rounds: how many times to call each.
        advance: called after each round.
        warm_up: how many times to call each before, untimed.

    Returns:
        Times of each computation, and of the reference beside it.
    """
    for _ in range(warm_up):
        for compute in (reference, *computations.values()):
            compute()
    clock = cpu_clock()

    def seconds(compute: Compute) -> float:
        started = clock()
        compute()
        return clock() - started

    names, order = list(computations), np.random.default_rng(0)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        before = seconds(reference)
        for name in order.permutation(names).tolist():
            spent = min(seconds(computations[name]), seconds(computations[name]))
            after = seconds(reference)
            times[name].append((spent, min(before, after)))
            before = after
        advance()
    return {name: Paired(*(tuple(column) for column in zip(*pairs, strict=True))) for name, pairs in times.items()}


def ratio_of(seconds: Sequence[float], reference: Sequence[float], seed: int = 0) -> Ratio:
    """The median of the ratios of paired times, and how well it is known.

    The bootstrap draws blocks of successive rounds (Kuensch 1989, "The jackknife and the bootstrap for general
    stationary observations").

    Args:
        seconds, reference: (N,) each, of the same rounds; positive.
        seed: of the bootstrap.
    """
    ratios = np.asarray(seconds, np.float64) / np.asarray(reference, np.float64)
    medians = np.median(_resampled(ratios, np.random.default_rng(seed)), axis=1)
    tail = (100 - COVERAGE) / 2
    low, high = np.percentile(medians, (tail, 100 - tail))
    return Ratio(float(np.median(ratios)), float(low), float(high), len(ratios))


def _resampled(values: NDArray[np.float64], draw: np.random.Generator) -> NDArray[np.float64]:
    block = max(1, min(BLOCK, len(values) // 10))
    blocks = -(-len(values) // block)
    starts = draw.integers(0, len(values) - block + 1, (RESAMPLES, blocks, 1))
    return values[(starts + np.arange(block)).reshape(RESAMPLES, -1)]  # type: ignore[no-any-return]
