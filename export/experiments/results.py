"""Results of the runs: numbers beside the study's, and a check of its findings."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.evaluation import (
    Errors,
    bootstrap_mean,
    draw_error_curves,
    draw_losses,
    draw_parts,
    join_errors,
    records_table,
)
from export.experiments.rows import Experiment, Reported
from export.experiments.running import RESULT, TESTS, read_errors, read_images, read_version, run_folder
from export.versions import describe_versions
from runtime.media.files import replacing, write_text


@dataclass(frozen=True, slots=True)
class ExperimentRuns:
    """A row's finished runs.

    Attributes:
        row: the row.
        images: number of different training images.
        version: version of the generator that made the synthetic faces.
        runs: folder of each run, by seed.
        errors: by seed, then by test set.
    """

    row: Experiment
    images: int
    version: str
    runs: dict[int, Path]
    errors: dict[int, dict[str, Errors]]

    def pooled(self, test: str) -> Errors:
        """Join the errors of all seeds."""
        return join_errors([errors[test] for errors in self.errors.values()])


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of the study: the mean error of row ``better`` is below that of row ``worse`` on a test set."""

    claim: str
    better: str
    worse: str
    test: str


FINDINGS = (
    Finding("wing is better than MSE", "synthetic-wing", "synthetic-mse", "synthetic"),
    Finding("wing is better than MSE", "synthetic-wing", "synthetic-mse", "real"),
    Finding("real faces are the best teachers of real faces", "real", "mixture-60", "real"),
    Finding("40 % real faces are better than none", "mixture-60", "synthetic-wing", "real"),
    Finding("40 % real faces help on synthetic ones too", "mixture-60", "synthetic-wing", "synthetic"),
    Finding("10 % real faces are worse than none", "synthetic-wing", "mixture-90", "synthetic"),
    Finding("10 % real faces are worse than none", "synthetic-wing", "mixture-90", "real"),
    Finding("the full network is better than the trimmed one", "synthetic-wing", "trimmed-synthetic", "real"),
)

TARGETS = {  # on real faces: mean error at most, success rate at least
    "synthetic-wing": (8.0, 0.97),
    "synthetic-all": (8.0, 0.97),
    "mixture-60": (4.5, 0.99),
    "mixture-60-all": (4.5, 0.99),
    "real": (4.5, 0.99),
}
FIGURES = "\n".join(f"![{kind} on {test}]({kind}-{test}.png)" for test in TESTS for kind in ("ced", "regions"))
FIGURES += "\n![losses](losses.png)"
TRIMMED = {"trimmed-synthetic": "synthetic-wing", "trimmed-mixture-60": "mixture-60"}
"""Rows of the trimmed network, and the full network's row with the same training."""
TRIMMED_LOSS = 0.02
"""Largest share of the full network's success rate that the trimmed network may lose."""


def collect_results(rows: Sequence[Experiment], seeds: Sequence[int], runs: Path) -> list[ExperimentRuns]:
    """Collect the finished runs of the rows; rows without one are left out.

    Raises:
        FileNotFoundError: no run is finished.
    """
    outcomes = []
    for row in rows:
        folders = {seed: run_folder(runs, row.name, seed) for seed in seeds}
        done = {seed: run for seed, run in folders.items() if (run / RESULT).is_file()}
        if done:
            errors = {seed: read_errors(run) for seed, run in done.items()}
            run = next(iter(done.values()))
            outcomes.append(ExperimentRuns(row, read_images(run), read_version(run), done, errors))
    if not outcomes:
        raise FileNotFoundError(f"{runs}: no finished run of these rows; leave out --report to train them")
    return outcomes


def write_report(outcomes: Sequence[ExperimentRuns], out: Path) -> Path:
    """Write ``report.md``, ``results.csv``, ``results.json`` and the figures; return the report's path."""
    out.mkdir(parents=True, exist_ok=True)
    table = numbers(outcomes)
    with replacing(out / "results.csv") as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    write_text(out / "results.json", json.dumps(table, indent=2) + "\n")
    for test in TESTS:
        curves = {outcome.row.name: outcome.pooled(test) for outcome in outcomes}
        draw_error_curves(curves, out / f"ced-{test}.png", limit=20)
        draw_parts(curves, out / f"regions-{test}.png")
    draw_losses(
        {outcome.row.name: next(iter(outcome.runs.values())) / "curve.csv" for outcome in outcomes},
        {outcome.row.name: outcome.row.training.loss for outcome in outcomes},
        out / "losses.png",
    )
    write_text(out / "report.md", report_text(outcomes))
    return out / "report.md"


def numbers(outcomes: Sequence[ExperimentRuns]) -> list[dict[str, str | int | float]]:
    """Return one record for each row, seed and test set."""
    return [
        {
            "row": outcome.row.name,
            "seed": seed,
            "network": outcome.row.training.network,
            "images": outcome.images,
            "crops": outcome.row.training.crops,
            "test": test,
            "faces": len(errors.me),
            "ME": round(float(errors.me.mean()), 4),
            "Std": round(float(errors.me.std()), 4),
            "SR": round(errors.success_rate, 4),
            "NME": round(errors.nme_mean, 4),
            "AUC@8": round(errors.auc(), 4),
            "FR@8": round(errors.failure_rate(), 4),
        }
        for outcome in outcomes
        for seed, tests in outcome.errors.items()
        for test, errors in tests.items()
    ]


