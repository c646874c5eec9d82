"""``python -m export recall``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.cli.options import positive

DETECTORS = ("blazeface-back", "blazeface-back@384", "blazeface-short")


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "recall",
        help="measure the recall of face detectors, side by side",
        description="Print the recall of detectors by size of the face, of faces that are turned, of portraits, and "
        "their false boxes; some minutes for each. The folders of WIDER FACE's photographs and of FairFace are found "
        "nowhere by themselves: name them.",
        epilog="example: python -m export recall blazeface-back yunet_n_dynamic.onnx@320 --wild wild/detection",
    )
    command.add_argument(
        "detectors",
        nargs="*",
        metavar="MODEL[@SIZE]",
        help=f"names of shipped detectors or ONNX files, with a size of the input (default: {' '.join(DETECTORS)})",
    )
    command.add_argument("--wild", type=Path, metavar="FOLDER", help="photographs with boxes.json beside them")
    command.add_argument("--fairface", type=Path, metavar="FOLDER", help="FairFace; only its validation split is read")
    command.add_argument(
        "--people", type=Path, metavar="FILE", help="FairFace's fairface_label_val.csv: recall by origin and age, too"
    )
    command.add_argument("--count", type=positive, help="so many of FairFace's pictures, evenly spread (default: all)")
    command.add_argument("--min-score", type=float, default=0.5, help="lowest score (default: %(default)s)")
    command.add_argument(
        "--sizes", action="store_true", help="recall by the size of the face in the input instead, on train folders"
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from export.annotations import data_root
    from export.detector import DetectorChoice, recall_report
    from export.evaluation import size_table

    choices = [DetectorChoice.parse(text) for text in options.detectors or DETECTORS]
    if options.sizes:
        folders = [data_root() / name / "train" for name in ("helen", "afw")]
        for choice in choices:
            print(size_table(choice.model, folders, choice.size), end="\n\n", flush=True)
        return
    folders = [data_root() / name / "test" for name in ("helen", "afw")]
    print(
        recall_report(
            choices,
            options.min_score,
            wild=options.wild,
            portraits=options.fairface,
            annotated=folders,
            people=options.people,
            count=options.count,
        )
    )
