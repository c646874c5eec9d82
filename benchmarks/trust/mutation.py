"""Do the tests notice faults? Each mutant of a module meets the tests of that module.

    python -m benchmarks.trust.mutation --sample 24 --json mutation.json

A mutant is killed if a test fails or outlasts the limit of processor time. Needs ``fork``: faults in functions
are put into collected tests (``benchmarks.trust.collected``); for others a child replaces the module before anything of
the repository is imported, while numpy, OpenCV, onnxruntime and torch are there already.
"""

from __future__ import annotations

import argparse
import csv
import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import math
import os
import random
import signal
import sys
import tempfile
import types
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.trust.collected import LEAST_SECONDS, CollectedTests, in_child
from benchmarks.trust.mutants import Mutant, mutants_of

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.csv")
"""Mutants that no test can or need kill: file, code of the line, change, and the reason."""

OWN = ("runtime", "export", "benchmarks", "tests", "hatch_build")
HEAVY = ("cv2", "onnxruntime", "onnx", "_hypothesis_pytestplugin", "matplotlib", "skimage.io", "scipy.linalg")
"""Imported once, before the children; torch, too, where it is needed."""

PYTEST = "-x -q -p no:cacheprovider -p _hypothesis_pytestplugin --hypothesis-profile=mutation --assert=plain"
"""Options of pytest; without the plugins of other packages, which take seconds to load."""

EXAMPLES = 12
"""Of each hypothesis test, always the same ones; fewer than ``make test`` tries, so that fewer mutants are killed."""

_DETECTION, _LANDMARKS, _TRACKING = "tests/runtime/detection", "tests/runtime/landmarks", "tests/runtime/tracking"
_EVALUATION = "tests/export/evaluation"
_FORMATS = (f"{_DETECTION}/test_formats.py",)

DAY = 86_400
"""Seconds of processor time for all mutants of a module; each has its own limit."""

TARGETS: dict[str, tuple[str, ...]] = {
    "runtime/landmarks/region_of_interest.py": (f"{_LANDMARKS}/test_region_of_interest.py",),
    "runtime/landmarks/aligned_crops.py": (f"{_LANDMARKS}/test_aligned_crops.py",),
    "runtime/landmarks/head_pose.py": (f"{_LANDMARKS}/test_head_pose.py",),
    "runtime/camera/perspective.py": ("tests/runtime/camera/test_perspective.py",),
    "runtime/detection/letterbox.py": (f"{_DETECTION}/test_letterbox.py",),
    "runtime/detection/similarity.py": (
        f"{_LANDMARKS}/test_aligned_crops.py",
        "tests/runtime/pipeline/test_orientation.py",
    ),
    "runtime/detection/matching.py": (f"{_DETECTION}/test_matching.py",),
    "runtime/detection/detection.py": (
        f"{_DETECTION}/test_blazeface.py",
        "tests/runtime/pipeline/test_single_stages.py",
    ),
    "runtime/detection/nms.py": (f"{_DETECTION}/test_nms.py",),
    "runtime/detection/blazeface.py": (f"{_DETECTION}/test_blazeface.py",),
    "runtime/detection/anchor_free.py": _FORMATS,
    "runtime/detection/yunet.py": _FORMATS,
    "runtime/detection/output_format.py": (f"{_DETECTION}/test_formats.py", f"{_DETECTION}/test_blazeface.py"),
    "runtime/tracking/tracker.py": (f"{_TRACKING}/test_tracker.py",),
    "runtime/tracking/track.py": (f"{_TRACKING}/test_track.py", f"{_TRACKING}/test_tracker.py"),
    "runtime/tracking/detector_schedule.py": (f"{_TRACKING}/test_detector_schedule.py", f"{_TRACKING}/test_tracker.py"),
    "runtime/tracking/shot_cuts.py": (f"{_TRACKING}/test_shot_cuts.py",),
    "runtime/tracking/smoothing.py": (f"{_TRACKING}/test_smoothing.py",),
    "runtime/landmarks/openings.py": (f"{_LANDMARKS}/test_openings.py",),
    "runtime/landmarks/eye_baseline.py": (
        f"{_LANDMARKS}/test_eye_baseline.py",
        f"{_LANDMARKS}/test_blinks.py",
        f"{_LANDMARKS}/test_perclos.py",
    ),
    "runtime/landmarks/blinks.py": (f"{_LANDMARKS}/test_blinks.py",),
    "runtime/landmarks/perclos.py": (f"{_LANDMARKS}/test_perclos.py",),
    "runtime/landmarks/pose_history.py": (f"{_LANDMARKS}/test_pose_history.py",),
    "runtime/landmarks/expression.py": (f"{_LANDMARKS}/test_expression.py",),
    "export/evaluation/metrics.py": (f"{_EVALUATION}/test_metrics.py",),
    "export/evaluation/intervals.py": (f"{_EVALUATION}/test_intervals.py",),
    "export/evaluation/recall.py": (f"{_EVALUATION}/test_recall.py",),
    "export/evaluation/depth.py": (f"{_EVALUATION}/test_depth.py",),
    "export/evaluation/head_pose.py": (f"{_EVALUATION}/test_head_pose.py",),
}
"""Modules and the tests that are nearest to them."""


