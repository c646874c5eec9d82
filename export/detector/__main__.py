"""Command line of the detector's training: ``python -m export.detector COMMAND``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from export.detector.configuration import read_detector_config
from export.detector.data.composites import Composer
from export.detector.data.pictures import open_pictures
from export.detector.data.sheets import draw, draw_found, sheet
from export.detector.data.sources import PLAIN, PORTRAITS, SCENES, open_sources
from export.detector.data.teachers import Teacher, label_set
from export.detector.evaluation import BUCKETS, network_finder, read_wild, recall_at, run, threshold_for
from export.detector.loop import train
from export.detector.model.network import multiply_adds, parameter_count
from export.detector.model.onnx_export import write_onnx
from export.detector.trainer import load_network
from export.output_guard import protect
from export.paths import REPOSITORY, RUNS
from runtime.errors import OptionError

RECIPE = REPOSITORY / "export" / "detector" / "recipes" / "edge.toml"
RUN = RUNS / "detector"
CACHE = RUNS / "detector-data"
TRAINING_DATA = (
    "composites of FairFace (CC BY 4.0), Open Images (CC BY 2.0), COCO (CC BY 2.0 and no known restrictions) and "
    "the clothing dataset (CC0); labels by YuNet (Apache-2.0, trained on WIDER FACE) and the open landmark network"
)
"""Training data of the recipe's network, for the metadata of its file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m export.detector",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Train the face detector and export it to ONNX.\n\n"
        "  python -m export.detector label --data PICTURES --yunet yunet_n_dynamic.onnx   # once, an hour\n"
        "  python -m export.detector sheet --data PICTURES --out sheet.png                # check them first\n"
        "  python -m export.detector train --data PICTURES                                # hours; --resume continues\n"
        "  python -m export.detector evaluate runs/detector/checkpoint.pt --wild FOLDER\n"
        "  python -m export.detector onnx runs/detector/checkpoint.pt --out edge.onnx\n\n"
        "PICTURES holds the folders fairface, oid, coco and clothing.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser(
        "label",
        help="label the faces of the pictures with teacher networks",
        description="Decode the pictures and label the faces on which YuNet agrees over several views, with keypoints "
        "of the open landmark network. The command can be stopped; run it again to continue.",
    )
    _add_data(command)
    command.add_argument("--yunet", type=Path, required=True, help="YuNet's yunet_n_dynamic.onnx")
    command.add_argument("--only", choices=(*SCENES, *PORTRAITS, *PLAIN), help="label this folder only")
    command.set_defaults(action=_label)

    command = commands.add_parser("sheet", help="draw a contact sheet of training pictures with their labels")
    _add_data(command)
    command.add_argument("--recipe", type=Path, default=RECIPE, help="TOML file (default: %(default)s)")
    command.add_argument("--kind", choices=("scene", "pasted", "mosaic", "close", "plain"), help="draw this kind only")
    command.add_argument("--seed", type=int, default=0, help="seed of the pictures (default: %(default)s)")
    command.add_argument("--out", type=Path, required=True, help="PNG file")
    command.set_defaults(action=_sheet)

    command = commands.add_parser(
        "train",
        help="train the detector",
        description="Train for the recipe's number of pictures; SIGTERM and Ctrl-C write a checkpoint before they end "
        "the run. Checkpoint, configuration and curve.csv are written to the run's folder.",
    )
    _add_data(command)
    command.add_argument("--recipe", type=Path, default=RECIPE, help="TOML file (default: %(default)s)")
    command.add_argument("--run", type=Path, default=RUN, help="folder of the run (default: %(default)s)")
    command.add_argument("--resume", action="store_true", help="continue from the run's checkpoint")
    command.add_argument("--threads", type=int, default=1, help="torch threads (default: %(default)s)")
    command.set_defaults(action=_train)

    command = commands.add_parser(
        "evaluate",
        help="measure recall by face size",
        description="Print recall by the longer side of the faces, as a fraction of the picture's, and false boxes "
        "per image, at an intersection over union of 0.3.",
    )
    command.add_argument("checkpoint", type=Path, help="checkpoint.pt of a run")
    command.add_argument("--wild", type=Path, required=True, help="folder of photographs with boxes.json")
    command.add_argument("--size", type=int, nargs="+", default=[320, 640], help="longer sides of the input, pixels")
    command.add_argument("--sheet", type=Path, help="PNG file for the detections in the first 24 photographs")
    command.set_defaults(action=_evaluate)

    command = commands.add_parser(
        "onnx",
        help="export a checkpoint to ONNX",
        description="Write the averaged network as an ONNX file with float16 kernels; the file's metadata describes "
        "its raw output.",
    )
    command.add_argument("checkpoint", type=Path, help="checkpoint.pt of a run")
    command.add_argument("--out", type=Path, required=True, help="ONNX file to write")
    command.set_defaults(action=_onnx)

    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    cv2.setNumThreads(1)
    try:
        options.action(options)
    except (OSError, ValueError, OptionError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, required=True, help="folder that holds the folders of pictures")
    command.add_argument(
        "--cache", type=Path, default=CACHE, help="folder for decoded pictures and labels (default: %(default)s)"
    )


