"""What an archive of many pictures costs: measured on a few, multiplied."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.archives.pictures import make_pictures
from runtime import Predictor
from runtime.archives import Entry, list_entries
from runtime.archives.jobs import ImageJob
from runtime.archives.plan import make_plan
from runtime.bench.markdown import markdown_table
from runtime.media.files import write_bytes

T = TypeVar("T")

SIDES = (512, 1024, 2048)
SHARD = 5
"""Times that the pictures are repeated in the shard whose writing is measured."""

WORKERS = (16, 64, 256, 1024)
SHARD_SIZES = (1_000, 10_000, 50_000)


@dataclass(frozen=True, slots=True)
class Costs:
    """Measured on this machine.

    Attributes:
        seconds: of one picture with one face on one CPU, by its side in pixels: reading, decoding, networks.
        bytes: of a picture's file, by its side.
        row_bytes: that a picture with one face takes in both tables.
        commit_seconds, commit_bytes: for writing one shard, and its size.
        list_seconds: for planning one picture of a list.
        plan_bytes: of the plan, for one picture.
    """

    seconds: dict[int, float]
    bytes: dict[int, float]
    row_bytes: float
    commit_seconds: float
    commit_bytes: float
    list_seconds: float
    plan_bytes: float


def measure_costs(folder: Path, pictures: int = 40, listed: int = 200_000) -> Costs:
    """Measure.

    Args:
        folder: empty; for pictures and tables.
        pictures: of each size.
        listed: lines of the list that is planned.
    """
    seconds, sizes = {}, {}
    with Predictor() as predictor:
        for side in SIDES:
            make_pictures(folder / str(side), pictures, side)
            entries = tuple(list_entries([str(folder / str(side))]))
            job = ImageJob(0, "", entries, None)
            job.run(predictor, lambda item: None)
            seconds[side], _ = _timed(lambda job=job: job.run(predictor, lambda item: None))  # type: ignore[misc]
            seconds[side] /= pictures
            sizes[side] = sum(os.path.getsize(entry.path) for entry in entries) / pictures
        many = ImageJob(0, "", tuple(list_entries([str(folder / str(SIDES[0]))])) * SHARD, None)
        output = many.run(predictor, lambda item: None)
    (folder / "out" / "faces").mkdir(parents=True)
    (folder / "out" / "images").mkdir()

    def commit() -> None:
        for name, content in output.files:
            write_bytes(folder / "out" / name, content)

    commit_seconds, _ = _timed(commit)
    commit_bytes = sum(len(content) for _, content in output.files)

    def paths() -> Iterator[Entry]:
        for number in range(listed):
            yield Entry(f"archive/{number // 1000:06}/{number * 7919 % 10**9:09}.jpg")

    plan = folder / "plan"
    plan.mkdir()
    list_seconds, _ = _timed(lambda: make_plan(plan, paths(), {}, 10_000))
    plan_bytes = sum(path.stat().st_size for path in plan.rglob("*.parquet"))
    return Costs(
        seconds,
        sizes,
        commit_bytes / (SHARD * pictures),
        commit_seconds,
        commit_bytes,
        list_seconds / listed,
        plan_bytes / listed,
    )


def plan_tables(costs: Costs, pictures: int, price: float) -> str:
    """Return tables of time, money and files.

    Args:
        costs: as measured.
        pictures: of the archive, with one face each.
        price: of a CPU for an hour, in any currency.
    """
    parts = []
    rows = []
    for side, seconds in costs.seconds.items():
        hours = pictures * seconds / 3600
        days = [f"{hours / workers / 24:.1f}" for workers in WORKERS]
        read = costs.bytes[side]
        rows.append(
            (
                f"{side}x{side}, {read / 1000:.0f} kB",
                f"{1000 * seconds:.1f}",
                f"{hours:,.0f}",
                f"{hours * price:,.0f}",
                *days,
                f"{read / seconds / 1e6:.1f}",
            )
        )
    columns = [f"days, {workers} CPUs" for workers in WORKERS]
    parts.append(markdown_table(("picture", "ms", "CPU hours", "price", *columns, "MB/s read by a CPU"), rows))
    side = SIDES[1]
    rows = []
    for size in SHARD_SIZES:
        shard_bytes, busy = size * costs.row_bytes, size * costs.seconds[side]
        # writing a shard takes the time of its files, and that of its bytes
        commit = max(costs.commit_seconds, costs.commit_seconds * shard_bytes / costs.commit_bytes)
        rows.append(
            (
                f"{size:,}",
                f"{2 * pictures / size:,.0f}",
                f"{shard_bytes / 1e6:.1f}",
                f"{busy / 60:.1f}",
                f"{1000 * commit:.0f}",
                f"{busy / commit:,.0f}",
            )
        )
    head = ("shard", "files", "MB", "minutes of a CPU", "ms to write", "workers that one writer serves")
    parts.append(markdown_table(head, rows))
    rows = [
        ("tables, GB", f"{pictures * costs.row_bytes / 1e9:.0f}"),
        ("plan, GB", f"{pictures * costs.plan_bytes / 1e9:.2f}"),
        ("minutes to plan a list, and to check it at each resumption", f"{pictures * costs.list_seconds / 60:.0f}"),
    ]
    parts.append(markdown_table(("in all", ""), rows))
    return "\n\n".join(parts)


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result
