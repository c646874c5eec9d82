"""A long stream with faces that come and go: do memory, open files and latency stay as they are?

    python -m benchmarks.trust.soak --frames 1000000

``--record FILE`` keeps each part as it ends, so that a run that is stopped early leaves its figures; ``--seconds``
stops it by itself.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
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
"""How many times those of the second part the figures of the last may be."""


@dataclass(frozen=True, slots=True)
class SoakPart:
    """A part of a run.

    Attributes:
        frames: number of its last frame.
        faces: found in it.
        memory: of the process at its end in MiB.
        handles: open files at its end.
        threads: of Python at its end.
        median, p99: milliseconds of CPU time of a frame, which other work on the machine does not lengthen.
    """

    frames: int
    faces: int
    memory: float
    handles: int
    threads: int
    median: float
    p99: float


def frames(count: int, seed: int = 0) -> Iterator[NDArray[np.uint8]]:
    """Yield pictures (240, 320, 3) uint8 BGR: a noisy wall; a face drifts before it for a while, leaves, returns."""
    random = np.random.default_rng(seed)
    picture = np.ascontiguousarray(skimage.data.astronaut()[40:296:2, 96:352:2, ::-1])
    wall = np.linspace(90, 150, WIDTH)[None, :, None]
    walls = [(wall + random.integers(-3, 4, (HEIGHT, WIDTH, 3))).astype(np.uint8) for _ in range(4)]
    left = 0
    for number in range(count):
        if left == 0:
            left, shown = int(random.integers(10, 90)), bool(random.integers(3))
            x, y = random.uniform(0, WIDTH - FACE), random.uniform(0, HEIGHT - FACE)
            step = random.uniform(-1, 1, 2)
        frame = walls[number % len(walls)].copy()
        if shown:
            x, y = np.clip((x + step[0], y + step[1]), 0, (WIDTH - FACE, HEIGHT - FACE))
            frame[int(y) : int(y) + FACE, int(x) : int(x) + FACE] = picture
        left -= 1
        yield frame


def soak(
    count: int,
    parts: int = 10,
    model: str = "full",
    seconds: float = float("inf"),
    report: Callable[[SoakPart], object] = lambda _: None,
) -> list[SoakPart]:
    """Track faces through a stream; return what was measured in each of its parts.

    Args:
        count: number of frames.
        parts: how many parts of equal length are measured.
        model: name or ONNX file.
        seconds: after which the run stops at the end of a part.
        report: called with each part as it ends.
    """
    done: list[SoakPart] = []
    length = count // parts
    times = np.empty(length)
    faces = 0
    end = time.monotonic() + seconds
    with Predictor(model, device="cpu", threads=1) as predictor:
        tracker = predictor.tracker()
        for number, frame in enumerate(tqdm(frames(count), total=count, unit="frame", disable=None), 1):
            began = time.process_time()
            faces += len(tracker(frame, number / 30).faces)
            times[(number - 1) % length] = 1000 * (time.process_time() - began)
            if number % length == 0:
                gc.collect()
                median, p99 = (float(value) for value in np.percentile(times, (50, 99)))
                done.append(SoakPart(number, faces, memory(), handles(), threading.active_count(), median, p99))
                report(done[-1])
                faces = 0
                if time.monotonic() > end:
                    break
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
    parser.add_argument("--parts", type=int, default=10, metavar="N", help="measured one by one (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="N", help="stop after so long")
    parser.add_argument("--record", type=Path, metavar="FILE", help="append each part as a line of JSON")
    options = parser.parse_args()
    if options.parts < 2 or options.frames < 10 * options.parts:
        parser.error("at least two --parts of ten --frames each are needed")

    def record(part: SoakPart) -> None:
        if options.record is not None:
            with options.record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(part)) + "\n")

    done = soak(options.frames, options.parts, options.model, options.seconds, record)
    if len(done) < 2:
        parser.error("--seconds: two parts are needed to compare")
    head = ["frames", "faces", "memory, MiB", "open files", "threads"]
    head += ["median, ms of CPU", "p99, ms of CPU"]
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
