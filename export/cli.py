"""The training side's command line: ``python -m export COMMAND``."""

from __future__ import annotations

import argparse
import functools
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from export.release.catalogue import MODELS
from export.release.onnx_export import REPOSITORY
from runtime.errors import LandmarksError, OptionError
from runtime.media.files.atomic import write_text
from runtime.media.files.output_guard import refuse_overwriting

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
        "synthesize",
        help="make a data set of synthetic faces",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Make faces of nobody with exact labels: pictures, 300-W annotations (.pts) and a table.\n\n"
        "  python -m export synthesize --count 24 --sheet faces.png                  # have a look first\n"
        "  python -m export synthesize --count 8000 --seed 1 --out runs/synthetic   # a training set\n"
        "  python -m export synthesize --count 1000 --seed 2 --out runs/synthetic-test\n\n"
        "The same seed gives the same faces, byte for byte, whatever --count and --workers are. A stopped run goes on\n"
        "where it was: give the same command again. A larger --count adds to a finished folder. What the columns of\n"
        "labels.npz mean is told by the README.txt that is written beside it. In a training configuration:\n\n"
        '  sets = [{ name = "synthetic", weight = 1.0, path = "runs/synthetic" }]',
    )
    command.add_argument("--count", type=int, required=True, help="how many faces")
    command.add_argument("--seed", type=int, default=0, help="another seed, other faces (default: %(default)s)")
    command.add_argument("--out", type=Path, help="folder for the data set; without it only a --sheet is made")
    command.add_argument("--size", type=int, default=256, help="side of the pictures in pixels (default: %(default)s)")
    command.add_argument("--workers", type=int, help="processes (default: one a core)")
    command.add_argument("--png", action="store_true", help="PNG instead of JPEG: exact pixels, ten times the space")
    command.add_argument("--sheet", type=Path, help="contact sheet of the first 24 faces, every second with its points")
    command.set_defaults(action=_synthesize)

    command = commands.add_parser(
        "motion",
        help="measure jitter and lag of tracked faces, with and without smoothing",
        description="Follow a photograph under camera noise, and rendered heads that turn, sway, talk and blink. "
        "Prints jitter, lag and NME of every frame on its own, tracked and smoothed; writes motion.json and "
        "motion.png. The films are rendered at the first run, about two minutes on one core.",
    )
    command.add_argument("--model", default="full", help="landmark network (default: %(default)s)")
    command.add_argument("--out", type=Path, default=RUNS / "motion", help="folder for films and report")
    command.set_defaults(action=_motion)

    command = commands.add_parser(
        "habit",
        help="measure where 300-W's annotators put points on synthetic faces",
        description="Print by how much each point of the mesh would have to move to be where 300-W's annotators put it "
        "(export/synthesis/landmarks/offsets.csv). With FACES, from the points that a network which has learnt "
        "annotations gives on synthetic faces, against their labels. With --photographs, from what is left: the "
        "annotations of training photographs, against the points of a network that has learnt synthetic faces alone.",
    )
    command.add_argument("faces", type=Path, nargs="?", help="folder that synthesize wrote")
    command.add_argument(
        "--photographs", nargs="+", metavar="SET", help="sets of annotated photographs, such as helen afw, instead"
    )
    command.add_argument("--model", help="network to ask (default: full-research; with --photographs full)")
    command.add_argument("--write", action="store_true", help="replace the table; faces made from then on have it")
    command.set_defaults(action=_habit)

    command = commands.add_parser(
        "depth",
        help="measure how FaceMesh's z differs from the depth of synthetic faces",
        description="Print, for each point, how far FaceMesh's z must move to be right on faces of known depth. "
        "Photographs get their z from FaceMesh, moved by this table (export/data/facemesh_depth.csv).",
    )
    command.add_argument("faces", type=Path, help="folder that synthesize wrote")
    command.add_argument("--write", action="store_true", help="replace the table")
    command.set_defaults(action=_depth)

    command = commands.add_parser(
        "mean-head",
        help="print the mean head of synthetic faces, which poses are found with",
        description="Print the rigid points of the mean head, in the distance of the outer eye corners: MEAN_HEAD of "
        "runtime/landmarks/head_pose.py.",
    )
    command.add_argument("faces", type=Path, help="folder that synthesize wrote")
    command.set_defaults(action=_mean_head)

    command = commands.add_parser(
        "train",
        help="train a network",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Train a network; hours on two cores. Ctrl-C and --resume lose nothing but the last minutes.\n\n"
        "  python -m export train export/training/recipes/full.toml\n"
        "  python -m export train export/training/recipes/trimmed.toml      # learns from runs/full\n\n"
        "Photographs are found through LANDMARKS_DATA, a folder with helen/train, afw/train, youtube/train.",
    )
    command.add_argument(
        "config", type=Path, help="TOML file; export/training/recipes/*.toml made the shipped networks"
    )
    command.add_argument("--run", type=Path, help="folder of the run (default: runs/NAME of the config)")
    command.add_argument(
        "--resume", action="store_true", help="go on from the run's checkpoint; another configuration is refused"
    )
    command.add_argument("--threads", type=int, help="torch threads (default: torch's own choice)")
    _add_compute(command)
    command.set_defaults(action=_train)

    command = commands.add_parser(
        "onnx",
        help="export trained networks to weights/, measured, with cards and manifest",
        description="Export every model whose run is there (RUNS/NAME/checkpoint.pt) to weights/, measured on the test "
        "photographs and on synthetic faces, with model card and manifest. Models: " + ", ".join(MODELS) + ". What a "
        "model has learnt from is read from its checkpoint and from those it goes back to; an open one that has learnt "
        "from photographs is refused.",
    )
    command.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default: %(default)s)")
    command.add_argument("--only", choices=tuple(MODELS), help="one model instead of all that have a run")
    command.add_argument(
        "--synthetic",
        type=Path,
        default=RUNS / "synthetic-test",
        help="folder of synthetic test faces, made by synthesize --count 1000 --seed 2 (default: %(default)s)",
    )
    command.set_defaults(action=_onnx)

    command = commands.add_parser(
        "detector", help="convert BlazeFace to weights/blazeface-*.onnx, with measured recall, cards and manifest"
    )
    command.set_defaults(action=_detector)

    command = commands.add_parser("evaluate", help="accuracy of the shipped networks, alone and in the whole chain")
    command.add_argument("models", nargs="*", help="names or ONNX files (default: all that are shipped)")
    command.add_argument("--figures", type=Path, help="folder for the error curves")
    command.add_argument("--json", type=Path, help="write the numbers to this file")
    command.add_argument(
        "--synthetic",
        type=Path,
        metavar="FOLDER",
        help="synthetic test faces (synthesize --count 1000 --seed 2), for depth, head pose and errors by group",
    )
    command.set_defaults(action=_evaluate)

    command = commands.add_parser(
        "experiments",
        help="train and measure the rows of the study's tables",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Train the rows of the study's tables from scratch and report them beside its numbers.\n\n"
        "  python -m export synthesize --count 8000 --seed 1 --out runs/synthetic\n"
        "  python -m export synthesize --count 1000 --seed 2 --out runs/synthetic-test\n"
        "  python -m export experiments --jobs 2 --seeds 0 1 2      # a day or two on two cores\n"
        "  python -m export experiments --report                    # tables and figures of what is finished\n\n"
        "Rows are export/experiments/*.toml. Each run has its folder ROW-SEED; finished ones are skipped, a stopped\n"
        "one goes on: give the same command again.",
    )
    command.add_argument("--rows", nargs="+", metavar="ROW", help="some rows instead of all")
    command.add_argument("--seeds", type=int, nargs="+", default=[0], help="seeds of each row (default: 0)")
    command.add_argument("--crops", type=int, help="training crops of every row (default: the files')")
    command.add_argument("--jobs", type=int, default=1, help="rows trained side by side (default: %(default)s)")
    command.add_argument("--threads", type=int, default=1, help="torch threads of each (default: %(default)s)")
    _add_compute(command)
    command.add_argument("--synthetic", type=Path, help="folder of synthetic training faces (default: the files')")
    command.add_argument("--synthetic-test", type=Path, default=RUNS / "synthetic-test", help="of test faces")
    command.add_argument("--runs", type=Path, default=RUNS / "experiments", help="folder of the runs")
    command.add_argument("--out", type=Path, help="folder of the report (default: RUNS/report)")
    command.add_argument("--report", action="store_true", help="train nothing, report what is finished")
    command.set_defaults(action=_experiments)

    command = commands.add_parser("recall", help="recall of the shipped detectors on the test photographs")
    command.add_argument("--detector", default="blazeface-back", help="name of a shipped one (default: %(default)s)")
    command.add_argument("--input-size", type=int, help="side of the network's input (default: the file's own)")
    command.add_argument("--min-score", type=float, nargs="+", default=[0.5], help="thresholds (default: 0.5)")
    command.set_defaults(action=_recall)

    command.add_argument(
        "--sizes", action="store_true", help="recall by the size of the face in the input instead, on train folders"
    )

    command = commands.add_parser(
        "confidence",
        help="which confidence tells faces from other things, for Predictor(min_confidence=)",
        description="Print, for each landmark network, which share of faces, of faces cut off by the picture's edge, "
        "and of things that the detector takes for faces passes each confidence, on training photographs and pictures "
        "without people; the default that follows from it; and which order of faces puts the annotated one first. "
        "Two minutes on one core.",
    )
    command.add_argument("models", nargs="*", help="landmark networks (default: all that are shipped)")
    command.set_defaults(action=_confidence)

    command = commands.add_parser(
        "rotation",
        help="how faces are found that lie on their side or are upside down",
        description="Turn annotated photographs by every angle and print how often the points are right, confidently "
        "wrong, or missed, and what it costs on upright photographs; some minutes for each hundred photographs.",
    )
    command.add_argument("models", nargs="*", help="landmark networks (default: all that are shipped)")
    command.add_argument(
        "--photographs",
        nargs="+",
        metavar="FOLDER",
        default=["helen/test", "afw/test"],
        help="folders of annotated photographs (default: helen/test afw/test)",
    )
    command.add_argument("--count", type=int, help="so many of each folder, evenly spread (default: all)")
    command.add_argument("--step", type=int, default=15, help="degrees from angle to angle (default: %(default)s)")
    command.add_argument(
        "--border", choices=("black", "replicated"), default="black", help="around the picture (default: %(default)s)"
    )
    command.add_argument("--figure", type=Path, help="write a plot of the right faces over the angle")
    command.set_defaults(action=_rotation)

    command = commands.add_parser("readme", help="fill in the tables of models in README.md and docs/accuracy.md")
    command.set_defaults(action=_readme)

    command = commands.add_parser("picture", help="draw the README's picture, docs/astronaut.jpg")
    command.set_defaults(action=_picture)

    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        refuse_overwriting(_read(options), _written(options))
        options.action(options)
    except OptionError as error:
        print(f"python -m export {options.command}: {error}", file=sys.stderr)
        return 2
    except (LandmarksError, OSError, ValueError, RuntimeError) as error:
        print(f"python -m export {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; what was finished is kept", file=sys.stderr)
        return 130
    return 0


