"""``python -m export rotation``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.catalogue import MODELS
from export.cli.options import positive
from export.output_guard import protect


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "rotation",
        help="measure how faces are found that lie on their side or are upside down",
        description="Turn annotated photographs by every angle and print how often the points are right, confidently "
        "wrong, or missed, and what the search costs on upright photographs; some minutes per hundred photographs.",
    )
    command.add_argument("models", nargs="*", help="landmark networks (default: all that are shipped)")
    command.add_argument(
        "--photographs",
        nargs="+",
        metavar="FOLDER",
        default=["helen/test", "afw/test"],
        help="folders of annotated photographs, as they are or inside LANDMARKS_DATA (default: helen/test afw/test)",
    )
    command.add_argument("--count", type=positive, help="so many of each folder, evenly spread (default: all)")
    command.add_argument("--step", type=positive, default=15, help="degrees between angles (default: %(default)s)")
    command.add_argument(
        "--border", choices=("black", "replicated"), default="black", help="around the picture (default: %(default)s)"
    )
    command.add_argument("--figure", type=Path, help="write a plot of the right faces over the angle")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from export.annotations import annotated_folder, evenly_spread, list_samples

    folders = [annotated_folder(name) for name in options.photographs]
    protect([*options.models, *folders], [options.figure])

    from export.evaluation import draw_rotation, measure_rotation, measure_upright_cost, open_networks, rotation_report

    samples = [sample for folder in folders for sample in evenly_spread(list_samples(folder), options.count)]
    models = options.models or list(MODELS)
    opened = open_networks(models)
    outcomes = measure_rotation(opened, samples, options.step, options.border)
    print(rotation_report(outcomes), end="\n\n", flush=True)
    for name in models:
        print(measure_upright_cost(name, opened[name], samples), flush=True)
    if options.figure:
        draw_rotation(outcomes, options.figure)
        print(options.figure)
