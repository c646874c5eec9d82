"""``python -m export evaluate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.cli.options import SYNTHETIC_TEST
from export.output_guard import protect


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "evaluate", help="measure the accuracy of landmark networks, on crops and in the whole pipeline"
    )
    command.add_argument("models", nargs="*", help="names or ONNX files (default: all that are shipped)")
    command.add_argument(
        "--photographs",
        nargs="+",
        metavar="FOLDER",
        default=[],
        help="folders of pictures with 300-W annotations (.pts) beside them, as they are or inside LANDMARKS_DATA "
        "(default: helen/test afw/test)",
    )
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
    from export.annotations import annotated_folder

    figure = options.figures / "ced.png" if options.figures else None
    photographs = [annotated_folder(name) for name in options.photographs or ("helen/test", "afw/test")]
    protect([*options.models, *photographs, options.synthetic], [options.json, figure])

    from export.evaluation import evaluate

    print(evaluate(options.models, options.figures, options.json, options.synthetic, options.photographs))
