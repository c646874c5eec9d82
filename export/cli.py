"""The training side's command line: ``python -m export COMMAND``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from export.onnx_export import REPOSITORY
from runtime.errors import LandmarksError

WEIGHTS = REPOSITORY / "weights"
RUNS = REPOSITORY / "runs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Train the landmark networks, export them and the detectors to ONNX, measure them.",
        epilog="The whole way to the shipped files: detector, then train full, train trimmed, onnx.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser("networks", help="print the layers and totals of each network")
    command.set_defaults(action=_networks)

    command = commands.add_parser(
        "train",
        help="train a network",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Train a network; hours on two cores. Ctrl-C and --resume lose nothing but the last minutes.\n\n"
        "  python -m export train export/configs/full.toml\n"
        "  python -m export train export/configs/trimmed.toml      # learns from runs/full\n\n"
        "Photographs are found through LANDMARKS_DATA, a folder with helen/train, afw/train, youtube/train.",
    )
    command.add_argument("config", type=Path, help="TOML file; export/configs/*.toml made the shipped networks")
    command.add_argument("--run", type=Path, help="folder of the run (default: runs/NAME of the config)")
    command.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    command.add_argument("--threads", type=int, help="torch threads (default: torch's own choice)")
    command.set_defaults(action=_train)

    command = commands.add_parser(
        "onnx", help="export trained networks to weights/, measured on the test photographs, with cards and manifest"
    )
    command.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default: %(default)s)")
    command.add_argument("--only", choices=("full", "trimmed"), help="one network instead of both")
    command.set_defaults(action=_onnx)

    command = commands.add_parser(
        "detector", help="convert BlazeFace to weights/blazeface-*.onnx, with measured recall, cards and manifest"
    )
    command.set_defaults(action=_detector)

    command = commands.add_parser("evaluate", help="accuracy of the shipped networks, alone and in the whole chain")
    command.add_argument("models", nargs="*", default=["full", "trimmed"], help="names or ONNX files (default: both)")
    command.add_argument("--figures", type=Path, help="folder for the error curves")
    command.add_argument("--json", type=Path, help="write the numbers to this file")
    command.set_defaults(action=_evaluate)

    command = commands.add_parser("recall", help="recall of the shipped detectors on the test photographs")
    command.add_argument("--detector", default="blazeface-back", help="name of a shipped one (default: %(default)s)")
    command.add_argument("--input-size", type=int, help="side of the network's input (default: the file's own)")
    command.add_argument("--min-score", type=float, nargs="+", default=[0.5], help="thresholds (default: 0.5)")
    command.set_defaults(action=_recall)

    command = commands.add_parser("picture", help="draw the README's picture, docs/astronaut.jpg")
    command.set_defaults(action=_picture)

    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        options.action(options)
    except (LandmarksError, OSError, ValueError, RuntimeError) as error:
        print(f"python -m export {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the last checkpoint is kept", file=sys.stderr)
        return 130
    return 0


def _networks(_: argparse.Namespace) -> None:
    from export.networks import CONFIGS, build, layer_table

    for name in CONFIGS:
        rows = layer_table(build(name))
        print(f"{name}\n{'layer':<30}{'kind':<14}{'output':<18}{'parameters':>11}{'multiply-adds':>15}")
        for row in rows:
            shape = "x".join(str(side) for side in row.shape)
            print(f"{row.name:<30}{row.kind:<14}{shape:<18}{row.parameters:>11,}{row.multiply_adds:>15,}")
        parameters, work = (sum(getattr(row, key) for row in rows) for key in ("parameters", "multiply_adds"))
        print(f"{name}: {len(rows)} layers, {parameters:,} parameters, {work / 1e6:.1f} million multiply-adds\n")


def _train(options: argparse.Namespace) -> None:
    from export.configuration import read_config
    from export.training import train

    print(
        train(read_config(options.config), options.run or RUNS / options.config.stem, options.resume, options.threads)
    )


def _onnx(options: argparse.Namespace) -> None:
    from export.release import release
    from export.training import load_network

    names = [options.only] if options.only else ["full", "trimmed"]
    networks = [load_network(options.runs / name / "checkpoint.pt") for name in names]
    for path in release(networks, WEIGHTS):
        print(path)


def _detector(_: argparse.Namespace) -> None:
    from export.release import release_detectors

    release_detectors(WEIGHTS)


def _evaluate(options: argparse.Namespace) -> None:
    from export.report import evaluate

    print(evaluate(options.models, options.figures, options.json))


def _recall(options: argparse.Namespace) -> None:
    from export.data.annotations import data_root
    from export.recall import recall_table
    from runtime.models import load_model

    folders = [data_root() / name / "test" for name in ("helen", "afw")]
    model = load_model(options.detector, "detector").path
    print(recall_table(model, folders, options.min_score, options.input_size))


def _picture(_: argparse.Namespace) -> None:
    from export.picture import draw_picture

    draw_picture(REPOSITORY / "docs" / "astronaut.jpg")
