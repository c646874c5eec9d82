"""``python -m export annotator-offsets``, ``depth``, ``mean-head``, ``box-geometry``, ``confidence``: fixed numbers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from runtime.errors import OptionError
from runtime.media.files import write_text


def add_to(commands: Any) -> None:
    """Add the commands to argparse's subparsers."""
    command = commands.add_parser(
        "annotator-offsets",
        help="measure where 300-W's annotators put points on synthetic faces",
        description="Print by how much each point of the mesh would have to move to be where 300-W's annotators put it "
        "(export/synthesis/landmarks/offsets.csv). With FACES: from the points that a network trained on annotations "
        "finds on synthetic faces, against their labels. With --photographs: from the annotations of training "
        "photographs, against the points of a network trained on synthetic faces alone.",
    )
    command.add_argument("faces", type=Path, nargs="?", help="folder that synthesize wrote")
    command.add_argument(
        "--photographs", nargs="+", metavar="SET", help="sets of annotated photographs, such as helen afw, instead"
    )
    command.add_argument("--model", help="landmark network (default: full-research; with --photographs full)")
    command.add_argument("--write", action="store_true", help="replace the table")
    command.set_defaults(run=_annotator_offsets)

    command = commands.add_parser(
        "depth",
        help="measure how FaceMesh's z differs from the depth of synthetic faces",
        description="Print, for each point, how far FaceMesh's z must move to be right on faces of known depth. "
        "Photographs get their z from FaceMesh, moved by this table (export/data/facemesh_depth.csv).",
    )
    command.add_argument("faces", type=Path, help="folder that synthesize wrote")
    command.add_argument("--write", action="store_true", help="replace the table")
    command.set_defaults(run=_depth)

    command = commands.add_parser(
        "mean-head",
        help="print the mean head of synthetic faces, from which head poses are estimated",
        description="Print the rigid points of the mean head, in the distance of the outer eye corners: MEAN_HEAD of "
        "runtime/landmarks/head_pose.py.",
    )
    command.add_argument("faces", type=Path, help="folder that synthesize wrote")
    command.set_defaults(run=_mean_head)

    command = commands.add_parser(
        "box-geometry",
        help="measure how the boxes of face detectors lie on the box of the 68 points",
        description="Print side and drop of runtime.detection.BoxGeometry for each detector, with the length of a box "
        "taken as its longer side and as the root of its area, on training photographs (helen, afw). The length whose "
        "side spreads less from face to face is the better one. A minute for each on one core.",
    )
    command.add_argument(
        "detectors", nargs="*", metavar="MODEL", help="names of shipped detectors or ONNX files (default: all shipped)"
    )
    command.set_defaults(run=_box_geometry)

    command = commands.add_parser(
        "confidence",
        help="measure which confidence separates faces from other things, for Predictor(min_confidence=)",
        description="Print, for each landmark network, which share of faces, of faces cut off by the picture's edge, "
        "and of things that the detector takes for faces passes each confidence, on training photographs and pictures "
        "without people; the default that follows from it; and which order of faces puts the annotated one first. "
        "Two minutes on one core.",
    )
    command.add_argument("models", nargs="*", help="landmark networks (default: all that are shipped)")
    command.set_defaults(run=_confidence)


def _annotator_offsets(options: argparse.Namespace) -> None:
    if (options.faces is None) == (options.photographs is None):
        raise OptionError("give either a folder of synthetic faces or --photographs")

    from export.calibration import (
        OFFSETS,
        format_offsets,
        measure_photograph_offsets,
        measure_synthetic_offsets,
    )
    from export.data import split_set
    from runtime.engine import load_model
    from runtime.pipeline import open_landmarker

    model = options.model or ("full-research" if options.faces else "full")
    landmarker = open_landmarker(load_model(model, "landmarks"), "cpu")[0]
    if options.faces:
        offsets = measure_synthetic_offsets(options.faces, landmarker)
    else:
        samples = [sample for name in options.photographs for sample in split_set(name)[0]]
        offsets = measure_photograph_offsets(samples, landmarker)
    table = format_offsets(offsets)
    print(table, end="")
    if options.write:
        write_text(OFFSETS, table)


def _depth(options: argparse.Namespace) -> None:
    from export.data import TABLE, format_shifts, measure_shifts
    from export.pretrained import load_facemesh

    table = format_shifts(measure_shifts(options.faces, load_facemesh()))
    print(table, end="")
    if options.write:
        write_text(TABLE, table)


def _mean_head(options: argparse.Namespace) -> None:
    from export.calibration import measure_mean_head

    for x, y, z in measure_mean_head(options.faces):
        print(f"[{x:.3f}, {y:.3f}, {z:.3f}],")


def _box_geometry(options: argparse.Namespace) -> None:
    from export.annotations import data_root, list_samples
    from export.calibration import box_geometry_table
    from runtime.engine import list_models

    helen, afw = (list_samples(data_root() / name / "train") for name in ("helen", "afw"))
    models = options.detectors or [entry.name for entry in list_models() if entry.role == "detector"]
    print(box_geometry_table(models, helen[::4] + afw))


def _confidence(options: argparse.Namespace) -> None:
    from export.annotations import data_root, list_samples
    from export.calibration import first_faces, measure_min_confidence
    from runtime.engine import list_models

    helen, afw = (list_samples(data_root() / name / "train") for name in ("helen", "afw"))
    models = options.models or [entry.name for entry in list_models() if entry.role == "landmarks"]
    print(measure_min_confidence(models, helen[::3] + afw))
    print(first_faces(helen + afw))
