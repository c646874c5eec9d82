"""``python -m export evaluate`` and ``end-to-end``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.cli.options import SYNTHETIC_TEST
from export.output_guard import protect

SETTINGS = ((1, False), (2, False), (3, False), (2, True))
"""Passes and mirror of ``Predictor``, measured by ``end-to-end``."""


def add_to(commands: Any) -> None:
    """Add the commands to argparse's subparsers."""
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
    command.set_defaults(run=_evaluate)

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
    command.add_argument(
        "--detector",
        default="blazeface-back",
        metavar="MODEL[@SIZE]",
        help="name or ONNX file, with a size of the input (default: %(default)s)",
    )
    command.set_defaults(run=_end_to_end)


def _evaluate(options: argparse.Namespace) -> None:
    from export.annotations import annotated_folder

    figure = options.figures / "ced.png" if options.figures else None
    photographs = [annotated_folder(name) for name in options.photographs or ("helen/test", "afw/test")]
    protect([*options.models, *photographs, options.synthetic], [options.json, figure])

    from export.evaluation import evaluate

    print(evaluate(options.models, options.figures, options.json, options.synthetic, options.photographs))


def _end_to_end(options: argparse.Namespace) -> None:
    from export.annotations import annotated_folder
    from export.detector import DetectorChoice
    from export.evaluation import end_to_end_table
    from export.versions import describe_versions
    from runtime.engine import list_models

    models = options.models or [entry.name for entry in list_models() if entry.role == "landmarks"]
    easy = [annotated_folder(name) for name in ("helen/test", "afw/test")]
    detector = DetectorChoice.parse(options.detector)
    print(end_to_end_table(models, SETTINGS, easy, options.hard, detector.model, detector.size))
    print(f"\n{describe_versions()}")
