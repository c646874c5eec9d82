"""Resource usage: start-up and memory of a fresh process, and CPU time at a camera's rate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import runtime
from runtime.bench.pipeline import FPS
from runtime.bench.timing import Compute
from runtime.errors import LandmarksError

_SCRIPT = """
import json, sys, time
marks = [(time.perf_counter(), time.process_time())]
def mark():
    marks.append((time.perf_counter(), time.process_time()))
import runtime, cv2
mark()
cv2.setNumThreads(int(sys.argv[3]))
predictor = runtime.Predictor(sys.argv[1], device=sys.argv[2], threads=int(sys.argv[3]))
mark()
from runtime.bench.scenes import frame_with_faces
frame = frame_with_faces(1, 640, 480)
marks.append(marks[-1]); start = time.perf_counter(), time.process_time()
assert predictor(frame)
end = time.perf_counter(), time.process_time()
for _ in range(int(sys.argv[4])):
    predictor(frame)
from runtime.bench.memory import peak_memory
steps = [[b - a for a, b in zip(before, after)] for before, after in zip(marks, marks[1:3])]
steps.append([b - a for a, b in zip(start, end)])
print(json.dumps({"steps": steps, "peak": peak_memory()}))
"""


@dataclass(frozen=True, slots=True)
class StartUp:
    """Start-up time of a fresh process, in seconds, and its memory.

    Attributes:
        importing: wall-clock time of ``import runtime``, with numpy, OpenCV and onnxruntime.
        constructing: wall-clock time of ``Predictor()``.
        first_call: wall-clock time of the first image, 640x480 with one face.
        cpu_importing, cpu_predicting: CPU time of the import, and of the other two.
        peak_bytes: peak resident memory in bytes, after :data:`FRAMES` more images.
    """

    importing: float
    constructing: float
    first_call: float
    cpu_importing: float
    cpu_predicting: float
    peak_bytes: int

    @property
    def total(self) -> float:
        """Wall-clock seconds from the import to the first result."""
        return self.importing + self.constructing + self.first_call

    @property
    def cpu(self) -> float:
        """CPU seconds from the import to the first result."""
        return self.cpu_importing + self.cpu_predicting


FRAMES = 100
"""Number of images after which the memory is read."""


def start_up(model: str = "full", device: str = "auto", threads: int = 1, frames: int = FRAMES) -> StartUp:
    """Measure start-up and memory of the predictor in a fresh Python process.

    Raises:
        LandmarksError: the process failed; the message is the last line of its standard error.
    """
    values = fresh_process(_SCRIPT, model, device, str(threads), str(frames))
    importing, constructing, first_call = (wall for wall, _ in values["steps"])
    cpus = [spent for _, spent in values["steps"]]
    return StartUp(importing, constructing, first_call, cpus[0], cpus[1] + cpus[2], values["peak"])


def fresh_process(script: str, *arguments: str) -> Any:
    """Run a script in a fresh Python process and return its output, parsed as JSON.

    Raises:
        LandmarksError: the process failed; the message is the last line of its standard error.
    """
    top = str(Path(runtime.__file__).parents[1])
    paths = os.pathsep.join(filter(None, [top, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-c", script, *arguments]
    variables = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if done.returncode:
        raise LandmarksError(f"a fresh process failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return json.loads(done.stdout)


@dataclass(frozen=True, slots=True)
class Paced:
    """Load of calls at a camera's rate.

    Attributes:
        cpu_share: CPU time of this process over wall-clock time; 1 is one fully used core.
        late: share of frames that were not finished when the next one was due.
    """

    cpu_share: float
    late: float


def paced(compute: Compute, seconds: float = 3.0, fps: float = FPS) -> Paced:
    """Call a function at a fixed rate, sleeping between the calls, and measure the CPU time of all threads."""
    compute()
    frames = max(1, round(seconds * fps))
    late = 0
    started, cpu = time.perf_counter(), time.process_time()
    for index in range(frames):
        compute()
        left = started + (index + 1) / fps - time.perf_counter()
        if left > 0:
            time.sleep(left)
        else:
            late += 1
    return Paced((time.process_time() - cpu) / (time.perf_counter() - started), late / frames)