class MutantLoader(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives one module's code in place of its file."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(
        self, fullname: str, path: object, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Claim the module."""
        if fullname != self._name:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=str(self._path))
        spec.has_location = True
        return spec

    def get_source(self, fullname: str) -> str:
        """Return the code with the fault."""
        return self._source


@dataclass(frozen=True, slots=True)
class MutantRun:
    """What came of the tests.

    Attributes:
        status: exit status of pytest (0: all passed), negative where a signal ended it.
        seconds: of processor time.
    """

    status: int
    seconds: float

    @property
    def timed_out(self) -> bool:
        """Whether the limit of time ended it."""
        return self.status in (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL)


def run_tests(tests: Sequence[str], limit: int, mutant: Mutant | None = None) -> MutantRun:
    """Run tests in a child process, with a fault in a module if there is one, until the first fails.

    Args:
        tests: paths in the repository.
        limit: seconds of processor time after which the child is ended; on the clock, ``PATIENCE`` times as many.
        mutant: None runs the module as it is.
    """
    status, seconds = in_child(limit, lambda: _test(tests, mutant))
    return MutantRun(int(status), seconds)


def run_collected(tests: Sequence[str], file: str, mutants: Sequence[Mutant]) -> list[MutantRun | None]:
    """Run tests without a mutant, then against each mutant of a module, importing and collecting only once.

    Returns:
        the run without a mutant, then one for each mutant; None where the module has to be imported anew.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as lines:

        def report(run: list[float] | None) -> None:
            lines.write(json.dumps(run) + "\n")
            lines.flush()

        status, _ = in_child(DAY, lambda: _test(tests, None, lambda: [CollectedTests(ROOT, file, mutants, report)]))
        lines.seek(0)
        runs = [json.loads(line) for line in lines]
    if not runs:
        return [MutantRun(int(status) or 70, 0.0)]
    return [None if run is None else MutantRun(int(run[0]), run[1]) for run in runs]


def _test(tests: Sequence[str], mutant: Mutant | None, plugins: Callable[[], list[object]] = list) -> int:
    """Run pytest in this process, a child; return its exit status."""
    import hypothesis
    import pytest

    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # what fails need not be made small
    hypothesis.settings.register_profile(
        "mutation", max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=phases
    )
    os.chdir(ROOT)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]
    if mutant is not None:
        name = mutant.file.removesuffix(".py").replace("/", ".")
        sys.meta_path.insert(0, MutantLoader(name, ROOT / mutant.file, mutant.source))
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        fixed = ["-o", "addopts=--import-mode=importlib", f"--basetemp={scratch}/tests"]
        return int(pytest.main([*PYTEST.split(), *fixed, *tests], plugins=plugins()))


def chosen(mutants: Sequence[Mutant], sample: int | None, seed: int) -> list[Mutant]:
    """Return a sample of mutants in the order of the file, or all of them."""
    if sample is None or sample >= len(mutants):
        return list(mutants)
    return [mutants[index] for index in sorted(random.Random(seed).sample(range(len(mutants)), sample))]


