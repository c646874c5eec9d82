"""``landmarks video``: faces in every frame of a video."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from runtime.cli.advice import small_faces
from runtime.cli.inputs import network_files, one_file, video_files
from runtime.cli.options import (
    HelpFormatter,
    add_predictor_options,
    add_style_options,
    add_tracking_options,
    check_tables,
    counted,
    predictor_from,
    style_from,
    tracking_from,
)
from runtime.errors import OptionError
from runtime.faces import Face
from runtime.media import draw_faces
from runtime.media.files.output_guard import refuse_overwriting
from runtime.media.files.result_tables import JsonLinesWriter, VideoFrameResult
from runtime.media.progress import Progress
from runtime.media.video import CODECS, Frame, VideoSink, VideoSource, steady_rate
from runtime.predictor import Predictor
from runtime.tracking import TrackingConfig

_EPILOG = """\
examples:
  landmarks video talk.mp4 annotated.webm
  landmarks video talk.mp4 annotated.avi --csv faces.csv --json faces.jsonl
  landmarks video talk.mp4 raw.webm --no-smoothing     points as the network gives them
  landmarks video film.mp4 out.mp4 --workers 4         an hour of video, tracked by four processes

OUT appears when it is complete; interrupted with Ctrl-C it holds the frames done so far. It plays
at the pace of IN, without sound. .webm (VP8) and .mp4 (VP9) play in browsers and on the page of
`landmarks web`; VP9 takes several times as long to write. --codec mpeg4 (in .mp4) and .avi (Motion JPEG)
are the fastest, but browsers show neither; docs/video_formats.md has what each costs.
Inputs are never replaced: the video, networks, and links to them.

exit codes: 0 success, 1 the video or a file failed, 2 wrong usage, 130 interrupted"""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "video",
        help="find faces in a video",
        description="Follow faces and their landmarks through a video, and write an annotated one. Each face keeps\n"
        "its number; its points are smoothed: steady when it is still, without lag when it moves.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("source", metavar="IN", help="a video file, a pipe, or the URL of a stream")
    parser.add_argument("out", metavar="OUT", help=f"the annotated video: {' or '.join(CODECS)}")
    group = parser.add_argument_group("output")
    group.add_argument("--codec", choices=("vp9", "mpeg4"), help="how .mp4 is written (default vp9)")
    group.add_argument("--json", metavar="FILE", help="write JSON Lines, an object per frame; - is standard output")
    group.add_argument("--csv", metavar="FILE", help="write a table, a row per face and frame; - is standard output")
    group.add_argument("--parquet", metavar="FILE", help="write the same table, unrounded, as Parquet; needs pyarrow")
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="cut a long video into pieces that N processes track side by side, then write it; needs pyarrow",
    )
    add_tracking_options(parser)
    add_style_options(parser)
    add_predictor_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 0, 1 if a table could not be written to its end, or 130 when interrupted.

    Raises:
        OptionError: the input would be overwritten.
        LandmarksError: a network or a video cannot be opened.
        OSError: results cannot be written.
    """
    tables, source_path = check_tables(options), one_file(options.source)
    if Path(options.out).suffix.lower() not in CODECS:
        raise OptionError(f"OUT {options.out}: choose a name that ends in {' or '.join(CODECS)}")
    read: list[str | Path] = [*video_files(source_path), *network_files(options.model, options.detector)]
    refuse_overwriting(read, [options.out, *tables.paths])
    style, tracking = style_from(options), tracking_from(options)
    if options.workers < 1:
        raise OptionError(f"--workers {options.workers}: at least 1 is needed")
    if options.workers > 1 and not os.path.isfile(source_path):
        raise OptionError(f"--workers {options.workers}: {source_path} is no file, which alone can be cut into pieces")
    frames = faces_found = 0
    size = 0, 0
    interrupted = False
    with ExitStack() as stack:
        source = stack.enter_context(VideoSource(source_path))
        sink = stack.enter_context(VideoSink(options.out, _rate(options.out, source.fps), _codec(options)))
        predictor = stack.enter_context(predictor_from(options))
        tables.open(stack, JsonLinesWriter, VideoFrameResult)
        progress = stack.enter_context(Progress(source.frame_count, "frames"))
        try:
            if options.workers > 1:
                found = stack.enter_context(_in_pieces(source_path, predictor, tracking, options.workers))
                pairs = _beside(source, found)
            else:
                pairs = predictor.stream(source, tracking=tracking)
            for frame, faces in pairs:
                sink.write(draw_faces(frame.image, faces, style), frame.time)
                tables.write(VideoFrameResult(frame.index, frame.time, faces))
                size = frame.image.shape[1], frame.image.shape[0]
                frames, faces_found = frames + 1, faces_found + len(faces)
                progress.advance()
        except KeyboardInterrupt:
            interrupted = True
        rate = progress.rate
    summary = f"{counted(frames, 'frame')}, {counted(faces_found, 'face')}, {rate:.1f} frames/s"
    tables.print(f"{summary}; annotated in {options.out}" if frames else summary)
    if advice := small_faces(options, predictor.report(), *size):
        tables.print(advice)
    if interrupted:
        print("landmarks video: interrupted, the rest of the video is not done", file=sys.stderr)
        return 130
    return 1 if tables.failed else 0


@contextmanager
def _in_pieces(
    path: str, predictor: Predictor, tracking: TrackingConfig | None, workers: int
) -> Iterator[Iterator[VideoFrameResult]]:
    """Find all faces first, with a progress bar of its own."""
    from runtime.archives import faces_of_video  # other commands do without pyarrow

    with ExitStack() as stack:
        with Progress(0, "frames tracked") as progress:
            found = stack.enter_context(
                faces_of_video(path, predictor, tracking, workers=workers, progress=progress.update)
            )
        yield found


def _beside(source: VideoSource, results: Iterator[VideoFrameResult]) -> Iterator[tuple[Frame, list[Face]]]:
    """Yield each frame with its faces; ``results`` has the frames with faces alone."""
    following = next(results, None)
    for frame in source:
        faces: list[Face] = []
        if following is not None and following.frame == frame.index:
            faces, following = following.faces, next(results, None)
        yield frame, faces


def _codec(options: argparse.Namespace) -> str | None:
    """Return the codec that was asked for, or the one that browsers play where the container can hold it."""
    codecs = CODECS.get(Path(options.out).suffix.lower(), {})
    return options.codec or ("vp9" if "vp9" in codecs else None)


def _rate(out: str, fps: float) -> float:
    """Return how the written frames are timed: .mp4 has a time for each frame, other files a rate."""
    return fps if Path(out).suffix.lower() == ".mp4" else steady_rate(fps)
