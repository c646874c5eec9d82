"""``landmarks compare``: two landmark networks on this machine, on the user's own pictures."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.bench.agreement import draw_disagreement
from runtime.bench.charts import Bar, BarGroup, ChartPanel, bar_chart
from runtime.bench.comparison import CLIP, Comparison, ComparisonOptions, compare
from runtime.bench.markdown import markdown_table
from runtime.bench.results import Row, written_before
from runtime.bench.scenes import SAMPLE
from runtime.bench.tables import conditions
from runtime.cli.inputs import Found, expand, find_images, network_files, video_files
from runtime.cli.options import (
    HelpFormatter,
    add_confidence_option,
    add_device_option,
    add_threads_option,
    counted,
    thread_count,
)
from runtime.errors import ImageError, OptionError, in_words
from runtime.media.files import IMAGE_SUFFIXES
from runtime.media.files.output_guard import check_folder, refuse_overwriting
from runtime.media.images import read_image, write_picture
from runtime.media.progress import Progress
from runtime.media.video import Frame, VideoSource

_EPILOG = f"""\
examples:
  landmarks compare                                  full and trimmed on the picture that is shipped
  landmarks compare portrait.jpg                     on a photograph of your own
  landmarks compare photos/ --models full full-research
  landmarks compare talk.mp4 --frames 900            on the first half a minute of a video

Speed is measured on the first picture with a face, shown again and again as by a camera, or on the first {CLIP} frames
of a video from the first face on; the points are compared on all pictures, in percent of the distance of the outer eye
corners. Four files are written: JSON, CSV, a chart, and a picture of the faces on which the networks differ most.
Both networks are measured in turns, so that other programs on the machine slow both. A picture that cannot be read
is reported, and the rest goes on.

exit codes: 0 success, 1 a picture, network or file failed, 2 wrong usage, 130 interrupted"""

_PICTURES = IMAGE_SUFFIXES - {".gif"}
"""An animation is a video here."""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "compare",
        help="measure two landmark networks against each other on this machine",
        description="Measure full against trimmed, or any two networks, on this machine: latency, frames per second,\n"
        "size, CPU share, and how far their points lie apart on pictures of your own.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="images, folders of images, or one video file")
    parser.add_argument("--recursive", action="store_true", help="also look into folders in folders")
    parser.add_argument("--frames", type=int, default=300, metavar="N", help="read at most N pictures or frames")
    group = parser.add_argument_group("networks")
    group.add_argument(
        "--models", nargs=2, default=["full", "trimmed"], metavar="MODEL", help="two landmark networks or ONNX files"
    )
    group.add_argument("--detector", default="blazeface-back", help="face detector, by name or an ONNX file")
    add_device_option(group)
    add_threads_option(group)
    add_confidence_option(group)
    group = parser.add_argument_group("measurement and output")
    group.add_argument("--rounds", type=int, default=150, metavar="N", help="times that each latency is measured")
    group.add_argument("--out", default="landmarks-compare", metavar="DIR", help="folder for tables and pictures")
    group.add_argument("--json", action="store_true", help="print the results as JSON instead of tables")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 0, or 1 if pictures failed.

    Raises:
        OptionError: an option is outside its range, or the paths are several videos.
        ImageError: there is no face in any picture.
        LandmarksError: a network or the video cannot be opened, or the device is not available.
        OSError: the results cannot be written.
    """
    if options.frames < 1:
        raise OptionError(f"--frames {options.frames}: at least 1 is needed")
    wanted = ComparisonOptions(
        models=tuple(options.models),
        detector=options.detector,
        device=options.device,
        threads=thread_count(options),
        min_confidence=options.min_confidence,
        rounds=options.rounds,
    )
    paths = [each for path in options.paths for each in expand(path)]
    video = _video(paths)
    out = Path(options.out)
    check_folder(out)
    found_images = Found([str(SAMPLE)])
    if paths and video is None:
        found_images = find_images(paths, recursive=options.recursive, without=None)
    read: list[str | Path] = [
        *found_images.images,
        *(video_files(video) if video else []),
        *network_files(*options.models, options.detector),
    ]
    refuse_overwriting(read, written_before(out))
    failures: list[str] = []
    out.mkdir(parents=True, exist_ok=True)
    with Progress(unit="measurements") as progress:
        if video is not None:
            source = _frames(video, options.frames, progress)
        else:
            source = _pictures(found_images, options.frames, progress, failures)
        found = compare(source, wanted, video=video is not None, advance=progress.advance)
    prefix = f"compare_{'_'.join(Path(model).stem for model in found.models)}_"
    stem = f"{prefix}{found.results.stem}"
    files = [*found.results.write(out, prefix), out / f"{stem}.png", out / f"{stem}_points.png"]
    write_picture(files[2], chart(found))
    write_picture(files[3], draw_disagreement(found.pairs, found.models))
    if options.json:
        print(json.dumps(found.results.to_dict(), indent=1))
        return 1 if failures else 0
    if not options.paths:
        print(f"on {SAMPLE.name}, the picture that is shipped; give a photograph or a video of your own\n")
    print(f"{tables(found)}\n\n{conditions(found.results)}\n")
    print("\n".join(f"wrote {path}" for path in files))
    return 1 if failures else 0


