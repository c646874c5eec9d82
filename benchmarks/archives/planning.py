"""What an archive of many pictures costs: measured on a few, multiplied."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import cv2

from benchmarks.archives.pictures import make_pictures
from runtime import Predictor, read_image
from runtime.archives import annotate, list_entries
from runtime.bench.markdown import markdown_table
from runtime.media.files import write_bytes

SIDES = (512, 1024, 2048)
WORKERS = (16, 64, 256, 1024)
SHARD_SIZES = (1_000, 10_000, 50_000)


@dataclass(frozen=True, slots=True)
class Costs:
    """Measured on this machine.

    Attributes:
        seconds: of CPU time for one picture with one face, by its side in pixels: reading, decoding, networks.
        bytes: of a picture's file, by its side.
        row_bytes: that a picture with one face takes in both tables.
        commit_seconds: for writing a shard to the disk, by its pictures.
        list_seconds: of CPU time for one line of a list of sources.
    """

    seconds: dict[int, float]
    bytes: dict[int, float]
    row_bytes: float
    commit_seconds: dict[int, float]
    list_seconds: float


def measure_costs(folder: Path, pictures: int = 40, lines: int = 200_000) -> Costs:
    """Measure.

    Args:
        folder: empty; for pictures and tables.
        pictures: of each size.
        lines: of the list.
    """
    cv2.setNumThreads(1)
    seconds, sizes, commits = {}, {}, {}
    with Predictor() as predictor:
        for side in SIDES:
            make_pictures(folder / str(side), pictures, side)
            paths = sorted((folder / str(side)).iterdir())
            predictor(read_image(paths[0]))
            start = time.process_time()
            for path in paths:
                predictor(read_image(path))
            seconds[side] = (time.process_time() - start) / pictures
            sizes[side] = sum(map(os.path.getsize, paths)) / pictures
        rows = 10 * pictures
        make_pictures(folder / "small", rows, 160)
        annotate(folder / "small", folder / "out", predictor, workers=1)
    tables = [path for name in ("images", "faces") for path in (folder / "out" / name).iterdir()]
    row_bytes = sum(map(os.path.getsize, tables)) / rows
    for size in SHARD_SIZES:
        content = os.urandom(round(size * row_bytes))
        start = time.perf_counter()
        write_bytes(folder / "faces", content)
        write_bytes(folder / "images", content[: 30 * size])
        commits[size] = time.perf_counter() - start
    names = (f"archive/{number // 1000:06}/{number * 7919 % 10**9:09}.jpg\n" for number in range(lines))
    (folder / "list.txt").write_text("".join(names))
    start = time.process_time()
    listed = sum(entry.pictures for entry in list_entries([str(folder / "list.txt")]))
    return Costs(seconds, sizes, row_bytes, commits, (time.process_time() - start) / listed)


def plan_tables(costs: Costs, pictures: int, price: float) -> str:
    """Return tables of time, money and files.

    Args:
        costs: as measured.
        pictures: of the archive, with one face each.
        price: of a CPU for an hour, in any currency.
    """
    rows = []
    for side, seconds in costs.seconds.items():
        hours, read = pictures * seconds / 3600, costs.bytes[side]
        days = [f"{hours / workers / 24:.1f}" for workers in WORKERS]
        name = f"{side}x{side}, {read / 1000:.0f} kB"
        speed = f"{read / seconds / 1e6:.1f}"
        rows.append((name, f"{1000 * seconds:.1f}", f"{hours:,.0f}", f"{hours * price:,.0f}", *days, speed))
    columns = [f"days, {workers} CPUs" for workers in WORKERS]
    time_table = markdown_table(("picture", "ms", "CPU hours", "price", *columns, "MB/s read by a CPU"), rows)
    rows = []
    for size, commit in costs.commit_seconds.items():
        busy = size * costs.seconds[SIDES[1]]
        files, megabytes = f"{2 * pictures / size:,.0f}", f"{size * costs.row_bytes / 1e6:.1f}"
        rows.append(
            (f"{size:,}", files, megabytes, f"{busy / 60:.1f}", f"{1000 * commit:.0f}", f"{busy / commit:,.0f}")
        )
    head = ("shard", "files", "MB", "minutes of a CPU", "ms to write", "CPUs that one writer serves")
    shard_table = markdown_table(head, rows)
    rows = [
        ("tables, GB", f"{pictures * costs.row_bytes / 1e9:.0f}"),
        ("minutes to read a list of sources", f"{pictures * costs.list_seconds / 60:.0f}"),
    ]
    return "\n\n".join((time_table, shard_table, markdown_table(("in all", ""), rows)))
