"""Commands killed at random moments: are their files whole or absent, and does the next run finish the work?

    python -m benchmarks.trust.kills --kills 200

Every command that writes is started on small inputs and ended by SIGKILL, SIGTERM or SIGINT after a random time. Then
every file under its own name is read to its end, and the command is run once more, undisturbed: its files must be those
of a run that was never killed. What needs pictures or teachers that are not shipped is left out: ``export faces``,
``export detector``, ``export release`` and ``export experiments``, which write through the same functions.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import pyarrow.parquet as parquet
import skimage.data
from safetensors.numpy import load_file
from tqdm import tqdm

from export.annotations import format_pts
from runtime import Predictor
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.media.files import PARTS
from runtime.media.video import VideoSink, VideoSource

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)

PATIENCE = 120.0
"""Seconds that a command may take after SIGTERM or SIGINT before it counts as hung."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that writes.

    Attributes:
        name: for the table.
        arguments: of Python, from ``-m`` on; relative paths are in the folder of the run.
        outputs: files that a whole run leaves, by name or pattern.
        steady: whether a second run gives the same bytes.
        goes_on: a file; where a killed run has left it, the next one is given ``--resume``.
        made_of: the command whose outputs are inputs of this one.
    """

    name: str
    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    steady: bool = True
    goes_on: str = ""
    made_of: str = ""


COMMANDS = (
    Command(
        "landmarks predict",
        (
            *("-m", "runtime", "predict", "photos", "--out", "marked", "--json", "faces.json", "--csv", "faces.csv"),
            *("--parquet", "faces.parquet"),
        ),
        ("marked/*.png", "faces.json", "faces.csv", "faces.parquet"),
    ),
    Command(
        "landmarks video",
        (
            *("-m", "runtime", "video", "clip.avi", "out.avi", "--json", "faces.jsonl", "--csv", "faces.csv"),
            *("--parquet", "faces.parquet"),
        ),
        ("out.avi", "faces.jsonl", "faces.csv", "faces.parquet"),
    ),
    Command(
        "landmarks annotate",
        ("-m", "runtime", "annotate", "photos", "clip.avi", "tables", "--workers", "1", "--shard-size", "1"),
        ("tables/*/*.parquet",),  # the manifest names the folder of the run
    ),
    Command(
        "landmarks bench",
        (
            *("-m", "runtime", "bench", "--models", "trimmed", "--detectors", "blazeface-short", "--faces", "1"),
            *("--rounds", "1", "--out", "bench"),
        ),
        ("bench/*.json", "bench/*.csv", "bench/*.png"),
        steady=False,
    ),
    Command(
        "landmarks compare",
        ("-m", "runtime", "compare", "photos", "--rounds", "1", "--frames", "1", "--out", "compare"),
        ("compare/*.json", "compare/*.csv", "compare/*.png"),
        steady=False,
    ),
    Command("landmarks web --out", ("-m", "runtime", "web", "--out", "site"), ("site/index.html",)),
    Command(
        "landmarks live --record",
        ("-m", "runtime", "live", "--video", "clip.avi", "--fast", "--no-window", "--record", "live.avi"),
        ("live.avi",),
        steady=False,
    ),
    Command(
        "export synthesize",
        ("-m", "export", "synthesize", "--count", "3", "--size", "64", "--workers", "1", "--png", "--out", "set"),
        ("set/*.png", "set/*.pts", "set/labels.npz", "set/README.txt", "set/settings.json"),
    ),
    Command(
        "export train",
        ("-m", "export", "train", "recipe.toml", "--run", "run", "--threads", "1", "--precision", "float32"),
        ("run/checkpoint.safetensors", "run/config.json"),
        goes_on="run/checkpoint.safetensors",
    ),
    Command(
        "export onnx",
        ("-m", "export", "onnx", "--checkpoint", "run/checkpoint.safetensors", "--out", "network.onnx"),
        ("network.onnx",),
        made_of="export train",
    ),
)

RECIPE = """
network = "trimmed"
init = "trimmed"
crops = 8
batch = 2
sets = [{ name = "photos", weight = 1.0, path = "photos" }]
"""


def make_inputs(folder: Path) -> None:
    """Write the pictures, with their points, the video and the recipe that the commands read."""
    picture = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
    (folder / "photos").mkdir(parents=True)
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    with Predictor("trimmed", device="cpu") as predictor:
        for number in range(3):
            moved = np.roll(picture, 9 * number, axis=1)
            cv2.imwrite(str(folder / "photos" / f"{number}.png"), moved)
            [points] = [face.landmarks[:, :2] for face in predictor(moved)]
            (folder / "photos" / f"{number}.pts").write_text(format_pts(points), encoding="ascii")
    with VideoSink(folder / "clip.avi", 30) as sink:
        for number in range(24):
            sink.write(np.ascontiguousarray(picture[:256, 80 + number : 400 + number]))


def check_file(path: Path) -> str | None:
    """Read a file to its end; return what is wrong with it, None if it is whole."""
    try:
        kind = path.suffix
        if kind == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif kind == ".jsonl":
            for line in path.read_text(encoding="utf-8").splitlines():
                json.loads(line)
        elif kind == ".csv":
            lengths = {len(row) for row in csv.reader(path.read_text(encoding="utf-8").splitlines())}
            return None if len(lengths) <= 1 else "rows of different lengths"
        elif kind in (".png", ".jpg"):
            return None if cv2.imread(str(path)) is not None else "not a picture"
        elif kind == ".avi":
            with VideoSource(path) as source:
                return None if len(list(source)) else "no frames"
        elif kind == ".npz":
            with np.load(path) as arrays:
                for name in arrays.files:
                    arrays[name]
        elif kind == ".parquet":
            parquet.read_table(path)
        elif kind == ".safetensors":
            load_file(path)
        elif kind == ".onnx":
            onnx.checker.check_model(onnx.load(path))
        elif not path.stat().st_size:
            return "empty"
    except Exception as error:  # whatever a reader raises, the file is not whole
        return f"{type(error).__name__}: {error}"
    return None


def contents(folder: Path, command: Command) -> dict[str, bytes]:
    """Return the outputs of a command by name."""
    found = sorted(path for pattern in command.outputs for path in folder.glob(pattern))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def start(command: Command, folder: Path, again: bool = False) -> subprocess.Popen[bytes]:
    """Start a command in a folder, with a temporary folder and a home of its own; ``again`` after it was killed."""
    for name in ("tmp", "home"):
        (folder / name).mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "TMPDIR": str(folder / "tmp"),
        "HOME": str(folder / "home"),
        "EDGE_LANDMARKS_CACHE": str(folder / "home" / "cache"),
    }
    resume = ["--resume"] if again and command.goes_on and (folder / command.goes_on).exists() else []
    with (folder / "stderr.txt").open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, *command.arguments, *resume],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )


def copy_inputs(command: Command, scratch: Path, folder: Path) -> Path:
    """Make the folder of a run: the inputs, and what an earlier command has made of them."""
    source = scratch / "whole" / command.made_of if command.made_of else scratch / "inputs"
    return shutil.copytree(source, folder, ignore=shutil.ignore_patterns("tmp", "home", "stderr.txt"))


def faults_after(folder: Path, number: int) -> list[str]:
    """Return what a killed run left wrong: damaged files, and after SIGTERM and SIGINT temporary ones."""
    inputs = {"photos", "clip.avi", "recipe.toml", "stderr.txt", "home", "tmp"}
    faults = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        unfinished = path.match(PARTS)
        if not path.is_file() or relative.parts[0] in inputs - {"home", "tmp"}:
            continue
        if unfinished or relative.parts[0] == "tmp":
            if number != signal.SIGKILL:
                faults.append(f"{relative} is left")
        elif relative.parts[0] != "home" and (fault := check_file(path)):
            faults.append(f"{relative}: {fault}")
    told = (folder / "stderr.txt").read_text(errors="replace")
    if "Traceback" in told and any(f"/{name}/" in told for name in ("runtime", "export")):  # not of Python's own start
        faults.append("a traceback: " + " | ".join(told.splitlines()[-6:]))
    return faults


def kill_commands(
    scratch: Path,
    kills: int,
    seed: int = 0,
    commands: Sequence[Command] = COMMANDS,
    report: Callable[[], object] = lambda: None,
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Kill commands at random moments, in turns; return kills by command and signal, and all faults.

    Args:
        scratch: an empty folder.
        kills: how many.
        seed: of the moments and signals.
        commands: what is run.
        report: called after each kill.
    """
    moments = random.Random(seed)
    make_inputs(scratch / "inputs")
    whole, faults, counts = {}, [], Counter[tuple[str, str]]()
    needed = {command.made_of for command in commands}
    for command in [*(each for each in COMMANDS if each.name in needed and each not in commands), *commands]:
        folder = copy_inputs(command, scratch, scratch / "whole" / command.name)
        began = time.monotonic()
        if code := start(command, folder).wait(600):
            raise RuntimeError(f"{command.name}: ended with {code}: {(folder / 'stderr.txt').read_text()[-500:]}")
        whole[command.name] = contents(folder, command), time.monotonic() - began
    for number in range(kills):
        command = commands[number % len(commands)]
        folder = copy_inputs(command, scratch, scratch / f"run-{number}")
        wanted, seconds = whole[command.name]
        sent = moments.choice(SIGNALS)
        process = start(command, folder)
        time.sleep(moments.uniform(0, seconds))
        process.send_signal(sent)
        label = f"{command.name}, {sent.name}, kill {number}"
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            faults.append(f"{label}: hung")
        counts[command.name, sent.name] += 1
        faults += [f"{label}: {fault}" for fault in faults_after(folder, sent)]
        again = start(command, folder, again=True)
        if code := again.wait(600):
            faults.append(f"{label}: the next run ended with {code}: {(folder / 'stderr.txt').read_text()[-300:]}")
        found = contents(folder, command)
        differ = found.keys() != wanted.keys() or (command.steady and found != wanted)
        if differ:
            names = [name for name in wanted if found.get(name) != wanted[name]]
            faults.append(f"{label}: the next run's files are not those of an undisturbed one: {', '.join(names)}")
        shutil.rmtree(folder)
        report()
    return counts, faults


def main() -> None:
    """Run the campaign; exit with 1 if there are faults."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust.kills", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and signals (default: %(default)s)")
    names = [command.name for command in COMMANDS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="kill these commands instead of all")
    options = parser.parse_args()
    commands = [command for command in COMMANDS if command.name in options.only]
    with tempfile.TemporaryDirectory() as scratch, tqdm(total=options.kills, unit="kill", disable=None) as bar:
        counts, faults = kill_commands(Path(scratch), options.kills, options.seed, commands, bar.update)
    signals = [each.name for each in SIGNALS]
    rows = [[command.name, *(str(counts[command.name, name]) for name in signals)] for command in commands]
    print(markdown_table(["command", *signals], rows))
    print(f"\n{counts.total()} kills, {len(faults)} faults")
    print("\n".join(faults))
    print(this_machine().to_text())
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
