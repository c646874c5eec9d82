"""Pictures a second of ``annotate``: processes against Ray, one worker against two."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.archives.pictures import make_pictures
from runtime import Predictor
from runtime.archives import ENGINES, annotate
from runtime.bench.markdown import markdown_table
from runtime.optional import import_optional


@dataclass(frozen=True, slots=True)
class Throughput:
    """A run.

    Attributes:
        seconds: of the whole run, with the start of its workers.
        rate: pictures a second from the first shard on that is done.
    """

    seconds: float
    rate: float


def measure_throughput(folder: Path, pictures: int, rounds: int, shard_size: int = 20, side: int = 512) -> str:
    """Annotate the same pictures by each engine with one and two workers, in turn; returns a table of medians.

    Args:
        folder: empty; for pictures and tables.
        pictures: in each run.
        rounds: runs of each kind; those of Ray that do not start on a busy machine are left out.
        shard_size: pictures in a shard.
        side: of the pictures in pixels.
    """
    ray = import_optional("ray", "the comparison", "'edge-landmarks[ray]'")
    make_pictures(folder / "pictures", pictures, side)
    runs: dict[tuple[str, int], list[Throughput]] = defaultdict(list)
    with Predictor() as predictor:
        for number in range(rounds):
            for engine in ENGINES:
                for workers in (1, 2):
                    if engine == "ray" and not _starts(ray, workers):
                        continue
                    out = folder / f"{engine}-{workers}-{number}"
                    runs[engine, workers].append(_run(folder / "pictures", out, predictor, engine, workers, shard_size))
                    if engine == "ray":
                        ray.shutdown()
    rows = [
        (
            engine,
            str(workers),
            str(len(done)),
            f"{median(run.rate for run in done):.1f}",
            f"{median(run.rate for run in done) / median(run.rate for run in runs[engine, 1] or done):.2f}",
            f"{median(run.seconds for run in done):.1f}",
        )
        for (engine, workers), done in sorted(runs.items())
    ]
    return markdown_table(("engine", "workers", "runs", "pictures/s", "against 1 worker", "whole run, s"), rows)


def _starts(ray: Any, workers: int) -> bool:
    """Start Ray on this machine; returns whether it did within the half minute that it gives its processes."""
    try:
        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="error")
    except Exception:  # Ray raises no type of its own
        ray.shutdown()
        return False
    return True


def _run(pictures: Path, out: Path, predictor: Predictor, engine: str, workers: int, shard_size: int) -> Throughput:
    start, seen = time.perf_counter(), list[tuple[float, int]]()

    def note(done: int, total: int) -> None:
        if done:
            seen.append((time.perf_counter(), done))

    annotate(
        pictures,
        out,
        predictor,
        engine="ray" if engine == "ray" else "processes",
        workers=workers if engine == "processes" else None,
        shard_size=shard_size,
        progress=note,
    )
    (first, before), (last, done) = seen[0], seen[-1]
    return Throughput(time.perf_counter() - start, (done - before) / max(last - first, 1e-9))
