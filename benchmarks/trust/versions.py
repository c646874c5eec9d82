"""Oldest and newest versions of Python, numpy, OpenCV and onnxruntime: do they find the same points?

    python -m benchmarks.trust.versions --json versions.json
    python -m benchmarks.trust.versions --rows "of all" --python 3.11    # the two ends, as CI does

Each row gets an environment of its own by uv (extra ``[test]``), in which ``benchmarks.trust.points`` runs; its points
are compared with those of the environment that runs this command. Interpreters are those that uv finds on ``PATH``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.trust.points import ROOT, points_of_pictures
from hatch_build import requirements
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table

TOLERANCE = 0.01
"""Largest distance in pixels between coordinates that are called the same, with OpenCV of the same major version."""

OTHER_OPENCV = 0.2
"""Largest distance in pixels between OpenCV 4 and 5: ``warpAffine`` of OpenCV 4 rounds places to 1/32 pixel."""

TIMEOUT = 600
"""Seconds for the installation and for the points of a row, each."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """An environment that is tried.

    Attributes:
        name: what is old or new in it.
        python: version of the interpreter.
        lowest: install the oldest versions that the runtime's requirements allow, else the newest.
        pins: requirements beside those of the runtime.
        works: whether the combination is supported; one that is not is tried all the same, to show that it fails.
    """

    name: str
    python: str
    lowest: bool = False
    pins: tuple[str, ...] = ()
    works: bool = True


PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")

ROWS = (
    *(VersionRow("oldest of all", python, lowest=True) for python in PYTHONS),
    *(VersionRow("newest of all", python) for python in PYTHONS),
    VersionRow("newest for numpy 1", "3.11", pins=("numpy<2",)),
    VersionRow("onnxruntime 1.18 alone", "3.11", pins=("numpy<2", "onnxruntime<1.19")),
    VersionRow("onnxruntime 1.19", "3.11", pins=("onnxruntime<1.20",)),
    VersionRow("OpenCV 4.8 alone", "3.11", pins=("numpy<2", "opencv-python==4.8.*")),
    VersionRow("OpenCV 4.12", "3.11", pins=("opencv-python==4.12.*",)),
    VersionRow("OpenCV 4.14", "3.11", pins=("opencv-python==4.14.*",)),
    VersionRow("OpenCV 4.8, numpy 2", "3.11", pins=("numpy>=2", "opencv-python==4.8.*"), works=False),
    VersionRow("onnxruntime 1.18, numpy 2", "3.11", pins=("numpy>=2", "onnxruntime<1.19"), works=False),
)


@dataclass(frozen=True, slots=True)
class VersionResult:
    """What came of a row.

    Attributes:
        name, python: of the row; ``python`` is exact where the row ran.
        numpy, opencv, onnxruntime: versions that were installed, empty where nothing ran.
        same_pixels: whether all pictures were decoded to the same pixels.
        faces: found in all pictures by all networks; -1 where nothing ran.
        away: largest distance of a coordinate in pixels, by network; empty where other faces were found.
        problem: why there are no points, or why they cannot be compared; empty if there is none.
        passed: points within the tolerance, or the failure of a combination that is not supported.
    """

    name: str
    python: str
    numpy: str = ""
    opencv: str = ""
    onnxruntime: str = ""
    same_pixels: bool = False
    faces: int = -1
    away: tuple[tuple[str, float], ...] = ()
    problem: str = ""
    passed: bool = False


def distances(expected: dict[str, Any], found: dict[str, Any]) -> tuple[tuple[str, float], ...] | None:
    """Return the largest distance of a coordinate by network, None where the numbers of faces differ."""
    result = []
    for model, pictures in expected["faces"].items():
        largest = 0.0
        for name, faces in pictures.items():
            others = found["faces"][model][name]
            if len(others) != len(faces):
                return None
            if faces:
                largest = max(largest, float(np.abs(np.array(faces) - np.array(others)).max()))
        result.append((model, largest))
    return tuple(result)


def compare(row: VersionRow, expected: dict[str, Any], found: dict[str, Any]) -> VersionResult:
    """Compare the points of an environment with those of this one."""
    machine = found["machine"]
    away = distances(expected, found)
    majors = {each["machine"]["opencv"].partition(".")[0] for each in (expected, found)}
    tolerance = TOLERANCE if len(majors) == 1 else OTHER_OPENCV
    return VersionResult(
        row.name,
        machine["python"],
        machine["numpy"],
        machine["opencv"],
        machine["onnxruntime"],
        same_pixels=found["pictures"] == expected["pictures"],
        faces=sum(len(faces) for pictures in found["faces"].values() for faces in pictures.values()),
        away=away or (),
        problem="" if away else "other faces",
        passed=away is not None and max(value for _, value in away) <= tolerance,
    )


def try_row(row: VersionRow, folder: Path, expected: dict[str, Any]) -> VersionResult:
    """Make the row's environment in a folder, find the points, and compare them."""
    uv = [sys.executable, "-m", "uv"]
    made = _run([*uv, "venv", "--python", row.python, "--no-python-downloads", str(folder)])
    if made.returncode:
        return VersionResult(row.name, row.python, problem=f"no Python {row.python} here")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [*uv, "pip", "install", "--python", str(python), "--only-binary", ":all:"]
    install += ["--resolution", "lowest-direct" if row.lowest else "highest", *requirements(), *row.pins]
    done = _run(install)
    problem = "cannot be installed: "
    if not done.returncode:
        done = _run([str(python), "-m", "benchmarks.trust.points"])
        problem = ""
    if done.returncode:
        # the last line of a traceback names the error
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), f"exit {done.returncode}")
        problem = "does not load, as expected" if not row.works else problem + last.strip()
        return VersionResult(row.name, row.python, problem=problem, passed=not row.works)
    return compare(row, expected, json.loads(done.stdout))


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"longer than {TIMEOUT} seconds")


