"""A long stream with faces that come and go: do memory, open files and latency stay as they are?

python -m benchmarks.trust.soak --frames 1000000
"""

from __future__ import annotations

import argparse
import gc
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from tqdm import tqdm

from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.predictor import Predictor

WIDTH, HEIGHT, FACE = 320, 240, 128
MOST_GROWTH = {"memory": 1.1, "handles": 1.0, "threads": 1.0, "median": 1.5}
"""How many times those of the second part the figures of the last may be; latency varies with what else runs."""


@dataclass(frozen=True, slots=True)
class SoakPart:
    """A part of a run.

    Attributes:
        frames: number of its last frame.
        faces: found in it.
        memory: of the process at its end in MiB.
        handles: open files at its end.
        threads: of Python at its end.
        median, p99: milliseconds of a frame.
    """

    frames: int
    faces: int
    memory: float
    handles: int
    threads: int
    median: float
    p99: float


def frames(count: int, seed: int = 0) -> Iterator[NDArray[np.uint8]]:
    """Yield pictures (240, 320, 3) uint8 BGR: noise, in which a face drifts for a while, leaves, and returns."""
    random = np.random.default_rng(seed)
    picture = np.ascontiguousarray(skimage.data.astronaut()[40:296:2, 96:352:2, ::-1])
    noise = [random.integers(90, 150, (HEIGHT, WIDTH, 3)).astype(np.uint8) for _ in range(4)]
    left = 0
    for number in range(count):
        if left == 0:
            left, shown = int(random.integers(10, 90)), bool(random.integers(3))
            x, y = random.uniform(0, WIDTH - FACE), random.uniform(0, HEIGHT - FACE)
            step = random.uniform(-1, 1, 2)
        frame = noise[number % len(noise)].copy()
        if shown:
            x, y = np.clip((x + step[0], y + step[1]), 0, (WIDTH - FACE, HEIGHT - FACE))
            frame[int(y) : int(y) + FACE, int(x) : int(x) + FACE] = picture
        left -= 1
        yield frame


def soak(count: int, parts: int = 10, model: str = "full") -> list[SoakPart]:
    """Track faces through a stream; return what was measured in each of its parts."""
    done: list[SoakPart] = []
    times: list[float] = []
    faces = 0
    with Predictor(model, device="cpu", threads=1) as predictor:
        tracker = predictor.tracker()
        for number, frame in enumerate(tqdm(frames(count), total=count, unit="frame", disable=None), 1):
            began = time.perf_counter()
            faces += len(tracker(frame, number / 30).faces)
            times.append(1000 * (time.perf_counter() - began))
            if number % (count // parts) == 0:
                gc.collect()
                median, p99 = np.percentile(times, (50, 99))
                done.append(SoakPart(number, faces, memory(), handles(), threading.active_count(), median, p99))
                times, faces = [], 0
    return done


def memory() -> float:
    """Return the resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def handles() -> int:
    """Return the number of open files of this process."""
    return len(os.listdir("/proc/self/fd"))


def growing(done: list[SoakPart]) -> list[str]:
    """Return what has grown from the second part, when everything is loaded, to the last."""
    first, last = done[1], done[-1]
    return [name for name, most in MOST_GROWTH.items() if getattr(last, name) > most * getattr(first, name)]


def main() -> None:
    """Run the stream; exit with 1 if something grew."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust.soak", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--frames", type=int, default=2000, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--model", default="full", help="name or ONNX file (default: %(default)s)")
    options = parser.parse_args()
    if options.frames < 100:
        parser.error("--frames: at least 100 are needed")
    done = soak(options.frames, model=options.model)
    head = ["frames", "faces", "memory, MiB", "open files", "threads", "median, ms", "p99, ms"]
    rows = [
        [f"{part.frames}", f"{part.faces}", f"{part.memory:.1f}", f"{part.handles}", f"{part.threads}"]
        + [f"{part.median:.2f}", f"{part.p99:.2f}"]
        for part in done
    ]
    print(markdown_table(head, rows))
    grown = growing(done)
    print(f"\ngrown: {', '.join(grown) or 'nothing'}\n{this_machine().to_text()}")
    raise SystemExit(bool(grown))


if __name__ == "__main__":
    main()
