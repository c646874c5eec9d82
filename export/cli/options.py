"""Options and checks that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from export.paths import WEIGHTS
from runtime.media.files.output_guard import refuse_overwriting

SYNTHETIC_TEST = "made by `synthesize --count 1000 --seed 2`"
"""How the synthetic test faces of the model cards are rendered, for help texts."""


def positive(text: str) -> int:
    """Read a whole number of at least 1, as an argparse ``type``.

    Raises:
        argparse.ArgumentTypeError: it is anything else.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def add_compute(command: argparse.ArgumentParser) -> None:
    """Add ``--device`` and ``--precision``: where and how a network is trained."""
    command.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where to train; auto: on an NVIDIA card if torch finds one (default: %(default)s)",
    )
    command.add_argument(
        "--precision",
        choices=("auto", "float32", "bfloat16"),
        default="auto",
        help="number format of the layers; auto: a few steps of each are timed, the faster one is taken "
        "(default: %(default)s)",
    )


def protect(inputs: Iterable[str | Path | None], outputs: Iterable[Path | None]) -> None:
    """Refuse to write over a file that is read, or over a shipped network.

    Args:
        inputs: files and folders that the command reads; a folder stands for all files below it.
        outputs: files that it writes, None for those that are not wanted.

    Raises:
        OptionError: an output is an input, a shipped file, or named twice.
    """
    refuse_overwriting([*WEIGHTS.iterdir(), *_files(inputs)], outputs)


def _files(paths: Iterable[str | Path | None]) -> Iterator[Path]:
    for path in (Path(path) for path in paths if path is not None):
        yield path
        if path.is_dir():
            yield from path.rglob("*")
