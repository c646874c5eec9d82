"""``landmarks predict``: faces in images and folders of images."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.cli.advice import small_faces
from runtime.cli.inputs import OutputNames, find_images, refuse_overwriting
from runtime.cli.options import (
    HelpFormatter,
    add_predictor_options,
    add_style_options,
    counted,
    open_tables,
    predictor_from,
    style_from,
)
from runtime.drawing import Style, draw_faces
from runtime.errors import ImageError
from runtime.images import read_image, write_picture
from runtime.predictor import Predictor
from runtime.progress import Progress
from runtime.results import CsvWriter, ImageResult, JsonWriter

_EPILOG = """\
examples:
  landmarks predict portrait.jpg                      landmarks-out/portrait.jpg is the annotated copy
  landmarks predict photos/ --recursive --out marked  a folder and all that are in it
  landmarks predict photos/ --no-picture --json faces.json
  landmarks predict crowd.jpg --max-faces 5 --min-score 0.7

An image that cannot be read is reported, the rest goes on, and the exit code is 1.
Existing files in the output folder are replaced; inputs never are."""


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
    parser.add_argument("paths", nargs="+", metavar="PATH", help="images, and folders of images")
    parser.add_argument("--recursive", action="store_true", help="also look into folders in folders")
    group = parser.add_argument_group("output")
    group.add_argument("--out", default="landmarks-out", metavar="DIR", help="folder for annotated copies")
    group.add_argument("--no-picture", action="store_true", help="write no annotated copies")
    group.add_argument("--json", metavar="FILE", help="write an array with an object per image")
    group.add_argument("--csv", metavar="FILE", help="write a table with a row per face")
    add_style_options(parser)
    add_predictor_options(parser)


@dataclass(slots=True)
class _Tally:
    images: int = 0
    faces: int = 0
    failed: int = 0
    largest: tuple[int, int] = (0, 0)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 0, 1 if images failed, or 130 when interrupted.

    Raises:
        OptionError: there is nothing to do, or an input would be overwritten.
        LandmarksError: the networks cannot be loaded.
        OSError: results cannot be written.
    """
    out = None if options.no_picture else Path(options.out)
    images = find_images(options.paths, recursive=options.recursive, without=out)
    refuse_overwriting(images, out, (options.json, options.csv))
    started, tally = time.perf_counter(), _Tally()
    with ExitStack() as stack:
        predictor = stack.enter_context(predictor_from(options))
        writers = open_tables(stack, options, JsonWriter, ImageResult)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        progress = stack.enter_context(Progress(len(images), "images"))
        try:
            _predict_all(predictor, images, out, style_from(options), writers, progress, tally)
            interrupted = False
        except KeyboardInterrupt:
            interrupted = True
    seconds = time.perf_counter() - started
    summary = f"{counted(tally.images, 'image')}, {counted(tally.faces, 'face')}, {tally.failed} failed"
    print(f"{summary}, {seconds:.1f} s" + (f"; annotated copies in {out}" if out is not None else ""))
    if advice := small_faces(options, predictor.report(), *tally.largest):
        print(advice)
    if interrupted:
        left = counted(len(images) - tally.images, "image")
        print(f"landmarks predict: interrupted, {left} not done", file=sys.stderr)
        return 130
    return 1 if tally.failed else 0


def _predict_all(
    predictor: Predictor,
    images: list[Path],
    out: Path | None,
    style: Style,
    writers: list[JsonWriter | CsvWriter],
    progress: Progress,
    tally: _Tally,
) -> None:
    names = None if out is None else OutputNames(out)
    for path in images:
        try:
            image = read_image(path)
            began = time.perf_counter()
            faces = predictor(image)
            milliseconds = 1000 * (time.perf_counter() - began)
        except (ImageError, OSError) as error:
            result = ImageResult(str(path), error=str(error))
            progress.print(f"landmarks predict: {error}", sys.stderr)
            tally.failed += 1
        else:
            result = ImageResult(str(path), image.shape[1], image.shape[0], faces)
            line = f"{path}: {counted(len(faces), 'face')}, {milliseconds:.1f} ms"
            if names is not None:
                target = names.name(path)
                write_picture(target, draw_faces(image, faces, style))
                line += f" -> {target}"
            progress.print(line)
            tally.faces += len(faces)
            tally.largest = max(tally.largest, (image.shape[1], image.shape[0]), key=max)
        for writer in writers:
            writer.write(result)
        tally.images += 1
        progress.advance()
