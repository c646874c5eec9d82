"""``python -m export train`` and ``networks``, which shows what can be trained."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.cli.options import add_compute, positive
from export.output_guard import protect
from export.paths import RUNS
from runtime.errors import OptionError

OUTPUTS = ("config.json", "compute.json", "checkpoint.safetensors", "curve.csv", "curve.png")
"""Files that a run leaves in its folder."""

_DESCRIPTION = """\
Train a network; the recipes of the shipped ones take hours on two cores.

  python -m export train export/training/recipes/full.toml                     # all stages, one after the other
  python -m export train export/training/recipes/full.toml --resume            # after Ctrl-C, a few minutes back
  python -m export train export/training/recipes/full.toml --stage full-third  # one of them
  python -m export train export/training/recipes/trimmed.toml                  # learns from the runs of full.toml

A recipe is a TOML file with a table [[stages]] for each run. A key above the first table holds for all stages, `name`
is the stage's folder in runs/, and `init` or `teacher` may name the checkpoint of an earlier one. Finished stages are
skipped.

  network = "full"

  [[stages]]
  name = "mine-first"
  init = "full"
  sets = [{ name = "mine", weight = 1.0, path = "pictures/train" }]

  [[stages]]
  name = "mine"
  init = "runs/mine-first/checkpoint.safetensors"
  sets = [{ name = "mine", weight = 1.0, path = "pictures/train" }]
  learning_rate = 2e-4

A file without stages is a single run, in runs/NAME of the file. Sets of faces with a path are folders of pictures with
300-W annotations (.pts) beside them, or of rendered faces; the others are found through LANDMARKS_DATA, a folder with
helen/train, afw/train and youtube/train."""


def add_to(commands: Any) -> None:
    """Add the commands to argparse's subparsers."""
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
        help="TOML file; the shipped networks were trained with export/training/recipes/*.toml",
    )
    command.add_argument("--stage", metavar="NAME", help="train this stage of the recipe alone (default: all)")
    command.add_argument(
        "--run", dest="folder", type=Path, help="folder of the run, for a file without stages (default: runs/NAME)"
    )
    command.add_argument(
        "--resume", action="store_true", help="continue from the run's checkpoint; a changed recipe is refused"
    )
    command.add_argument("--threads", type=positive, help="torch threads (default: torch's own choice)")
    add_compute(command)
    command.set_defaults(run=_run)

    command = commands.add_parser("networks", help="print the layers and totals of each network")
    command.set_defaults(run=_networks)


def _run(options: argparse.Namespace) -> None:
    protect([options.config], [(options.folder or RUNS / options.config.stem) / name for name in OUTPUTS])

    from export.training import choose_stage, read_config, read_stages, train, train_stages

    how = (options.resume, options.threads, options.device, options.precision)
    stages = read_stages(options.config)
    if options.stage is not None:
        stages = choose_stage(stages, options.stage, options.config)
    if not stages:
        print(train(read_config(options.config), options.folder or RUNS / options.config.stem, *how))
        return
    if options.folder:
        raise OptionError(f"--run {options.folder}: not for a recipe with stages, whose runs are {RUNS}/NAME")
    protect([options.config], [RUNS / stage.name / name for stage in stages for name in OUTPUTS])
    for checkpoint in train_stages(stages, RUNS, *how):
        print(checkpoint, flush=True)


def _networks(_: argparse.Namespace) -> None:
    from export.networks import CONFIGS, build_network, layer_table

    for name in CONFIGS:
        rows = layer_table(build_network(name))
        print(f"{name}\n{'layer':<30}{'kind':<14}{'output':<18}{'parameters':>11}{'multiply-adds':>15}")
        for row in rows:
            shape = "x".join(str(side) for side in row.shape)
            print(f"{row.name:<30}{row.kind:<14}{shape:<18}{row.parameters:>11,}{row.multiply_adds:>15,}")
        parameters, work = (sum(getattr(row, key) for row in rows) for key in ("parameters", "multiply_adds"))
        print(f"{name}: {len(rows)} layers, {parameters:,} parameters, {work / 1e6:.1f} million multiply-adds\n")