def difference(
    better: Sequence[Errors], worse: Sequence[Errors], draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Compute the difference of mean errors, ``worse`` minus ``better``, with a bootstrap interval over the faces.

    Args:
        better: errors for each seed, all of the same faces in the same order; they are averaged over the seeds.
        worse: the same for the other row.
        draws: number of bootstrap samples of paired faces.
        seed: seed of the samples.

    Returns:
        Difference, and lower and upper end of the 95 % interval, in pixels.
    """
    pairs = np.mean([item.me for item in worse], axis=0) - np.mean([item.me for item in better], axis=0)
    mean = bootstrap_mean(pairs, draws, seed)
    return mean.value, mean.low, mean.high


def report_text(outcomes: Sequence[ExperimentRuns]) -> str:
    """Return the report as Markdown: a table for each test set, the study's findings, the targets."""
    first = outcomes[0].row.training
    counts = {len(outcome.errors) for outcome in outcomes}
    made_by = sorted({outcome.version for outcome in outcomes})
    sections = [
        f"Every row: from scratch, {first.crops:,} crops in batches of {first.batch}; "
        f"{' or '.join(str(count) for count in sorted(counts))} seed(s), whose faces are pooled. "
        f"Synthetic faces of generator version {' and '.join(made_by)}. "
        "ME and Std in pixels of the 192-pixel crop, SR: share of faces with ME below 20; NME in percent of the "
        "distance of the outer eye corners, AUC and FR (share of failures) at an NME of 8 %.",
        *(
            f"## Tested on {TESTS[test]} ({len(next(iter(outcomes[0].errors.values()))[test].me)} faces)\n\n"
            + records_table([_table_row(outcome, test) for outcome in outcomes])
            for test in TESTS
        ),
        "## Findings of the study\n\nOurs: mean error of the row said to be worse minus that of the better one, with "
        "the 95 % interval over the test faces (not over seeds).\n\n" + _findings(outcomes),
        "## Targets on the real faces\n\n" + _targets(outcomes),
        "## Figures\n\nShare of faces below an NME, NME by region of the face, and the losses of the runs.\n\n"
        + FIGURES,
        f"Printed by `python -m export experiments --report` ({describe_versions()}).",
    ]
    return "# The study's tables, measured again\n\n" + "\n\n".join(sections) + "\n"


def _table_row(outcome: ExperimentRuns, test: str) -> dict[str, str | float]:
    errors, study = outcome.pooled(test), outcome.row.study.get(test)
    means = [float(tests[test].me.mean()) for tests in outcome.errors.values()]
    return {
        "training": outcome.row.title,
        "images": f"{outcome.images:,}",
        "ME +- Std": f"{errors.me.mean():.2f} +- {errors.me.std():.2f}",
        "ME by seed": ", ".join(f"{mean:.2f}" for mean in means),
        "SR": errors.success_rate,
        "NME": f"{errors.nme_mean:.2f}",
        "AUC@8": errors.auc(),
        "FR@8": errors.failure_rate(),
        "study: ME +- Std": f"{study.me:.2f} +- {study.std:.2f}" if study else "-",
        "study: SR": f"{study.success_rate:.2f}" if study else "-",
    }


def _findings(outcomes: Sequence[ExperimentRuns]) -> str:
    known = {outcome.row.name: outcome for outcome in outcomes}
    lines: list[dict[str, str | float]] = []
    for finding in FINDINGS:
        if finding.better not in known or finding.worse not in known:
            continue
        better, worse = known[finding.better], known[finding.worse]
        middle, low, high = difference(
            [errors[finding.test] for errors in better.errors.values()],
            [errors[finding.test] for errors in worse.errors.values()],
        )
        verdict = "holds" if low > 0 else "the opposite" if high < 0 else "no difference shown"
        lines.append(
            {
                "finding": finding.claim,
                "tested on": finding.test,
                "study": _study_difference(better.row.study, worse.row.study, finding.test),
                "ours": f"{middle:+.2f} [{low:+.2f}, {high:+.2f}]",
                "verdict": verdict,
            }
        )
    return records_table(lines) if lines else "No two rows of a finding are finished."


def _study_difference(better: dict[str, Reported], worse: dict[str, Reported], test: str) -> str:
    if test not in better or test not in worse:
        return "-"
    return f"{worse[test].me - better[test].me:+.2f}"


def _targets(outcomes: Sequence[ExperimentRuns]) -> str:
    real = {outcome.row.name: outcome.pooled("real") for outcome in outcomes}
    titles = {outcome.row.name: outcome.row.title for outcome in outcomes}
    lines: list[dict[str, str | float]] = []
    for name, (me, success) in TARGETS.items():
        if name in real:
            reached, rate = float(real[name].me.mean()), real[name].success_rate
            lines.append(
                {
                    "training": titles[name],
                    "target": f"ME <= {me:.1f}, SR >= {success:.2f}",
                    "reached": f"ME {reached:.2f}, SR {rate:.3f}",
                    "met": "yes" if reached <= me and rate >= success else "no",
                }
            )
    for name, full in TRIMMED.items():
        if name in real and full in real:
            lost = 1 - real[name].success_rate / real[full].success_rate
            lines.append(
                {
                    "training": titles[name],
                    "target": f"loses at most {TRIMMED_LOSS:.0%} of the full network's SR",
                    "reached": f"loses {lost:.1%}",
                    "met": "yes" if lost <= TRIMMED_LOSS else "no",
                }
            )
    return records_table(lines) if lines else "No row with a target is finished."
