"""``python -m export faces COMMAND``: label photographs without annotations by teachers, for training."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from export.cli.options import positive
from export.output_guard import protect
from export.paths import RUNS
from runtime.media.files import write_text

if TYPE_CHECKING:
    from export.data import FaceTeachers
    from runtime.engine import ModelFile

LABELS = RUNS / "labels" / "fairface.npz"
TEACHERS = "the network {model} (SHA-256 {sha}) over six views and MediaPipe's attention mesh (Apache-2.0)"
_EPILOG = """\
examples:
  python -m export faces label PICTURES/fairface --count 8000     # can be stopped; run it again to continue
  python -m export faces sheet PICTURES/fairface --out sheet.png  # look at the labels
  python -m export faces check helen/train afw/train              # errors of the teachers on annotated faces
  python -m export faces offsets runs/synthetic --write           # after a change of the generator

The attention mesh needs MediaPipe 0.10.21, in a folder of its own that PYTHONPATH names:
  pip install --no-deps --target FOLDER mediapipe==0.10.21 absl-py attrs "protobuf>=6,<7" """


def add_to(commands: Any) -> None:
    """Add the command, with its own commands, to argparse's subparsers."""
    group = commands.add_parser(
        "faces",
        help="label photographs without annotations by teachers, for training",
        description="Label photographs without annotations with the mean of two teachers that have not learnt from "
        "research annotations: an open landmark network and MediaPipe's attention mesh.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = group.add_subparsers(dest="action", required=True, metavar="COMMAND")

    command = actions.add_parser("label", help="label the pictures of a folder, one face each")
    command.add_argument("folder", type=Path, help="pictures that one face fills")
    command.add_argument("--out", type=Path, default=LABELS, help=".npz file (default: %(default)s)")
    command.add_argument("--count", type=positive, help="pictures to label in total (default: all)")
    command.add_argument("--pictures", default="FairFace", help="name of the set, for cards (default: %(default)s)")
    command.add_argument("--license", default="CC BY 4.0", help="licence of the pictures (default: %(default)s)")
    command.add_argument("--skip", default="val_", help="leave out names that begin so (default: %(default)s)")
    _add_teachers(command)
    command.set_defaults(run=_label)

    command = actions.add_parser("sheet", help="draw a contact sheet of labelled faces")
    command.add_argument("folder", type=Path, help="the labelled pictures")
    command.add_argument("--labels", type=Path, default=LABELS, help=".npz file (default: %(default)s)")
    command.add_argument("--count", type=positive, default=60, help="number of faces (default: %(default)s)")
    command.add_argument("--out", type=Path, required=True, help="PNG file")
    command.set_defaults(run=_sheet)

    command = actions.add_parser("check", help="measure the teachers on annotated training photographs")
    command.add_argument("folders", nargs="+", help="folders of annotated photographs, never test ones")
    command.add_argument("--count", type=positive, help="so many of each, evenly spread (default: all)")
    _add_teachers(command)
    command.set_defaults(run=_check)

    command = actions.add_parser("offsets", help="measure how far the mesh's vertices lie from the 68 points")
    command.add_argument("faces", type=Path, help="folder that synthesize wrote")
    command.add_argument("--write", action="store_true", help="replace the table")
    command.set_defaults(run=_offsets)


def _add_teachers(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", default="full", help="landmark network (default: %(default)s)")
    command.add_argument(
        "--mesh-views", type=int, choices=(1, 2, 3), default=3, help="views of the mesh, each mirrored too (default: 3)"
    )


def _teachers(model: ModelFile, mesh_views: int) -> FaceTeachers:
    from export.data import FaceTeachers, attention_mesh
    from runtime.pipeline import open_landmarker

    return FaceTeachers(open_landmarker(model, "cpu")[0], attention_mesh(), mesh_views)


def _label(options: argparse.Namespace) -> None:
    protect([options.folder], [options.out])

    import hashlib

    from export.data import LabelOrigin, write_face_labels
    from runtime.engine import load_model

    model = load_model(options.model, "landmarks")
    sha = hashlib.sha256(model.content).hexdigest()
    origin = LabelOrigin(options.pictures, options.license, TEACHERS.format(model=options.model, sha=sha))
    teachers = _teachers(model, options.mesh_views)
    table = write_face_labels(options.folder, options.out, origin, teachers.framed, options.count, options.skip)
    print(f"{options.out}: {len(table.names)} faces, {int(table.used.sum())} on which the teachers agree")


def _sheet(options: argparse.Namespace) -> None:
    protect([options.folder, options.labels], [options.out])

    from export.data import draw_face_labels, read_face_labels
    from runtime.media.images import write_picture

    write_picture(options.out, draw_face_labels(options.folder, read_face_labels(options.labels), options.count))
    print(options.out)


def _check(options: argparse.Namespace) -> None:
    from tqdm import tqdm

    from export.annotations import annotated_folder, evenly_spread, list_samples
    from export.data import compare_teachers, read_image, teacher_table
    from runtime.engine import load_model
    from runtime.landmarks import region_from_points

    teachers = _teachers(load_model(options.model, "landmarks"), options.mesh_views)
    for name in options.folders:
        samples = evenly_spread(list_samples(annotated_folder(name)), options.count)
        taught = [
            teachers(read_image(sample.image), region_from_points(sample.points))
            for sample in tqdm(samples, desc=name, unit="face", leave=False, disable=None)
        ]
        errors = compare_teachers(taught, [sample.points for sample in samples])
        print(f"{name}, {len(samples)} faces\n{teacher_table(taught, errors)}\n")


def _offsets(options: argparse.Namespace) -> None:
    from export.data import MESH_OFFSETS, attention_mesh, format_mesh_offsets, measure_offsets

    table = format_mesh_offsets(measure_offsets(options.faces, attention_mesh()))
    print(table, end="")
    if options.write:
        write_text(MESH_OFFSETS, table)
