"""``python -m export release``, ``blazeface`` and ``iris``: the shipped files, with model cards and manifest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.catalogue import MODELS
from export.cli.options import SYNTHETIC_TEST, positive
from export.paths import RUNS, WEIGHTS


def add_to(commands: Any) -> None:
    """Add the commands to argparse's subparsers."""
    command = commands.add_parser(
        "release",
        help="convert trained networks to weights/, measured, with cards and manifest",
        description="Convert every model that has a run (RUNS/NAME/checkpoint.safetensors) to weights/, measured on "
        "the test photographs and on synthetic faces, with model card and manifest. Models: "
        + ", ".join(MODELS)
        + ". A checkpoint records its training data and that of every run before it; a shippable model that was "
        "trained on photographs is refused.",
    )
    command.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default: %(default)s)")
    command.add_argument("--only", choices=tuple(MODELS), help="one model instead of all that have a run")
    command.add_argument(
        "--synthetic",
        type=Path,
        default=RUNS / "synthetic-test",
        help=f"folder of synthetic test faces, {SYNTHETIC_TEST} (default: %(default)s)",
    )
    command.set_defaults(run=_release)

    command = commands.add_parser(
        "blazeface", help="convert BlazeFace to weights/blazeface-*.onnx, with measured recall, cards and manifest"
    )
    command.set_defaults(run=_blazeface)

    command = commands.add_parser(
        "iris", help="convert MediaPipe's iris network to weights/iris.onnx, measured, with card and manifest"
    )
    command.add_argument(
        "--rendered",
        type=positive,
        default=60,
        help="faces that are rendered to measure gaze, ten seconds each (default: %(default)s)",
    )
    command.set_defaults(run=_iris)


def _release(options: argparse.Namespace) -> None:
    from export.release import checkpoint_of, release_landmarks

    models = [MODELS[options.only]] if options.only else list(MODELS.values())
    there = [model for model in models if checkpoint_of(model, options.runs).is_file()]
    for path in release_landmarks(there or models, options.runs, options.synthetic, WEIGHTS):
        print(path)
    if missing := [model.name for model in models if model not in there]:
        print(f"no run in {options.runs}, left out: {', '.join(missing)}")


def _blazeface(_: argparse.Namespace) -> None:
    from export.release import release_detectors

    release_detectors(WEIGHTS)


def _iris(options: argparse.Namespace) -> None:
    from export.release import release_irises
    from runtime.media.progress import Progress

    with Progress(options.rendered, "faces") as progress:
        release_irises(WEIGHTS, options.rendered, progress.advance)
