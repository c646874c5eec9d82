"""The ``landmarks`` command."""

from __future__ import annotations

import argparse
import io
import logging
import os
import platform
import sys
from collections.abc import Sequence

import cv2
import numpy as np
import onnxruntime

from runtime import __version__
from runtime.errors import LandmarksError, OptionError, in_words
from runtime.process import INTERRUPTED, interruptible, loading

with loading():
    from runtime.cli import annotate, bench, compare, completion, live, models, predict, video, web

FAILED, USAGE, BROKEN_PIPE = 1, 2, 141
"""Exit codes; the last is what a shell reports for a process that SIGPIPE ended."""

_EPILOG = """\
examples:
  landmarks predict portrait.jpg                    annotated copy in landmarks-out/
  landmarks predict photos/ --recursive --csv f.csv a folder, and a table with a row per face
  landmarks video talk.mp4 annotated.webm           every frame of a video
  landmarks annotate photos/ tables/                millions of pictures, in runs that may be interrupted
  landmarks live                                    the camera in a window, with its faces
  landmarks web                                     the same in a browser
  landmarks bench                                   how fast this machine is
  landmarks compare                                 full against trimmed on this machine
  landmarks models                                  the networks that can be chosen
  eval "$(landmarks completion bash)"               complete commands and options in this shell

exit codes: 0 success, 1 something failed (the rest was done), 2 wrong usage, 130 interrupted, 143 ended by SIGTERM
`landmarks COMMAND --help` explains each command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what follows the command's name; those of the process by default.

    Returns:
        The exit code.

    Raises:
        SystemExit: after ``--help`` and ``--version`` (0), and for a command line that cannot be parsed (2).
    """
    with interruptible() as received:
        try:
            return received.exit_code(_run(arguments))
        except KeyboardInterrupt:
            print("landmarks: interrupted", file=sys.stderr)
            return received.exit_code(INTERRUPTED)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command that the arguments name; an error is printed in words."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        # File names may hold what the terminal's encoding does not.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
    except SystemExit:
        _flush()
        raise
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(options.verbose, 2)]
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        code: int = options.run(options)
        return code if _flush() else BROKEN_PIPE
    except BrokenPipeError:
        _flush()
        return BROKEN_PIPE
    except OptionError as error:
        print(f"landmarks {options.command}: {error}", file=sys.stderr)
        return USAGE
    except (LandmarksError, OSError) as error:
        print(f"landmarks {options.command}: {in_words(error)}", file=sys.stderr)
        return FAILED


def _flush() -> bool:
    """Write out standard output; return whether its reader is still there.

    Raises:
        OSError: it cannot be written, as on a full disk.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # the interpreter would fail again on its last flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _open_closed_streams() -> None:
    """Direct closed standard streams to nowhere, or the next file that is opened would get what libraries print.

    A closed standard output stays None in Python: a table that is to go there is an error.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - open to the end of the process


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="landmarks",
        description="Find faces and their 68 landmarks in images and videos, offline and on this machine.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in (predict, video, annotate, live, web, bench, compare, models):
        command.add_to(commands)
    completion.add_to(commands, parser)
    for each in commands.choices.values():
        each.add_argument("-v", "--verbose", action="count", default=0, help="log what happens; -vv logs more")
    return parser


def _version() -> str:
    libraries = f"onnxruntime {onnxruntime.__version__}, OpenCV {cv2.__version__}, numpy {np.__version__}"
    return f"landmarks {__version__} (Python {platform.python_version()}, {libraries})"
