"""``landmarks predict``: faces in images and folders of images."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runtime.cli.advice import small_faces
from runtime.cli.inputs import Found, OutputNames, find_images, network_files, refuse_folder_of_inputs
from runtime.cli.options import (
    HelpFormatter,
    Tables,
    add_predictor_options,
    add_style_options,
    check_tables,
    counted,
    predictor_from,
    style_from,
)
from runtime.errors import LandmarksError, in_words
from runtime.media import Style, draw_faces
from runtime.media.files.output_guard import check_folder, refuse_overwriting
from runtime.media.files.result_tables import ImageResult, JsonWriter
from runtime.media.images import read_image, write_picture
from runtime.media.progress import Progress
from runtime.predictor import Predictor

_EPILOG = """\
examples:
  landmarks predict portrait.jpg                      landmarks-out/portrait.jpg is the annotated copy
  landmarks predict photos/ --recursive --out marked  a folder and all that are in it
  landmarks predict photos/ --no-picture --json faces.json
  landmarks predict crowd.jpg --max-faces 5 --min-score 0.7
  landmarks predict crowd.jpg --no-picture --json - | jq .    tables go to standard output, all else to standard error

An image that cannot be read, or whose copy cannot be written, is reported, and the rest goes on.
Existing files in the output folder are replaced, but never an input: pictures, networks, and links to them.

exit codes: 0 success, 1 some images failed, 2 wrong usage, 130 interrupted"""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "predict",
        help="find faces in images",
        description="Find faces and their landmarks in images, and write annotated copies and tables.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="images, folders of images, patterns such as *.jpg")
    parser.add_argument("--recursive", action="store_true", help="also look into folders in folders")
    group = parser.add_argument_group("output")
    group.add_argument("--out", default="landmarks-out", metavar="DIR", help="folder for annotated copies")
    group.add_argument("--no-picture", action="store_true", help="write no annotated copies")
    group.add_argument("--json", metavar="FILE", help="write an array with an object per image; - is standard output")
    group.add_argument("--csv", metavar="FILE", help="write a table with a row per face; - is standard output")
    group.add_argument("--parquet", metavar="FILE", help="write the same table, unrounded, as Parquet; needs pyarrow")
    add_style_options(parser)
    add_predictor_options(parser)


@dataclass(slots=True)
class _Tally:
    images: int = 0
    faces: int = 0
    failed: int = 0
    copies: int = 0
    largest: tuple[int, int] = (0, 0)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 0, 1 if images failed, or 130 when interrupted.

    Raises:
        OptionError: there is nothing to do, or an input would be overwritten.
        LandmarksError: the networks cannot be loaded.
        OSError: results cannot be written.
    """
    tables = check_tables(options)
    out = None if options.no_picture else Path(options.out)
    found = find_images(options.paths, recursive=options.recursive, without=out)
    names: list[Path] = []
    if out is not None:
        check_folder(out)
        refuse_folder_of_inputs(out, found.images)
        naming = OutputNames(out)
        names = [naming.name(path) for path in found.images]
    refuse_overwriting([*found.images, *network_files(options.model, options.detector)], [*tables.paths, *names])
    started, tally = time.perf_counter(), _Tally()
    with ExitStack() as stack:
        predictor = stack.enter_context(predictor_from(options))
        tables.open(stack, JsonWriter, ImageResult)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        progress = stack.enter_context(Progress(len(found.images), "images"))
        try:
            _predict_all(predictor, found, names, style_from(options), tables, progress, tally)
            interrupted = False
        except KeyboardInterrupt:
            interrupted = True
    seconds = time.perf_counter() - started
    summary = f"{counted(tally.images, 'image')}, {counted(tally.faces, 'face')}, {tally.failed} failed"
    tables.print(f"{summary}, {seconds:.1f} s" + (f"; annotated copies in {out}" if tally.copies else ""))
    if advice := small_faces(options, predictor.report(), *tally.largest):
        tables.print(advice)
    if note := found.note():
        print(f"landmarks predict: {note}", file=sys.stderr)
    if interrupted:
        left = counted(len(found.images) - tally.images, "image")
        print(f"landmarks predict: interrupted, {left} not done", file=sys.stderr)
        return 130
    return 1 if tally.failed or tables.failed else 0


def _predict_all(
    predictor: Predictor,
    found: Found,
    names: list[Path],
    style: Style,
    tables: Tables,
    progress: Progress,
    tally: _Tally,
) -> None:
    def fail(error: Exception, image: str = "") -> str:
        tally.failed += 1
        words = in_words(error)
        if image not in words:  # of a network, or of memory
            words = f"{image}: {words}"
        progress.print(f"landmarks predict: {words}", sys.stderr)
        return words

    for folder in found.failed:
        tables.write(ImageResult(str(folder.filename), error=fail(folder)))
    for index, path in enumerate(found.images):
        try:
            image = read_image(path)
            began = time.perf_counter()
            faces = predictor(image)
            milliseconds = 1000 * (time.perf_counter() - began)
        except (LandmarksError, OSError, MemoryError) as error:
            result = ImageResult(path, error=fail(error, str(path)))
        else:
            result = ImageResult(path, image.shape[1], image.shape[0], faces)
            line = f"{path}: {counted(len(faces), 'face')}, {milliseconds:.1f} ms"
            if names:
                try:
                    write_picture(names[index], draw_faces(image, faces, style))
                    tally.copies += 1
                    line += f" -> {names[index]}"
                except (LandmarksError, OSError, MemoryError) as error:
                    result = replace(result, error=fail(error))
            progress.print(line, tables.stream)
            tally.faces += len(faces)
            tally.largest = max(tally.largest, (image.shape[1], image.shape[0]), key=max)
        tables.write(result)
        tally.images += 1
        progress.advance()