def _read(options: argparse.Namespace) -> Iterator[Path]:
    """The files that a command reads."""
    named = vars(options)
    yield from WEIGHTS.iterdir()
    yield from (Path(name) for name in (*named.get("models", ()), named.get("model"), named.get("config")) if name)
    folders = [named.get(name) for name in ("faces", "synthetic", "synthetic_test")]
    if options.command in ("evaluate", "rotation"):
        from export.data.annotations import data_root

        folders.extend(data_root() / name for name in named.get("photographs", ("helen/test", "afw/test")))
    for folder in filter(None, folders):
        yield from folder.rglob("*")


def _written(options: argparse.Namespace) -> Iterator[Path]:
    """The files outside weights/ and export/ that a command writes."""
    named = vars(options)
    yield from (named[name] for name in ("json", "sheet", "figure") if named.get(name))
    folder = named.get("run") or named.get("out") or named.get("figures")
    names = {
        "train": ("config.json", "compute.json", "checkpoint.pt", "curve.csv"),
        "motion": ("motion.json", "motion.png"),
        "evaluate": ("ced.png",),
        "synthesize": ("labels.npz", "settings.json", "README.txt"),
        "experiments": ("report.md", "results.csv", "results.json"),
    }
    if folder:
        yield from (folder / name for name in names.get(options.command, ()))


