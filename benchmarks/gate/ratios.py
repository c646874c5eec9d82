"""Latencies as ratios to a reference computation, interleaved with it, which are stable on a noisy machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.bench.timing import WARM_UP_CALLS, Advance, Compute, Spent, Turn, take_turns, timed

RESAMPLES = 400
BLOCK = 5
"""Rounds per block of the bootstrap, at most a tenth of all; disturbances last several rounds."""

COVERAGE = 99.0
"""Percent of resamples inside the interval."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ratio of the time of a computation to that of the reference.

    Attributes:
        median: median over all rounds.
        low, high: 99 % bootstrap interval of the median.
        rounds: number of rounds.
    """

    median: float
    low: float
    high: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Paired:
    """Seconds of a computation and of the reference next to it, by round."""

    seconds: tuple[float, ...]
    reference: tuple[float, ...]

    def ratio(self) -> Ratio:
        """Return the ratio and its interval, see :func:`ratio_of`."""
        return ratio_of(self.seconds, self.reference)


def paired(
    computations: Mapping[str, Compute],
    reference: Compute,
    rounds: int,
    advance: Advance = lambda count: None,
    warm_up: int = WARM_UP_CALLS,
) -> dict[str, Paired]:
    """Time each computation once a round, in random order, each with the reference before and after it.

    Times are CPU times. A round's time is the minimum of two calls, of the computation as of the reference, since a
    disturbance rarely affects both, and since with warm caches twice the work takes twice the time.

    Args:
        computations: computations by name.
        reference: work of about a millisecond that never changes.
        rounds: number of rounds.
        advance: called with 1 after each round.
        warm_up: number of untimed calls of each before.

    Returns:
        Times of each computation and of the reference next to it, by name.
    """
    before = timed(reference)

    def beside_reference(compute: Compute) -> Turn:
        def turn() -> list[Spent]:
            nonlocal before
            spent, after = _better(timed(compute), timed(compute)), timed(reference)
            standard, before = _better(before, after), after
            return [spent, standard]

        return turn

    turns = {name: beside_reference(compute) for name, compute in computations.items()}
    samples = take_turns(turns, rounds, calls=2, warm_up=warm_up, advance=lambda count: advance(1))
    return {
        name: Paired(tuple(each.cpu[0::2].tolist()), tuple(each.cpu[1::2].tolist())) for name, each in samples.items()
    }


def ratio_of(seconds: Sequence[float], reference: Sequence[float], seed: int = 0) -> Ratio:
    """Return the median of the ratios of paired times and its interval.

    The bootstrap draws blocks of successive rounds (Kuensch 1989, "The jackknife and the bootstrap for general
    stationary observations").

    Args:
        seconds: (N,), positive times, one per round.
        reference: (N,), positive times of the reference in the same rounds.
        seed: seed of the bootstrap.
    """
    ratios = np.asarray(seconds, np.float64) / np.asarray(reference, np.float64)
    medians = np.median(_resampled(ratios, np.random.default_rng(seed)), axis=1)
    tail = (100 - COVERAGE) / 2
    low, high = np.percentile(medians, (tail, 100 - tail))
    return Ratio(float(np.median(ratios)), float(low), float(high), len(ratios))


def _better(one: Spent, other: Spent) -> Spent:
    return min(one, other, key=lambda each: each.cpu)


def _resampled(values: NDArray[np.float64], draw: np.random.Generator) -> NDArray[np.float64]:
    block = max(1, min(BLOCK, len(values) // 10))
    blocks = -(-len(values) // block)
    starts = draw.integers(0, len(values) - block + 1, (RESAMPLES, blocks, 1))
    return values[(starts + np.arange(block)).reshape(RESAMPLES, -1)]  # type: ignore[no-any-return]