def version_table(results: Sequence[VersionResult]) -> str:
    """Return a Markdown table of the results."""
    models = next((tuple(model for model, _ in each.away) for each in results if each.away), ())
    header = ["environment", "Python", "numpy", "OpenCV", "onnxruntime", "faces", *(f"{name}, px" for name in models)]
    rows = []
    for each in results:
        cells = [each.name, each.python, each.numpy, each.opencv, each.onnxruntime]
        cells.append(str(each.faces) if each.faces >= 0 else "")
        cells += [f"{value:.3f}" for _, value in each.away] or [""] * len(models)
        rows.append([*cells, outcome(each)])
    return markdown_table([*header, "outcome"], rows)


def outcome(result: VersionResult) -> str:
    """Describe a result in a few words."""
    if result.problem:
        return result.problem
    moved = max(value for _, value in result.away)
    words = "same points" if moved <= TOLERANCE else "within the bound" if result.passed else "points moved"
    return words + ("" if result.same_pixels else ", other pixels")


def main() -> None:
    """Try all rows; exit with 1 if a row failed for which there is an interpreter."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust.versions", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--rows", metavar="TEXT", default="", help="only rows whose name contains TEXT")
    parser.add_argument("--python", choices=PYTHONS, help="only rows of this version of Python")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results, too")
    options = parser.parse_args()
    expected = points_of_pictures()
    results = []
    for row in ROWS:
        if options.rows in row.name and options.python in (None, row.python):
            with tempfile.TemporaryDirectory() as scratch:
                results.append(try_row(row, Path(scratch) / "environment", expected))
            print(f"{row.python} {row.name}: {outcome(results[-1])}", file=sys.stderr, flush=True)
    print(version_table(results))
    print(f"\ncompared with: {this_machine().to_text()}, numpy {np.__version__}")
    if options.json:
        content = {"reference": expected["machine"], "results": [asdict(each) for each in results]}
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    raise SystemExit(any(not each.passed and not each.problem.startswith("no Python") for each in results))


if __name__ == "__main__":
    main()
