"""``python -m export evaluate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.cli.options import SYNTHETIC_TEST, protect


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "evaluate", help="measure the accuracy of landmark networks, on crops and in the whole pipeline"
    )
    command.add_argument("models", nargs="*", help="names or ONNX files (default: all that are shipped)")
    command.add_argument("--figures", type=Path, help="folder for the error curves")
    command.add_argument("--json", type=Path, help="write the numbers to this file")
    command.add_argument(
        "--synthetic",
        type=Path,
        metavar="FOLDER",
        help=f"synthetic test faces ({SYNTHETIC_TEST}), for depth, head pose and errors by group",
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from export.data.annotations import data_root

    figure = options.figures / "ced.png" if options.figures else None
    photographs = [data_root() / name for name in ("helen/test", "afw/test")]
    protect([*options.models, *photographs, options.synthetic], [options.json, figure])

    from export.evaluation.report import evaluate

    print(evaluate(options.models, options.figures, options.json, options.synthetic))
