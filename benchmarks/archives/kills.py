"""``landmarks annotate`` killed at random moments: is every picture in the tables once?"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as parquet

from benchmarks.archives.pictures import make_pictures

PICTURES, BROKEN, SHARD_SIZE, WORKERS = 120, 5, 2, 2

LONGEST, AFTER_A_SHARD = 4.0, 0.5
"""Seconds after which a run is killed, at most: after its start, and after its first shard."""


@dataclass(frozen=True, slots=True)
class KillReport:
    """What became of an archive whose runs were killed.

    Attributes:
        kills: runs that were killed, by signal 9 to all of their processes.
        archives: that were annotated to their end meanwhile.
        rows: of pictures in them.
        repeated, missing: pictures with several rows, or none.
        different: files that differ from those of a run that was not killed.
        halfway: kills before which some shards were done, and some not.
    """

    kills: int
    archives: int
    rows: int
    repeated: int
    missing: int
    different: int
    halfway: int

    @property
    def passed(self) -> bool:
        """Whether all archives are as if no run had been killed."""
        return not (self.repeated or self.missing or self.different)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.halfway} of them between the first shard and the last; {self.archives} "
            f"archives with {self.rows} rows: {self.repeated} repeated, {self.missing} missing, {self.different} files "
            "differ from those of a run that was not killed"
        )


def kill_runs(folder: Path, kills: int, seed: int = 0) -> KillReport:
    """Kill runs at random moments, resume them, and compare what they leave with a run that was not killed.

    Args:
        folder: empty; for pictures and tables.
        kills: how many.
        seed: of the moments.
    """
    moments = random.Random(seed)
    pictures, whole = folder / "pictures", folder / "whole"
    make_pictures(pictures, PICTURES, side=160, broken=BROKEN)
    _run(pictures, whole).wait()
    done = halfway = archives = repeated = missing = different = rows = 0
    while done < kills:
        out = folder / f"killed-{archives}"
        ended = False
        while not ended:
            process = _run(pictures, out)
            if done % 2:  # two thirds of a run are loading: every other kill waits for that
                _wait_for_a_shard(process, out)
            try:
                process.wait(moments.uniform(0, AFTER_A_SHARD if done % 2 else LONGEST) if done < kills else None)
                ended = True
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                done += 1
                halfway += 0 < len(list(out.glob("images/*.parquet"))) < PICTURES // SHARD_SIZE
        counts = Counter(_names(out))
        rows += counts.total()
        repeated += sum(count > 1 for count in counts.values())
        missing += len(set(_names(whole)) - counts.keys())
        different += sum(each.read_bytes() != _same(each, out, whole).read_bytes() for each in _tables(out))
        different += len(list(_tables(out))) != len(list(_tables(whole)))
        archives += 1
    return KillReport(done, archives, rows, repeated, missing, different, halfway)


def _run(pictures: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "runtime", "annotate", str(pictures), str(out), "--workers", str(WORKERS)]
    command += ["--shard-size", str(SHARD_SIZE)]
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=nowhere, stderr=nowhere, start_new_session=True)


def _wait_for_a_shard(process: subprocess.Popen[bytes], out: Path) -> None:
    before = len(list(out.glob("images/*.parquet")))
    while process.poll() is None and len(list(out.glob("images/*.parquet"))) == before:
        time.sleep(0.02)


def _tables(out: Path) -> Iterator[Path]:
    yield from sorted(out.glob("images/*.parquet"))
    yield from sorted(out.glob("faces/*.parquet"))


def _names(out: Path) -> list[str]:
    tables = [parquet.read_table(path, columns=["image"]) for path in sorted(out.glob("images/*.parquet"))]
    return [name for table in tables for name in table.column("image").to_pylist()]


def _same(path: Path, out: Path, whole: Path) -> Path:
    return whole / path.relative_to(out)
