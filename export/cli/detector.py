"""``python -m export detector COMMAND``: label, train, measure and export the face detector."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from export.cli.options import positive
from export.output_guard import protect
from export.paths import REPOSITORY, RUNS, WEIGHTS

RECIPE = REPOSITORY / "export" / "detector" / "recipes" / "edge.toml"
WEIGHTS_FILE = RECIPE.with_suffix(".safetensors")
RUN = RUNS / "detector"
CACHE = RUNS / "detector-data"
SETS = ("oid", "oid2", "coco", "fairface", "clothing", "places")
KINDS = ("scene", "pasted", "mosaic", "close", "plain")

_EPILOG = """\
examples:
  python -m export detector label --data PICTURES --yunet yunet_n_dynamic.onnx   # once, hours
  python -m export detector mine edge.onnx --data PICTURES                       # hard examples, minutes
  python -m export detector sheet --data PICTURES --out sheet.png                # check the pictures first
  python -m export detector train --data PICTURES --yunet yunet_n_dynamic.onnx   # hours; --resume continues
  python -m export detector evaluate runs/detector/checkpoint.pt --wild FOLDER
  python -m export detector onnx runs/detector/checkpoint.pt --out edge.onnx

PICTURES holds the folders fairface, oid, oid2, coco, clothing and places; missing ones are left out."""


def add_to(commands: Any) -> None:
    """Add the command, with its own commands, to argparse's subparsers."""
    group = commands.add_parser(
        "detector",
        help="label pictures for the face detector, train it, measure it and export it to ONNX",
        description="Label pictures for the face detector, train it, measure it and export it to ONNX.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = group.add_subparsers(dest="action", required=True, metavar="COMMAND")
    _add_label(actions)
    _add_mine(actions)
    _add_sheet(actions)
    _add_train(actions)
    _add_evaluate(actions)
    _add_onnx(actions)
    _add_weights(actions)
    _add_release(actions)


def _add_label(actions: Any) -> None:
    command = actions.add_parser(
        "label",
        help="label the faces of the pictures with teacher networks",
        description="Decode the pictures and label the faces on which YuNet agrees over several views, with keypoints "
        "of the open landmark network. The command can be stopped; run it again to continue.",
    )
    _add_data(command)
    command.add_argument("--yunet", type=Path, required=True, help="YuNet's yunet_n_dynamic.onnx")
    command.add_argument("--only", choices=SETS, help="label this folder only")
    command.set_defaults(run=_label)


def _add_mine(actions: Any) -> None:
    command = actions.add_parser(
        "mine",
        help="find hard examples with a trained detector",
        description="Find places without a face that the detector takes for one, and the scores with which it finds "
        "the labelled faces. Training shows the hard ones more often from then on; mine again with better weights.",
    )
    _add_data(command)
    command.add_argument(
        "detector", help="name of a shipped detector, or an ONNX file of `python -m export detector onnx`"
    )
    command.add_argument(
        "--size", type=positive, nargs="+", default=[320, 640], help="longer sides of the input, pixels"
    )
    command.add_argument("--only", choices=SETS, nargs="+", help="mine these folders only")
    command.set_defaults(run=_mine)


def _add_sheet(actions: Any) -> None:
    command = actions.add_parser("sheet", help="draw a contact sheet of training pictures with their labels")
    _add_data(command)
    command.add_argument("--recipe", type=Path, default=RECIPE, help="TOML file (default: %(default)s)")
    command.add_argument("--kind", choices=KINDS, help="draw this kind only")
    command.add_argument("--seed", type=int, default=0, help="seed of the pictures (default: %(default)s)")
    command.add_argument("--out", type=Path, required=True, help="PNG file")
    command.set_defaults(run=_sheet)


def _add_train(actions: Any) -> None:
    command = actions.add_parser(
        "train",
        help="train the detector",
        description="Train for the recipe's number of pictures; SIGTERM and Ctrl-C write a checkpoint before they end "
        "the run. Checkpoint, configuration and curve.csv are written to the run's folder.",
    )
    _add_data(command)
    command.add_argument("--recipe", type=Path, default=RECIPE, help="TOML file (default: %(default)s)")
    command.add_argument(
        "--run", type=Path, default=RUN, dest="folder", help="folder of the run (default: %(default)s)"
    )
    command.add_argument("--yunet", type=Path, help="YuNet's yunet_n_dynamic.onnx, for a recipe with hints")
    command.add_argument("--resume", action="store_true", help="continue from the run's checkpoint")
    command.add_argument("--threads", type=positive, default=1, help="torch threads (default: %(default)s)")
    command.set_defaults(run=_train)


def _add_evaluate(actions: Any) -> None:
    command = actions.add_parser(
        "evaluate",
        help="measure recall by face size",
        description="Print recall by the longer side of the faces, as a fraction of the picture's, and false boxes "
        "per image, at an intersection over union of 0.3.",
    )
    command.add_argument("checkpoint", type=Path, help="checkpoint.pt of a run")
    command.add_argument("--wild", type=Path, required=True, help="folder of photographs with boxes.json")
    command.add_argument(
        "--size", type=positive, nargs="+", default=[320, 640], help="longer sides of the input, pixels"
    )
    command.add_argument("--sheet", type=Path, help="PNG file for the detections in the first 24 photographs")
    command.set_defaults(run=_evaluate)


def _add_onnx(actions: Any) -> None:
    command = actions.add_parser(
        "onnx",
        help="export a checkpoint to ONNX",
        description="Write the averaged network as an ONNX file with float16 kernels; the file's metadata describes "
        "its raw output.",
    )
    command.add_argument("checkpoint", type=Path, help="checkpoint.pt of a run, or weights (.safetensors)")
    command.add_argument("--out", type=Path, required=True, help="ONNX file to write")
    command.set_defaults(run=_onnx)


def _add_weights(actions: Any) -> None:
    command = actions.add_parser(
        "weights",
        help="write a checkpoint's weights alone, for runs that start from them",
        description="Write the averaged weights of a checkpoint as float16 to a .safetensors file, a quarter of a "
        "checkpoint's size, which `init` of a recipe takes.",
    )
    command.add_argument("checkpoint", type=Path, help="checkpoint.pt of a run")
    command.add_argument("--out", type=Path, required=True, help=".safetensors file to write")
    command.set_defaults(run=_weights)


def _add_release(actions: Any) -> None:
    command = actions.add_parser(
        "release",
        help="write weights/edge.onnx, measured, with its card and manifest entry",
        description="Export the detector to the folder of shipped files, with a model card that compares its "
        "recall with BlazeFace's on the test photographs; some minutes.",
    )
    command.add_argument(
        "checkpoint", type=Path, nargs="?", default=WEIGHTS_FILE, help="checkpoint.pt or weights (default: %(default)s)"
    )
    command.add_argument("--wild", type=Path, metavar="FOLDER", help="photographs with boxes.json beside them")
    command.add_argument("--fairface", type=Path, metavar="FOLDER", help="FairFace; only its validation split is read")
    command.add_argument("--people", type=Path, metavar="FILE", help="FairFace's fairface_label_val.csv")
    command.add_argument("--count", type=positive, help="so many of FairFace's pictures, evenly spread (default: all)")
    command.set_defaults(run=_release)


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, required=True, help="folder that holds the folders of pictures")
    command.add_argument(
        "--cache", type=Path, default=CACHE, help="folder for decoded pictures and labels (default: %(default)s)"
    )


