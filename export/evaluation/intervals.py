"""Means over faces with their 95 % intervals, and tables of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from runtime.bench.markdown import markdown_table

DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over ``faces`` faces and its 95 % interval; NaN where there are too few: none, or one for an interval."""

    value: float
    low: float
    high: float
    faces: int

    def __str__(self) -> str:
        if not self.faces:
            return "-"
        return f"{self.value:.2f}" + (f" [{self.low:.2f}, {self.high:.2f}]" if self.faces > 1 else "")


@dataclass(frozen=True, slots=True)
class GroupMeans:
    """One group of faces: its name, how many faces it has, and what was measured."""

    name: str
    faces: int
    means: dict[str, Mean]


def bootstrap_mean(values: NDArray[np.floating], draws: int = DRAWS, seed: int = 0) -> Mean:
    """Average values (N,), one a face, NaN where a face has none; return also the mean's percentile bootstrap interval.

    Source: Efron 1979, "Bootstrap methods: another look at the jackknife".
    """
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return Mean(float(values[0]) if len(values) else np.nan, np.nan, np.nan, len(values))
    drawn = stats.bootstrap((values,), np.mean, n_resamples=draws, method="percentile", rng=np.random.default_rng(seed))
    # not drawn.confidence_interval: of equal values its ends may change places by a rounding error
    low, high = np.quantile(drawn.bootstrap_distribution, [0.025, 0.975])
    return Mean(float(values.mean()), float(low), float(high), len(values))


def summarise(values: Mapping[str, NDArray[np.floating]], groups: Mapping[str, NDArray[np.bool_]]) -> list[GroupMeans]:
    """Return a row for each group of faces (N,) bool, with the mean of each of the values (N,)."""
    return [
        GroupMeans(name, int(group.sum()), {key: bootstrap_mean(column[group]) for key, column in values.items()})
        for name, group in groups.items()
    ]


def markdown_rows(rows: Sequence[GroupMeans], title: str) -> str:
    """Format a Markdown table: name, faces, then every mean with its interval."""
    keys = list(rows[0].means)
    cells = [[row.name, row.faces, *(row.means[key] for key in keys)] for row in rows]
    return markdown_table([title, "faces", *keys], cells, aligned=False)


def plain_rows(rows: Sequence[GroupMeans]) -> list[dict[str, object]]:
    """Return the rows as plain values for JSON; what cannot be measured is null."""
    return [
        {
            "group": row.name,
            "faces": row.faces,
            **{
                key: {name: _number(getattr(mean, name)) for name in ("value", "low", "high")}
                for key, mean in row.means.items()
            },
        }
        for row in rows
    ]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