def read_reasons(path: Path = SURVIVORS) -> dict[tuple[str, str, str], str]:
    """Return why mutants may survive, by file, code and change."""
    with open(path, encoding="utf-8", newline="") as file:
        return {(row["file"], row["code"], row["change"]): row["reason"] for row in csv.DictReader(file)}


@dataclass(slots=True)
class ModuleScore:
    """What the tests of a module noticed.

    Attributes:
        file: path of the module.
        mutants: of which the module has so many.
        tried, killed, timed_out: numbers of mutants; those that ran out of time are killed, too.
        survivors: those that no test noticed.
    """

    file: str
    mutants: int
    tried: int
    killed: int
    timed_out: int
    survivors: list[Mutant]


def score_module(file: str, sample: int | None, seed: int) -> ModuleScore:
    """Run the tests of a module against its mutants.

    Raises:
        RuntimeError: the tests fail without a mutant.
    """
    tests, mutants = TARGETS[file], mutants_of(ROOT, file)
    tried = chosen(mutants, sample, seed)
    plain, *runs = run_collected(tests, file, tried)
    if plain is None or plain.status != 0 or len(runs) != len(tried):
        raise RuntimeError(f"{' '.join(tests)}: the tests fail without a mutant, or pytest ended early ({plain})")
    score = ModuleScore(file, len(mutants), 0, 0, 0, [])
    limit = 2 * LEAST_SECONDS + math.ceil(3 * plain.seconds)  # with the time of imports
    for mutant, collected in zip(tried, runs, strict=True):
        run = collected or run_tests(tests, limit, mutant)
        score.tried += 1
        score.killed += run.status != 0
        score.timed_out += run.timed_out
        if run.status == 0:
            score.survivors.append(mutant)
    return score


def print_scores(scores: Sequence[ModuleScore], sample: int | None, seed: int) -> int:
    """Print a table of modules; return the number of survivors without a reason."""
    from runtime.bench.machine import this_machine
    from runtime.bench.markdown import markdown_table

    reasons = read_reasons()
    rows: list[list[object]] = []
    for each in scores:
        known = [(mutant.file, mutant.code, mutant.change) in reasons for mutant in each.survivors]
        numbers = each.mutants, each.tried, each.killed, known.count(True), known.count(False)
        rows.append([each.file, *numbers])
    totals = [sum(int(str(row[column])) for row in rows) for column in range(1, 6)]
    rows.append(["all", *totals])
    print(markdown_table(["module", "mutants", "tried", "killed", "explained", "unexplained"], rows))
    share = 100 * totals[2] / max(1, totals[1])
    which = f"{sample} of each module, seed {seed}" if sample else "all"
    print(f"\n{share:.1f}% of the tried mutants killed; mutants: {which}; {this_machine().to_text()}")
    return totals[4]


def main() -> None:
    """Print a table of modules and the survivors; exit with 1 if one has no reason in survivors.csv."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust.mutation", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--modules", default="", metavar="TEXT", help="only files whose path contains TEXT")
    parser.add_argument("--sample", type=int, metavar="N", help="mutants of each module, at random (default: all)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results, too")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
    files = [file for file in TARGETS if options.modules in file]
    for name in (*HEAVY, *(["torch"] if any(file.startswith("export") for file in files) else [])):
        importlib.import_module(name)
    gc.freeze()  # children need not look through what was imported
    scores = []
    for file in files:
        try:
            scores.append(score_module(file, options.sample, options.seed))
        except RuntimeError as error:
            raise SystemExit(f"error: {error}") from error
        print(f"{file}: {scores[-1].killed} of {scores[-1].tried} killed", file=sys.stderr, flush=True)
        for mutant in scores[-1].survivors:
            print(f"    {mutant.line}: {mutant.code}  [{mutant.change}]", file=sys.stderr, flush=True)
        if options.json:  # after each module: a run that is stopped loses one
            options.json.write_text(json.dumps([asdict(each) for each in scores], indent=1) + "\n", encoding="utf-8")
    unexplained = print_scores(scores, options.sample, options.seed)
    raise SystemExit(bool(unexplained))


if __name__ == "__main__":
    main()