def _add_compute(command: argparse.ArgumentParser) -> None:
    """Options for where and how a network is trained."""
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


def _networks(_: argparse.Namespace) -> None:
    from export.networks.landmark_network import CONFIGS, build, layer_table

    for name in CONFIGS:
        rows = layer_table(build(name))
        print(f"{name}\n{'layer':<30}{'kind':<14}{'output':<18}{'parameters':>11}{'multiply-adds':>15}")
        for row in rows:
            shape = "x".join(str(side) for side in row.shape)
            print(f"{row.name:<30}{row.kind:<14}{shape:<18}{row.parameters:>11,}{row.multiply_adds:>15,}")
        parameters, work = (sum(getattr(row, key) for row in rows) for key in ("parameters", "multiply_adds"))
        print(f"{name}: {len(rows)} layers, {parameters:,} parameters, {work / 1e6:.1f} million multiply-adds\n")


def _synthesize(options: argparse.Namespace) -> None:
    from export.synthesis.dataset.contact_sheet import TILES, read_faces, sample_faces, write_sheet
    from export.synthesis.dataset.dataset import write_dataset
    from export.synthesis.scene import Generator

    if not options.out and not options.sheet:
        raise ValueError("nothing to write: give --out, --sheet or both")
    factory = functools.partial(Generator, options.size)
    if options.out:
        picture_format = "png" if options.png else "jpg"
        print(write_dataset(factory, options.count, options.seed, options.out, options.workers, picture_format))
    if options.sheet:
        shown = min(options.count, TILES)
        faces = read_faces(options.out, shown) if options.out else sample_faces(factory(), options.seed, shown)
        write_sheet(options.sheet, faces)
        print(options.sheet)


