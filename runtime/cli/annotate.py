"""``landmarks annotate``: archives of pictures and videos, as shards of Parquet."""

from __future__ import annotations

import argparse
import time
from typing import Any

from runtime.cli.inputs import expand
from runtime.cli.options import (
    HelpFormatter,
    add_predictor_options,
    add_tracking_options,
    counted,
    predictor_from,
    tracking_from,
)
from runtime.media.progress import Progress

_EPILOG = """\
examples:
  landmarks annotate photos/ tables/                  a folder and all that are in it
  landmarks annotate pictures.txt tables/             a path or a URL on each line
  landmarks annotate shards/*.parquet tables/ --workers 8   tables of paths, or of the bytes of pictures
  landmarks annotate s3://bucket/photos tables/       where fsspec and s3fs are installed
  landmarks annotate photos/ tables/ --engine ray --address auto   on a cluster

OUT/images/*.parquet has a row for each picture: path, size, number of faces, or the error.
OUT/faces/*.parquet has a row for each face, as `landmarks predict --parquet` writes it, with --irises too.
OUT/videos/*.parquet has a row for each video; its faces are in OUT/video_faces/, with the number of each
face as `landmarks video --parquet` writes it. Videos are cut into pieces that are tracked side by side.
A run that was interrupted or killed goes on when the same command is given again.

exit codes: 0 success, 1 some pictures or videos have an error, 2 wrong usage, 130 interrupted"""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "annotate",
        help="find faces in archives of millions of pictures, or of videos",
        description="Find faces in all pictures and videos of an archive, on all CPUs of this machine or on a Ray\n"
        "cluster, and write tables in shards of Parquet. Interrupted, it goes on where it was.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="folders, lists, Parquet tables, pictures, URLs")
    parser.add_argument("out", metavar="OUT", help="folder for the tables: new, or that of a run to go on with")
    group = parser.add_argument_group("run")
    group.add_argument(
        "--workers", type=int, metavar="N", help="processes, or jobs at once (default: one for each CPU)"
    )
    group.add_argument("--engine", choices=("processes", "ray"), default="processes", help="where workers run")
    group.add_argument("--address", metavar="A", help="of the Ray cluster, such as auto or ray://host:10001")
    group.add_argument("--shard-size", type=int, default=1000, metavar="N", help="pictures in a shard")
    group.add_argument("--column", metavar="NAME", help="of Parquet tables, that with paths or bytes of pictures")
    group.add_argument(
        "--piece-seconds", type=float, default=60.0, metavar="S", help="length of the pieces that videos are cut into"
    )
    add_tracking_options(parser)
    add_predictor_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 0, or 1 if pictures or videos have an error.

    Raises:
        OptionError: there is nothing to do, or OUT was begun with other sources or options.
        LandmarksError: the networks cannot be loaded, or workers failed.
        OSError: sources cannot be listed, or tables cannot be written.
    """
    from runtime.archives import annotate  # other commands do without pyarrow

    sources = [file for source in options.sources for file in expand(source)]
    tracking = tracking_from(options)
    started = time.perf_counter()
    with predictor_from(options) as predictor, Progress(0, "pictures and frames") as bar:
        done = annotate(
            sources,
            options.out,
            predictor,
            engine=options.engine,
            workers=options.workers,
            address=options.address,
            shard_size=options.shard_size,
            column=options.column,
            tracking=tracking,
            piece_seconds=options.piece_seconds,
            progress=bar.update,
        )
    seconds = time.perf_counter() - started
    found = [counted(done.images, "picture")] if done.images or not done.videos else []
    found += [f"{counted(done.videos, 'video')} of {counted(done.frames, 'frame')}"] if done.videos else []
    found += [f"{done.resumed} of them by earlier runs"] if done.resumed else []
    found += [counted(done.faces, "face"), f"{done.errors} failed", f"{seconds:.1f} s"]
    print(f"{', '.join(found)}; tables in {options.out}")
    return 1 if done.errors else 0
