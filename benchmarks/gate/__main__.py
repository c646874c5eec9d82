"""Regression gate: compares latencies and sizes with the committed baseline.

    python -m benchmarks.gate            # exit code 1 and a table on a regression
    python -m benchmarks.gate --update   # measure and write a new baseline

The baseline is that of the same make of processor and version of onnxruntime; where there is none, the gate says so and
judges sizes alone. Sizes must equal those of the baseline. Latencies are ratios to a reference computation, interleaved
with it, so that a busy machine slows both. The gate fails only if the 99 % intervals of baseline and measurement are
more than a quarter apart, and only if repeated measurements agree. Unclear results are measured again, too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.gate.comparison import Outcome, Verdict, judge, latency_table, size_changes
from benchmarks.gate.computations import PASSES, measure
from benchmarks.gate.ratios import Ratio
from benchmarks.gate.reference_values import (
    FOLDER,
    Baseline,
    measured_sizes,
    others,
    path_for,
    read_baseline,
    read_sizes,
    write_baseline,
    write_sizes,
)
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.media.progress import Progress

ROUNDS = 60
ATTEMPTS = 3
"""Largest number of measurements; the gate fails only if all find a benchmark slower."""

CLOSER = 3
"""Factor on the rounds of a baseline and of repeated measurements."""

SUSPICIOUS = (Outcome.SLOWER, Outcome.UNCLEAR)

Measure = Callable[[set[str] | None], dict[str, Ratio]]
"""Function that measures the benchmarks with these names, all for None."""


def confirmed(measure_again: Measure, baseline: dict[str, Ratio], attempts: int = ATTEMPTS) -> list[Verdict]:
    """Measure and judge; slower or unclear benchmarks are measured again, and pass if one measurement does."""
    measured = measure_again(None)
    for _ in range(attempts - 1):
        suspects = {each.name for each in judge(measured, baseline) if each.outcome in SUSPICIOUS}
        if not suspects:
            break
        measured |= measure_again(suspects)
    return judge(measured, baseline)


def main(arguments: list[str] | None = None) -> int:
    """Run the gate and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--update", action="store_true", help="write the baseline of this machine, and the sizes")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="number of measurements of each latency")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the baselines")
    options = parser.parse_args(arguments)
    machine = this_machine()
    print(machine.to_text())

    def with_progress(names: set[str] | None) -> dict[str, Ratio]:
        # a baseline and repeated measurements are more precise
        rounds = options.rounds * (1 if names is None and not options.update else CLOSER)
        with Progress(rounds // PASSES * PASSES + max(5, rounds // 10), "rounds") as progress:
            return measure(names, rounds, progress.advance)

    if options.update:
        print(f"wrote {write_sizes(measured_sizes(), options.folder)}")
        print(f"wrote {write_baseline(Baseline(machine, with_progress(None)), options.folder)}")
        return 0
    changes = size_changes(measured_sizes(), read_sizes(options.folder))
    if changes:
        print(f"\nSizes that changed:\n{markdown_table(('', 'baseline', 'now'), changes)}")
    baseline = read_baseline(machine, options.folder)
    if baseline is None:
        print(
            f"\nNo latency was judged: {path_for(machine, options.folder).name} does not exist, and ratios of another "
            f"processor or onnxruntime are not comparable (there is {', '.join(others(options.folder)) or 'none'}). To "
            "judge a change, check out the last good commit and run with --update there."
        )
        return 1 if changes else 0
    verdicts = confirmed(with_progress, baseline.ratios)
    print(f"\n{latency_table(verdicts)}")
    failed = [each for each in verdicts if each.fails]
    print(_conclusion(failed, len(changes)))
    return 1 if failed or changes else 0


def _conclusion(failed: list[Verdict], changes: int) -> str:
    if not failed and not changes:
        return "\nNothing got slower, no size changed."
    lines = [f"\n{len(failed)} slower or gone, {changes} sizes changed."]
    if failed:
        lines.append(latency_table(failed))
    lines.append(
        "If this is intended, run `python -m benchmarks.gate --update` on an idle machine and commit the baseline."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