def _label(options: argparse.Namespace) -> None:
    teacher = Teacher(options.yunet)
    ways = {
        **dict.fromkeys(SCENES, teacher.scene),
        **dict.fromkeys(PORTRAITS, teacher.portrait),
        **dict.fromkeys(PLAIN, teacher.plain),
    }
    for name in [options.only] if options.only else ways:
        pictures = open_pictures(options.data / name, options.cache)
        label_set(ways[name], pictures, options.cache / f"{name}.labels.npz")


def _sheet(options: argparse.Namespace) -> None:
    protect([options.data, options.cache, options.recipe], [options.out])
    config = read_detector_config(options.recipe).composites
    composer = Composer(open_sources(options.data, options.cache, validation=False), config)
    random = np.random.default_rng(options.seed)
    compose = getattr(composer, options.kind) if options.kind else composer
    cv2.imwrite(str(options.out), sheet([draw(*compose(random)) for _ in range(24)]))
    print(options.out)


def _train(options: argparse.Namespace) -> None:
    config = read_detector_config(options.recipe)
    training, validation = (open_sources(options.data, options.cache, validation=part) for part in (False, True))
    path = train(config, options.run, training, validation, resume=options.resume, threads=options.threads)
    print(path)


def _evaluate(options: argparse.Namespace) -> None:
    protect([options.checkpoint, options.wild], [options.sheet])
    network = load_network(options.checkpoint)
    pictures = read_wild(options.wild)
    print("sides   " + " ".join(f"{bound:4.2f}" for bound in BUCKETS[:-1]) + "  (from, fraction of the picture's side)")
    for size in options.size:
        find = network_finder(network, size)
        outcomes = run(find, pictures)
        for threshold in (threshold_for(outcomes), threshold_for(outcomes, 2 * 0.22), 0.5):
            print(f"{size:5}:  {recall_at(outcomes, threshold)}")
    if options.sheet:
        shown = [draw_found(image, labels, *find(image)) for image, labels in pictures[:24]]
        cv2.imwrite(str(options.sheet), sheet(shown))


def _onnx(options: argparse.Namespace) -> None:
    protect([options.checkpoint], [options.out])
    network = load_network(options.checkpoint)
    write_onnx(network, options.out, {"name": "edge", "license": "Apache-2.0", "training_data": TRAINING_DATA})
    print(
        f"{options.out}: {options.out.stat().st_size} bytes, {parameter_count(network)} parameters, "
        f"{multiply_adds(network) / 1e6:.1f} million multiply-adds at 320x240"
    )


if __name__ == "__main__":
    sys.exit(main())
