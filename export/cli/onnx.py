"""``python -m export onnx``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.output_guard import protect
from export.paths import WEIGHTS
from runtime.errors import OptionError

_DESCRIPTION = """\
Convert a trained network to an ONNX file that runtime.Predictor takes. No photographs are needed.

  python -m export onnx --checkpoint runs/mine/checkpoint.safetensors --out mine.onnx
  landmarks predict --model mine.onnx photo.jpg
  python -m export evaluate mine.onnx                   # its accuracy, on annotated photographs

`python -m export release` converts, measures and documents the shipped networks."""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "onnx",
        help="convert a trained network to an ONNX file",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_DESCRIPTION,
    )
    command.add_argument("--checkpoint", type=Path, required=True, help="checkpoint.safetensors of a training run")
    command.add_argument("--out", type=Path, required=True, help="the .onnx file; its name becomes the model's")
    command.add_argument(
        "--license",
        metavar="TEXT",
        help="licence of the weights, for the file's metadata (default: what follows from the training data)",
    )
    command.add_argument("--float32", action="store_true", help="store float32 instead of float16: twice the size")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    if options.out.suffix != ".onnx":
        raise OptionError(f"--out {options.out}: give a name that ends in .onnx")
    if options.out.resolve().parent == WEIGHTS:
        raise OptionError(f"--out {options.out}: shipped files are written by `python -m export release`")
    protect([options.checkpoint], [options.out])

    from export.release import convert_checkpoint

    print(convert_checkpoint(options.checkpoint, options.out, options.license, not options.float32))
