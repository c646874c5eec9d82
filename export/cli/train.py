"""``python -m export train``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.cli.options import add_compute, positive, protect
from export.paths import RUNS

OUTPUTS = ("config.json", "compute.json", "checkpoint.safetensors", "curve.csv", "curve.png")
"""Files that a run leaves in its folder."""

_DESCRIPTION = """\
Train a network; the recipes of the shipped ones take hours on two cores. After Ctrl-C, --resume continues from the last
checkpoint, a few minutes back.

  python -m export train export/training/recipes/full/full.toml
  python -m export train export/training/recipes/trimmed/trimmed.toml      # learns from runs/full

Sets of faces without a path are found through LANDMARKS_DATA, a folder with helen/train, afw/train, youtube/train. To
train a shipped network on a folder of your own, pictures with 300-W annotations (.pts) beside them:

  network = "full"
  init = "full"
  sets = [{ name = "mine", weight = 1.0, path = "pictures/train" }]"""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "train",
        help="train a network",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_DESCRIPTION,
    )
    command.add_argument(
        "config",
        metavar="RECIPE",
        type=Path,
        help="TOML file; the shipped networks were trained with export/training/recipes/*/*.toml",
    )
    command.add_argument("--run", dest="folder", type=Path, help="folder of the run (default: runs/NAME of the recipe)")
    command.add_argument(
        "--resume", action="store_true", help="continue from the run's checkpoint; a changed recipe is refused"
    )
    command.add_argument("--threads", type=positive, help="torch threads (default: torch's own choice)")
    add_compute(command)
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    folder = options.folder or RUNS / options.config.stem
    protect([options.config], [folder / name for name in OUTPUTS])

    from export.training.configuration import read_config
    from export.training.loop import train

    config = read_config(options.config)
    print(train(config, folder, options.resume, options.threads, options.device, options.precision))
