"""Options that several commands share."""

from __future__ import annotations

import argparse

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
