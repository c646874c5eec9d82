"""The training side's command line: ``python -m export COMMAND``.

One module per command, or per group of small ones; each has ``add_to``, which adds the command with its options, and
the function that runs it. Torch, onnx and matplotlib are imported inside that function: ``--help`` needs none of them.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from export.cli import (
    calibration,
    detector,
    documents,
    evaluate,
    experiments,
    faces,
    motion,
    onnx,
    recall,
    release,
    rotation,
    synthesize,
    train,
)
from runtime.errors import ImageError, LandmarksError, ModelError, OptionError, in_words
from runtime.process import INTERRUPTED, interruptible

FAILED, USAGE = 1, 2
"""Exit codes."""

INPUT_ERRORS = (
    OptionError,
    ModelError,
    ImageError,
    ValueError,
    FileExistsError,
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)
"""Errors that end with :data:`USAGE`: ``export`` raises ``ValueError`` for an input with impossible content."""

_EPILOG = """\
examples:
  python -m export synthesize --count 8000 --out runs/synthetic         render training faces
  python -m export train export/training/recipes/full.toml              train a network
  python -m export onnx --checkpoint runs/full/checkpoint.safetensors --out full.onnx
  python -m export evaluate full.onnx                                   measure it on annotated photographs
  python -m export release                                              the shipped files, with model cards

exit codes: 0 success, 1 the work failed, 2 wrong usage or an input that cannot be used, 130 interrupted,
143 ended by SIGTERM
`python -m export COMMAND --help` explains each command."""

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: what follows ``python -m export``; those of the process by default.

    Returns:
        The exit code.

    Raises:
        SystemExit: after ``--help`` (0), and for a command line that cannot be parsed (2).
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.INFO, format="%(message)s")
    for library in ("matplotlib", "numba", "PIL"):
        logging.getLogger(library).setLevel(logging.WARNING)
    with interruptible() as received:
        return received.exit_code(_run(options))


def _run(options: argparse.Namespace) -> int:
    """Run the command that was chosen; an error is printed on one line."""
    try:
        options.run(options)
    except KeyboardInterrupt:
        print("stopped; what was finished is kept", file=sys.stderr)
        return INTERRUPTED
    except INPUT_ERRORS as error:
        return _fail(options.command, error, USAGE)
    except ModuleNotFoundError as error:
        needed = f"{error.name} is not installed; `make install`, or pip install '.[train]', installs it"
        return _fail(options.command, ModuleNotFoundError(needed), FAILED)
    except (LandmarksError, OSError, RuntimeError) as error:
        return _fail(options.command, error, FAILED)
    return 0


def _fail(command: str, error: Exception, code: int) -> int:
    """Print an error on one line; ``--verbose`` shows where it was raised."""
    log.debug("", exc_info=True)
    message = " ".join(in_words(error).split())
    print(f"python -m export {command}: {message}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Train the landmark networks, convert them and the detectors to ONNX, and measure them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (
        synthesize,
        train,
        onnx,
        evaluate,
        release,
        experiments,
        detector,
        faces,
        recall,
        rotation,
        motion,
        calibration,
        documents,
    ):
        module.add_to(commands)
    for command in commands.choices.values():
        command.add_argument("-v", "--verbose", action="store_true", help="show where an error was raised")
    return parser
