"""``python -m export end-to-end``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

SETTINGS = ((1, False), (2, False), (3, False), (2, True))
"""Passes and mirror of ``Predictor``."""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "end-to-end",
        help="measure errors from whole pictures on, with one pass of the landmark network and with more",
        description="Print the errors of landmark networks behind the detector on helen/test, afw/test and hard "
        "faces, by the number of passes and with the mirror image, and what each costs. Hard faces that are not found "
        "count as failures. Two minutes for each network.",
        epilog="example: python -m export end-to-end full trimmed --hard wild/landmarks",
    )
    command.add_argument("models", nargs="*", help="names or ONNX files (default: all that are shipped)")
    command.add_argument("--hard", type=Path, metavar="FOLDER", help="hard faces: PHOTO.jpg, PHOTO_K.pts, faces.json")
    command.add_argument("--detector", default="blazeface-back", help="name or ONNX file (default: %(default)s)")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from export.annotations import annotated_folder
    from export.evaluation import describe_versions, end_to_end_table
    from runtime.engine import list_models

    models = options.models or [entry.name for entry in list_models() if entry.role == "landmarks"]
    easy = [annotated_folder(name) for name in ("helen/test", "afw/test")]
    print(end_to_end_table(models, SETTINGS, easy, options.hard, options.detector))
    print(f"\n{describe_versions()}")
