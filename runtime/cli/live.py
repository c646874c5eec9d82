"""``landmarks live``: a camera or a video in a window."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from runtime.cli.inputs import network_files, one_file, video_files
from runtime.cli.options import HelpFormatter, add_predictor_options, add_tracking_options, thread_count
from runtime.errors import OptionError, VideoError
from runtime.live import (
    BOTH,
    EMPTY,
    Capture,
    Controls,
    Ending,
    Following,
    LiveLoop,
    LiveOptions,
    Look,
    NetworkOptions,
    NoWindow,
    OpenCVWindow,
    PanelSize,
    PredictorPool,
    Reconnect,
    Window,
    help_text,
)
from runtime.media.files.output_guard import refuse_overwriting
from runtime.media.video import CameraFormat, VideoSource

_EPILOG = f"""\
keys in the window:
{help_text()}

examples:
  landmarks live                                the first camera
  landmarks live --camera 1 --width 1280 --height 720 --mirror
  landmarks live --video talk.mp4 --compare     both networks side by side
  landmarks live --record me.webm               record from the start
  landmarks live --irises                       with irises and the direction of gaze
  landmarks live --video talk.mp4 --fast        every frame, as fast as it goes: what this machine can do
  landmarks live --video talk.mp4 --fast --no-window    without a screen; the summary is JSON

A camera that is unplugged is reopened when it is back. A recording is finished however the run ends: key, end of
file, closed window, Ctrl-C, lost camera. It has no sound. Recordings hold the picture with the panel of numbers (I
hides it), but neither help nor messages.

exit codes: 0 success, 1 a source, network or recording failed, 2 wrong usage, 130 interrupted"""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "live",
        help="show a camera or a video with its faces in a window",
        description="Show a camera or a video in a window, with points, contours, boxes, head axes, frames per second\n"
        "and what each stage takes. Late frames are dropped: the picture never lags behind.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    group = parser.add_argument_group("source")
    either = group.add_mutually_exclusive_group()
    either.add_argument(
        "--camera",
        type=_camera,
        metavar="N",
        help="number of a camera, from 0 (default: 0), or its device such as /dev/v4l/by-id/...",
    )
    either.add_argument("--video", metavar="FILE", help="a video file, a pipe, or the URL of a stream")
    group.add_argument("--width", type=int, metavar="N", help="width to ask of the camera, in pixels")
    group.add_argument("--height", type=int, metavar="N", help="height to ask of the camera, in pixels")
    group.add_argument("--fps", type=float, metavar="N", help="frames per second to ask of the camera")
    group.add_argument("--fast", action="store_true", help="process every frame of a file, without waiting")
    group.add_argument(
        "--reconnect",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds to wait for a lost camera; inf never gives up",
    )
    group = parser.add_argument_group("picture")
    group.add_argument(
        "--compare", nargs="?", const="", metavar="MODEL", help="two networks side by side, --model and this one"
    )
    group.add_argument("--mirror", action="store_true", help="mirror the picture")
    group.add_argument("--no-panel", action="store_true", help="start without the panel of numbers")
    group.add_argument("--full-screen", action="store_true", help="start with the whole screen")
    group.add_argument("--no-window", action="store_true", help="show nothing; the summary is JSON")
    group = parser.add_argument_group("output")
    group.add_argument("--record", metavar="FILE", help="record into this file from the start")
    group.add_argument("--out", default=".", metavar="DIR", help="folder for recordings and screenshots made by key")
    group.add_argument("--json", action="store_true", help="print the summary as JSON")
    add_tracking_options(parser)
    add_predictor_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 0, or 130 when interrupted.

    Raises:
        OptionError: options that exclude each other, or a folder that does not exist.
        WindowError: no window can be opened.
        LandmarksError: a network, the camera or the video cannot be opened, or the camera was lost for good.
    """
    camera = _camera_format(options)
    if not Path(options.out).is_dir():
        raise OptionError(f"--out {options.out}: there is no such folder")
    if options.video is not None:
        options.video = one_file(options.video)
    sources = video_files(options.video) if options.video is not None else []
    read: list[str | Path] = [*sources, *network_files(options.model, options.compare, options.detector)]
    refuse_overwriting(read, [options.record])
    if options.fast and options.video is None:
        raise OptionError("--fast needs --video: a camera gives its frames when it takes them")
    source = options.video if options.video is not None else options.camera or 0
    with ExitStack() as stack:
        networks = stack.enter_context(PredictorPool(_network_options(options)))
        reconnect = Reconnect(give_up=options.reconnect)
        try:
            capture = Capture(lambda: VideoSource(source, camera), every_frame=options.fast, reconnect=reconnect)
        except VideoError as error:
            raise _with_advice(error, source) from error
        stack.enter_context(capture)
        window: Window = NoWindow()
        if not options.no_window:
            window = stack.enter_context(OpenCVWindow(f"landmarks - {capture.name}", *EMPTY))
            if options.full_screen:
                window.toggle_full_screen()
        stop = stack.enter_context(_stopped_by_signals())
        summary = LiveLoop(capture, networks, window, _live_options(options), stop=stop).run()
    as_json = options.json or options.no_window
    print(json.dumps(summary.to_dict(), indent=2) if as_json else summary.to_text())
    if summary.ended is Ending.INTERRUPTED:
        print("landmarks live: interrupted", file=sys.stderr)
        return 130
    return 0


