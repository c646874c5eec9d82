"""``python -m export synthesize``."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import Any

from export.cli.options import positive
from export.output_guard import protect
from runtime.errors import OptionError

_DESCRIPTION = """\
Render synthetic faces with exact labels: pictures, 300-W annotations (.pts) and a table.

  python -m export synthesize --count 24 --sheet faces.png                  # see what they are like first
  python -m export synthesize --count 8000 --seed 1 --out runs/synthetic   # a training set
  python -m export synthesize --count 1000 --seed 2 --out runs/synthetic-test

The same seed gives the same faces, byte for byte, whatever --count and --workers are, on one machine with one compiled
numba cache; compiled anew, single values may differ. To continue a stopped run, give
the same command again. A larger --count adds to a finished folder. README.txt in the folder explains the columns of
labels.npz. In a training recipe:

  sets = [{ name = "synthetic", weight = 1.0, path = "runs/synthetic" }]"""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "synthesize",
        help="render a data set of synthetic faces",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_DESCRIPTION,
    )
    command.add_argument("--count", type=positive, required=True, help="number of faces")
    command.add_argument("--seed", type=int, default=0, help="another seed, other faces (default: %(default)s)")
    command.add_argument("--out", type=Path, help="folder for the data set; without it only a --sheet is made")
    command.add_argument(
        "--size", type=positive, default=256, help="side of the pictures in pixels (default: %(default)s)"
    )
    command.add_argument("--workers", type=positive, help="processes (default: one per core)")
    command.add_argument("--png", action="store_true", help="PNG instead of JPEG: exact pixels, ten times the space")
    command.add_argument("--sheet", type=Path, help="contact sheet of the first 24 faces, every second with its points")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    if not options.out and not options.sheet:
        raise OptionError("nothing to write: give --out, --sheet or both")
    written = [options.out / name for name in ("labels.npz", "settings.json", "README.txt")] if options.out else []
    protect([], [options.sheet, *written])

    from export.synthesis.dataset import TILES, read_faces, sample_faces, write_dataset, write_sheet
    from export.synthesis.scene import Generator

    factory = functools.partial(Generator, options.size)
    if options.out:
        picture_format = "png" if options.png else "jpg"
        print(write_dataset(factory, options.count, options.seed, options.out, options.workers, picture_format))
    if options.sheet:
        shown = min(options.count, TILES)
        faces = read_faces(options.out, shown) if options.out else sample_faces(factory(), options.seed, shown)
        write_sheet(options.sheet, faces)
        print(options.sheet)
