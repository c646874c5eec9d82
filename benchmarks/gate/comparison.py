"""Comparison of measured ratios and sizes with a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from benchmarks.gate.ratios import Ratio
from runtime.bench.markdown import markdown_table

TOLERANCE = 0.25
"""Share by which the interval of a latency may exceed that of its baseline."""


class Outcome(Enum):
    """Comparison of one benchmark with its reference value."""

    SLOWER = "SLOWER"
    FASTER = "faster"
    SAME = "as before"
    UNCLEAR = "unclear"
    NEW = "new"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict on one latency.

    Attributes:
        name: name of the benchmark.
        outcome: slower if the lower end of the measured interval exceeds the upper end of the baseline's by more than
            the tolerance; unclear if only its upper end does.
        measured, baseline: the ratios; None if the benchmark is gone, or new.
    """

    name: str
    outcome: Outcome
    measured: Ratio | None
    baseline: Ratio | None

    @property
    def fails(self) -> bool:
        """Whether the gate fails because of it."""
        return self.outcome in (Outcome.SLOWER, Outcome.GONE)


def judge(measured: Mapping[str, Ratio], baseline: Mapping[str, Ratio], tolerance: float = TOLERANCE) -> list[Verdict]:
    """Compare measurements with a baseline; verdicts are in the order of the measurements, missing ones last."""
    verdicts = [_verdict(name, ratio, baseline.get(name), tolerance) for name, ratio in measured.items()]
    gone = [Verdict(name, Outcome.GONE, None, ratio) for name, ratio in baseline.items() if name not in measured]
    return verdicts + gone


def _verdict(name: str, measured: Ratio, baseline: Ratio | None, tolerance: float) -> Verdict:
    if baseline is None:
        outcome = Outcome.NEW
    elif measured.low > (limit := baseline.high * (1 + tolerance)):
        outcome = Outcome.SLOWER
    elif measured.high > limit:
        outcome = Outcome.UNCLEAR
    elif measured.high * (1 + tolerance) < baseline.low:
        outcome = Outcome.FASTER
    else:
        outcome = Outcome.SAME
    return Verdict(name, outcome, measured, baseline)


def latency_table(verdicts: list[Verdict]) -> str:
    """Return a Markdown table: ratio to the reference before and now, and their quotient."""
    lines = []
    for each in verdicts:
        change = each.measured.median / each.baseline.median if each.measured and each.baseline else None
        lines.append(
            [
                each.name,
                _interval(each.baseline),
                _interval(each.measured),
                "" if change is None else f"{change:.2f}",
                each.outcome.value,
            ]
        )
    return markdown_table(("time over the reference's", "baseline", "now", "change", "verdict"), lines)


def size_changes(measured: Mapping[str, int], baseline: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """Return name, baseline and current value of every size that changed."""
    names = dict.fromkeys([*baseline, *measured])
    return [
        (name, _count(baseline.get(name)), _count(measured.get(name)))
        for name in names
        if baseline.get(name) != measured.get(name)
    ]


def _interval(ratio: Ratio | None) -> str:
    return "" if ratio is None else f"{ratio.median:.3f} ({ratio.low:.3f}..{ratio.high:.3f})"


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"