def _camera(text: str) -> int | str:
    return int(text) if text.removeprefix("-").isdecimal() else text


def _camera_format(options: argparse.Namespace) -> CameraFormat | None:
    wanted = options.width, options.height, options.fps
    if all(value is None for value in wanted):
        return None
    if options.video is not None:
        raise OptionError("--width, --height and --fps are asked of a camera; a video is what it is")
    return CameraFormat(*wanted)


def _network_options(options: argparse.Namespace) -> NetworkOptions:
    return NetworkOptions(
        models=(options.model, options.compare or _partner(options.model)),
        detector=options.detector,
        detector_size=options.detector_size,
        retry_size=options.retry_size,
        device=options.device,
        threads=thread_count(options),
        max_faces=options.max_faces,
        min_score=options.min_score,
        min_confidence=options.min_confidence,
        order=options.order,
        passes=options.passes,
        mirror=options.mirror_points,
        irises=options.irises,
    )


def _partner(model: str) -> str:
    """Return the network to compare another with by default: the other of its pair, ``full`` where it has none."""
    path = Path(model)
    for own, other in (("full", "trimmed"), ("trimmed", "full")):
        if path.name.startswith(own):
            return str(path.with_name(other + path.name.removeprefix(own)))
    return "full"


def _live_options(options: argparse.Namespace) -> LiveOptions:
    networks = _network_options(options)
    controls = Controls(
        models=networks.models,
        choice=0 if options.compare is None else BOTH,
        detector=options.detector,
        following=Following(not options.no_tracking, not options.no_smoothing, options.detect_every),
        look=Look(mirror=options.mirror),
        panel=PanelSize.OFF if options.no_panel else PanelSize.WHOLE,
    )
    return LiveOptions(controls, None if options.record is None else Path(options.record), Path(options.out))


def _with_advice(error: VideoError, source: str | int) -> VideoError:
    if isinstance(source, str) or source < 0:
        return error
    here = ""
    if sys.platform.startswith("linux"):
        devices = sorted(str(path) for path in Path("/dev").glob("video*"))
        here = f" Here there are {', '.join(devices)}." if devices else " This machine has no /dev/video*."
    return VideoError(f"{error}{here} --camera N takes another camera, --video FILE plays a file.")


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """Return an event that the first Ctrl-C, SIGTERM or SIGHUP sets; the second one raises KeyboardInterrupt.

    An exception could come in the middle of a write; an event lets the frame be finished first. A signal that is
    ignored, as SIGHUP is under nohup, stays ignored.
    """
    stop = threading.Event()

    def handle(_: int, __: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {
        number: signal.signal(number, handle) for number in numbers if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
