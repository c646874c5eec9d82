"""``python -m export experiments``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.cli.options import SYNTHETIC_TEST, add_compute, positive
from export.output_guard import protect
from export.paths import RUNS

_DESCRIPTION = """\
Train the rows of the study's tables from scratch and report them beside its numbers.

  python -m export synthesize --count 8000 --seed 1 --out runs/synthetic
  python -m export synthesize --count 1000 --seed 2 --out runs/synthetic-test
  python -m export experiments --jobs 2 --seeds 0 1 2      # a day or two on two cores
  python -m export experiments --report                    # tables and figures of the finished runs

Rows are export/experiments/*.toml. Each run has a folder ROW-SEED. Finished runs are skipped and stopped ones continue
when the same command is given again."""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "experiments",
        help="train and measure the rows of the study's tables",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_DESCRIPTION,
    )
    command.add_argument("--rows", nargs="+", metavar="ROW", help="some rows instead of all")
    command.add_argument("--seeds", type=int, nargs="+", default=[0], help="seeds of each row (default: 0)")
    command.add_argument("--crops", type=positive, help="training crops of every row (default: the files')")
    command.add_argument("--jobs", type=positive, default=1, help="rows trained side by side (default: %(default)s)")
    command.add_argument("--threads", type=positive, default=1, help="torch threads of each (default: %(default)s)")
    add_compute(command)
    command.add_argument("--synthetic", type=Path, help="folder of synthetic training faces (default: the files')")
    command.add_argument(
        "--synthetic-test",
        type=Path,
        default=RUNS / "synthetic-test",
        help=f"folder of synthetic test faces, {SYNTHETIC_TEST} (default: %(default)s)",
    )
    command.add_argument("--runs", type=Path, default=RUNS / "experiments", help="folder of the runs")
    command.add_argument("--out", type=Path, help="folder of the report (default: RUNS/report)")
    command.add_argument("--report", action="store_true", help="train nothing, report the finished runs")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    out = options.out or options.runs / "report"
    written = [out / name for name in ("report.md", "results.csv", "results.json")]
    protect([options.synthetic, options.synthetic_test], written)

    from export.experiments import ROWS, collect_results, read_rows, run_rows, write_report

    rows = read_rows(options.rows or ROWS, options.crops, options.synthetic)
    if not options.report:
        compute = options.threads, options.device, options.precision
        run_rows(rows, options.seeds, options.runs, options.synthetic_test, options.jobs, *compute)
    print(write_report(collect_results(rows, options.seeds, options.runs), out))
