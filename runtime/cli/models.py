"""``landmarks models``: the networks that are shipped."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any

from runtime.cli.options import HelpFormatter
from runtime.engine import ModelEntry, list_models

_HEADER = ("name", "role", "size", "parameters", "sha-256", "accuracy", "licence", "trained on")


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "models",
        help="list the networks that are shipped",
        description="List the networks that --model and --detector can name: accuracy on photographs, licence, and\n"
        "what they were trained on.",
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print all that is known as JSON")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 0.

    Raises:
        ModelError: the installation lacks its manifest.
    """
    entries = list_models()
    if options.json:
        print(json.dumps([dataclasses.asdict(entry) for entry in entries], indent=2))
        return 0
    rows = [_HEADER, *(_row(entry) for entry in entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _row(entry: ModelEntry) -> tuple[str, ...]:
    accuracy = ", ".join(
        f"{name.removesuffix('_test').replace('_', ' ')} {value:g}"
        for name, value in entry.metrics.items()
        if not name.endswith("synthetic_test")  # there are many; the model cards explain them
    )
    return (
        entry.name,
        entry.role,
        f"{entry.bytes / 1e6:.2f} MB",
        f"{entry.parameters:,}",
        entry.sha256[:12],
        accuracy or "-",
        entry.license,
        entry.trained_on or "-",
    )
