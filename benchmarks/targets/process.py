"""Targets of a process: start-up, memory, CPU time at a camera's rate; and of the size of the wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.targets.target import Target
from runtime.bench.resources import start_up
from runtime.bench.timing import latency

ROOT = Path(__file__).resolve().parents[2]
STARTS = 5


def measure_process(frames: int, seconds: float) -> list[Target]:
    """Measure the targets of fresh processes.

    Args:
        frames: number of frames over which memory is measured.
        seconds: length of the paced stream.
    """
    start_up(device="cpu")  # fills the file and graph caches
    starts = [start_up(device="cpu") for _ in range(STARTS)]
    cpu, wall = (latency(times).p50 / 1000 for times in zip(*[(item.cpu, item.total) for item in starts], strict=True))
    memory, pace = _fresh("soak", frames), _fresh("paced", seconds)
    peak, growth = memory["late"] / 1e6, (memory["late"] - memory["early"]) / 1e6
    watched = f"one face, {frames} frames, {memory['missed']} without a face"
    late = f"{pace['late']:.1%} of the frames late"
    return [
        Target("import, Predictor() and the first image, CPU time", "<", 0.5, cpu, " s", f"{wall:.2f} s by the clock"),
        Target("wheel", "<", 8, wheel_bytes() / 1e6, " MB"),
        Target("resident memory at most", "<", 150, peak, " MB", watched),
        Target("its growth after a tenth of the frames", "<", 2, growth, " MB", watched),
        Target("CPU at a paced 30 frames/s, of one core", "<", 8, pace["share"] * 100, " %", late),
    ]


def wheel_bytes() -> int:
    """Build the wheel of this checkout and return its size."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, str(ROOT)]
        subprocess.run(command, check=True, capture_output=True)
        return next(Path(folder).glob("*.whl")).stat().st_size


def _fresh(command: str, amount: float) -> dict[str, float]:
    """Run ``benchmarks.targets.fresh`` and return its result."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.targets.fresh", command, str(amount)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]