def _motion(options: argparse.Namespace) -> None:
    from export.motion.measure import follow, rows
    from export.motion.report import draw, format_table, write_json
    from runtime import Predictor

    options.out.mkdir(parents=True, exist_ok=True)
    with Predictor(options.model, device="cpu") as predictor:
        tracks = follow(predictor, options.out)
    table = [row for track in tracks for row in rows(track)]
    print(format_table(table))
    write_json(options.out / "motion.json", options.model, table)
    draw(options.out / "motion.png", tracks)
    print(options.out / "motion.png")


def _habit(options: argparse.Namespace) -> None:
    from export.calibration.annotator_offsets import OFFSETS, format_offsets, measure_habit, measure_remainder
    from export.data.photographs import split
    from runtime.engine.model_registry import load_model
    from runtime.pipeline.loading import open_landmarker

    if (options.faces is None) == (options.photographs is None):
        raise ValueError("give either a folder of synthetic faces or --photographs")
    model = options.model or ("full-research" if options.faces else "full")
    landmarker = open_landmarker(load_model(model, "landmarks"), "cpu")[0]
    if options.faces:
        offsets = measure_habit(options.faces, landmarker)
    else:
        samples = [sample for name in options.photographs for sample in split(name)[0]]
        offsets = measure_remainder(samples, landmarker)
    table = format_offsets(offsets)
    print(table, end="")
    if options.write:
        write_text(OFFSETS, table)


def _depth(options: argparse.Namespace) -> None:
    from export.data.facemesh_depth import TABLE, format_shifts, measure_shifts
    from export.pretrained.facemesh import load_facemesh

    table = format_shifts(measure_shifts(options.faces, load_facemesh()))
    print(table, end="")
    if options.write:
        write_text(TABLE, table)