def _video(paths: list[str]) -> str | None:
    """Return the video that the paths name, None where they are pictures."""
    videos = [path for path in paths if not Path(path).is_dir() and Path(path).suffix.lower() not in _PICTURES]
    if not videos:
        return None
    if len(paths) > 1:
        raise OptionError(f"{videos[0]} is no picture: give one video, or pictures and folders only")
    return videos[0]


def _frames(video: str, count: int, progress: Progress) -> Iterator[tuple[str, Frame]]:
    """Yield names and frames of a video, one at a time."""
    with VideoSource(video) as source:
        for frame in islice(source, count):
            yield f"{Path(video).name}, {frame.time:.2f} s", frame
            progress.advance()


def _pictures(found: Found, count: int, progress: Progress, failures: list[str]) -> Iterator[tuple[str, Frame]]:
    """Yield names and pictures, one at a time; report those that cannot be read and add them to ``failures``."""
    for error in found.failed:
        failures.append(in_words(error))
        progress.print(f"landmarks compare: {failures[-1]}", sys.stderr)
    if found.passed_over:
        progress.print(f"landmarks compare: {found.note()}", sys.stderr)
    for index, path in enumerate(found.images[:count]):
        try:
            image = read_image(path)
        except ImageError as error:
            failures.append(in_words(error))
            progress.print(f"landmarks compare: {failures[-1]}", sys.stderr)
            continue
        yield Path(path).name, Frame(image, index, float(index))
        progress.advance()


def tables(found: Comparison) -> str:
    """Return both networks side by side, and how far their points lie apart, as Markdown."""
    first, second = found.models
    lines = []
    for name, rows, cells in _figures(found):
        ratio = rows[1].value / rows[0].value
        lines.append([name, *cells, f"{ratio:.2f}"])
    costs = markdown_table(("", first, second, "ratio"), lines)
    spread = [(row.name, f"{row.value:.2f} %", f"{row.p95:.2f} %") for row in found.results.find("agreement")]
    points = markdown_table((f"points of {second} from those of {first}", "mean", "95th percentile"), spread)
    faces = counted(len(found.pairs), "face")
    return f"{costs}\n\n{points}\nover {faces}, in percent of the distance of the outer eye corners"


def _figures(found: Comparison) -> Iterator[tuple[str, list[Row], list[str]]]:
    """Name, both rows and both texts of each figure that is compared."""
    row = found.results.find("every frame")[0]
    scene = f"{counted(row.faces, 'face')} at {row.width}x{row.height}"
    for title, group, name in (
        ("landmark network, one crop", "landmark network", "network"),
        (f"detector in every frame, {scene}", "every frame", "whole pipeline"),
        (f"faces followed, {scene}", "tracking", "whole pipeline"),
    ):
        rows = [found.results.find(group, name=name, model=model)[0] for model in found.models]
        yield f"{title}: p50", rows, [f"{row.value:.2f} ms" for row in rows]
        late = [Row(group, name, row.model, value=row.p95 or 0.0) for row in rows]
        yield f"{title}: p95", late, [f"{row.value:.2f} ms" for row in late]
        if name == "whole pipeline":
            rates = [Row(group, name, row.model, value=row.per_second or 0.0) for row in rows]
            yield f"{title}: frames per second", rates, [f"{row.value:.0f}" for row in rates]
    shares = [found.results.find("CPU share", model=model)[0] for model in found.models]
    yield "CPU at 30 frames a second, faces followed", shares, [f"{row.value:.1f} % of a core" for row in shares]
    files = [found.results.find("size", name="file", model=model)[0] for model in found.models]
    yield "size", files, [f"{row.value:.2f} MB" for row in files]


def chart(found: Comparison) -> NDArray[np.uint8]:
    """Draw the values of :func:`tables` as a picture, (H, W, 3) uint8 BGR."""
    results = found.results

    def group(title: str, rows: list[Row], form: str) -> BarGroup:
        bars = [Bar(index, row.value, _label(row, form), row.p95) for index, row in enumerate(rows)]
        return BarGroup(title, tuple(bars))

    times = [
        group(title, [results.find(name, model=model)[0] for model in found.models], "{:.2f}")
        for title, name in (
            ("landmark network", "landmark network"),
            ("detector in every frame", "every frame"),
            ("faces followed", "tracking"),
        )
    ]
    shares = [results.find("CPU share", model=model)[0] for model in found.models]
    files = [results.find("size", name="file", model=model)[0] for model in found.models]
    spread = [
        BarGroup(row.name, (Bar(2, row.value, _label(row, "{:.2f}"), row.p95),)) for row in results.find("agreement")
    ]
    faces = counted(len(found.pairs), "face")
    return bar_chart(
        f"{found.models[0]} and {found.models[1]}",
        conditions(results),
        (*found.models, "between the two"),
        [
            ChartPanel("Milliseconds: median / 95th percentile", tuple(times)),
            ChartPanel("CPU at 30 frames a second, percent of a core", (group("faces followed", shares, "{:.1f} %"),)),
            ChartPanel("Size in MB", (group("file", files, "{:.2f} MB"),)),
            ChartPanel(
                f"Distance of their points, percent of the eyes', {faces}: mean / 95th percentile", tuple(spread)
            ),
        ],
    )


def _label(row: Row, form: str) -> str:
    value = form.format(row.value)
    return value if row.p95 is None else f"{value} / {form.format(row.p95)}"
