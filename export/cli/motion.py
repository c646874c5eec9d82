"""``python -m export motion``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.output_guard import protect
from export.paths import RUNS


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser(
        "motion",
        help="measure jitter and lag of tracked faces, with and without smoothing",
        description="Track the face of a photograph under camera noise, and rendered heads that turn, sway, talk and "
        "blink. Prints jitter, lag and NME of single frames, tracked and smoothed; writes motion.json and motion.png. "
        "The videos are rendered at the first run, about two minutes on one core.",
    )
    command.add_argument("--model", default="full", help="landmark network (default: %(default)s)")
    command.add_argument("--out", type=Path, default=RUNS / "motion", help="folder for videos and report")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    numbers, figure = options.out / "motion.json", options.out / "motion.png"
    protect([options.model], [numbers, figure])

    from export.motion import draw_motion, follow_clips, motion_rows, motion_table, write_motion
    from runtime import Predictor

    with Predictor(options.model, device="cpu") as predictor:
        options.out.mkdir(parents=True, exist_ok=True)
        tracks = follow_clips(predictor, options.out)
    table = [row for track in tracks for row in motion_rows(track)]
    print(motion_table(table))
    write_motion(numbers, options.model, table)
    draw_motion(figure, tracks)
    print(figure)