def _mean_head(options: argparse.Namespace) -> None:
    from export.calibration.mean_head import mean_head

    for x, y, z in mean_head(options.faces):
        print(f"[{x:.3f}, {y:.3f}, {z:.3f}],")


def _train(options: argparse.Namespace) -> None:
    from export.training.configuration import read_config
    from export.training.loop import train

    run = options.run or RUNS / options.config.stem
    config = read_config(options.config)
    print(train(config, run, options.resume, options.threads, options.device, options.precision))


def _onnx(options: argparse.Namespace) -> None:
    from export.release.publish import checkpoint_of, release

    models = [MODELS[options.only]] if options.only else list(MODELS.values())
    there = [model for model in models if checkpoint_of(model, options.runs).is_file()]
    for path in release(there or models, options.runs, options.synthetic, WEIGHTS):
        print(path)
    if missing := [model.name for model in models if model not in there]:
        print(f"no run in {options.runs}, left out: {', '.join(missing)}")


def _detector(_: argparse.Namespace) -> None:
    from export.release.publish import release_detectors

    release_detectors(WEIGHTS)


def _evaluate(options: argparse.Namespace) -> None:
    from export.evaluation.report import evaluate

    print(evaluate(options.models, options.figures, options.json, options.synthetic))


def _experiments(options: argparse.Namespace) -> None:
    from export.experiments.results import collect, write_report
    from export.experiments.rows import ROWS, read_rows
    from export.experiments.running import run_rows

    rows = read_rows(options.rows or ROWS, options.crops, options.synthetic)
    if not options.report:
        compute = options.threads, options.device, options.precision
        run_rows(rows, options.seeds, options.runs, options.synthetic_test, options.jobs, *compute)
    print(write_report(collect(rows, options.seeds, options.runs), options.out or options.runs / "report"))


def _recall(options: argparse.Namespace) -> None:
    from export.data.annotations import data_root
    from export.evaluation.recall import recall_table, size_table
    from runtime.engine.model_registry import load_model

    folders = [data_root() / name / "test" for name in ("helen", "afw")]
    if options.sizes:
        folders = [data_root() / name / "train" for name in ("helen", "afw")]
        print(size_table(options.detector, folders, options.input_size))
        return
    model = load_model(options.detector, "detector").path
    print(recall_table(model, folders, options.min_score, options.input_size))


def _confidence(options: argparse.Namespace) -> None:
    from export.calibration.min_confidence import first_faces, measure
    from export.data.annotations import data_root, list_samples
    from runtime.engine.model_registry import list_models

    helen, afw = (list_samples(data_root() / name / "train") for name in ("helen", "afw"))
    models = options.models or [entry.name for entry in list_models() if entry.role == "landmarks"]
    print(measure(models, helen[::3] + afw))
    print(first_faces(helen + afw))


def _rotation(options: argparse.Namespace) -> None:
    from export.data.annotations import data_root, list_samples
    from export.evaluation.rotation import draw, measure_cost, measure_rotation, open_networks, report

    samples = []
    for folder in options.photographs:
        found = list_samples(data_root() / folder)
        count = min(options.count or len(found), len(found))
        samples += [found[index * len(found) // count] for index in range(count)]
    models = options.models or list(MODELS)
    chains = open_networks(models)
    outcomes = measure_rotation(chains, samples, options.step, options.border)
    print(report(outcomes), end="\n\n", flush=True)
    for name in models:
        print(measure_cost(name, chains[name], samples), flush=True)
    if options.figure:
        draw(outcomes, options.figure)
        print(options.figure)


def _readme(_: argparse.Namespace) -> None:
    from export.release.model_tables import update_tables

    for path in update_tables(REPOSITORY, WEIGHTS):
        print(path)


def _picture(_: argparse.Namespace) -> None:
    from export.release.picture import draw_picture

    draw_picture(REPOSITORY / "docs" / "astronaut.jpg")