def _label(options: argparse.Namespace) -> None:
    from export.detector import label_sets

    label_sets(options.data, options.cache, options.yunet, [options.only] if options.only else SETS)


def _mine(options: argparse.Namespace) -> None:
    from export.detector import mine_sets

    for name, count in mine_sets(
        options.data, options.cache, options.detector, options.only or SETS, options.size
    ).items():
        print(f"{name}: {count} hard negatives")


def _sheet(options: argparse.Namespace) -> None:
    protect([options.data, options.cache, options.recipe], [options.out])

    from export.detector import draw_composites, open_sources, read_detector_config

    sources = open_sources(options.data, options.cache, validation=False)
    draw_composites(sources, read_detector_config(options.recipe).composites, options.kind, options.seed, options.out)
    print(options.out)


def _train(options: argparse.Namespace) -> None:
    from export.detector import open_sources, read_detector_config, train_detector

    config = read_detector_config(options.recipe)
    training, validation = (open_sources(options.data, options.cache, validation=part) for part in (False, True))
    checkpoint = train_detector(
        config,
        options.folder,
        training,
        validation,
        yunet=options.yunet,
        resume=options.resume,
        threads=options.threads,
    )
    print(checkpoint)


def _evaluate(options: argparse.Namespace) -> None:
    protect([options.checkpoint, options.wild], [options.sheet])

    from export.detector import evaluate_checkpoint

    print(evaluate_checkpoint(options.checkpoint, options.wild, options.size, options.sheet))


def _onnx(options: argparse.Namespace) -> None:
    protect([options.checkpoint], [options.out])

    from export.detector import export_checkpoint

    print(export_checkpoint(options.checkpoint, options.out))


def _weights(options: argparse.Namespace) -> None:
    protect([options.checkpoint], [options.out])

    from export.detector import write_weights

    write_weights(options.checkpoint, options.out)
    print(f"{options.out}: {options.out.stat().st_size} bytes")


def _release(options: argparse.Namespace) -> None:
    from export.detector import release_detector

    print(
        release_detector(
            options.checkpoint,
            WEIGHTS,
            wild=options.wild,
            portraits=options.fairface,
            people=options.people,
            count=options.count,
        )
    )
