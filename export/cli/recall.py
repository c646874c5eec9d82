"""``python -m export recall``."""

from __future__ import annotations

import argparse
from typing import Any

from export.cli.options import positive


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser("recall", help="measure the recall of a detector on the test photographs")
    command.add_argument("--detector", default="blazeface-back", help="name of a shipped one (default: %(default)s)")
    command.add_argument("--input-size", type=positive, help="side of the network's input (default: the file's own)")
    command.add_argument("--min-score", type=float, nargs="+", default=[0.5], help="thresholds (default: 0.5)")
    command.add_argument(
        "--sizes", action="store_true", help="recall by the size of the face in the input instead, on train folders"
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from export.data.annotations import data_root
    from export.evaluation.recall import recall_table, size_table
    from runtime.engine import load_model

    folders = [data_root() / name / "test" for name in ("helen", "afw")]
    if options.sizes:
        folders = [data_root() / name / "train" for name in ("helen", "afw")]
        print(size_table(options.detector, folders, options.input_size))
        return
    model = load_model(options.detector, "detector").path
    print(recall_table(model, folders, options.min_score, options.input_size))
