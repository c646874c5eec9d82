"""Reproduction of the study's tables: rows trained from scratch on equal budgets, reported beside its numbers."""

from export.experiments.results import collect_results, write_report
from export.experiments.rows import ROWS, read_rows
from export.experiments.running import run_rows

__all__ = [
    "ROWS",
    "collect_results",
    "read_rows",
    "run_rows",
    "write_report",
]
