"""Results as JSON and CSV files whose names describe the machine and the settings."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.bench.machine import Machine, slug
from runtime.bench.timing import Latency
from runtime.errors import OptionError
from runtime.media.files import write_text


@dataclass(frozen=True, slots=True)
class Row:
    """One measured value.

    Attributes:
        group: ``"stage"``, ``"landmark network"``, ``"detector"``, ``"every frame"``, ``"tracking"``, ``"start-up"``,
            ``"memory"``, ``"CPU share"``, ``"size"`` or ``"agreement"``.
        name: name of the measured quantity.
        model: name of the network; empty where it is the same for all.
        faces, width, height: number of faces and size of the frame; 0 without a frame.
        crops: number of crops in one call of the network; 0 if not applicable.
        unit: unit of the figures: ``"ms"``, ``"%"``, ``"MB"`` or ``"parameters"``.
        value: the figure; the median of repeated measurements.
        p95, best: 95th percentile and minimum; None for a single measurement.
        per_second: frames or calls per second back to back; None if not applicable.
        rounds: number of measurements.
    """

    group: str
    name: str
    model: str = ""
    faces: int = 0
    width: int = 0
    height: int = 0
    crops: int = 0
    unit: str = "ms"
    value: float = 0.0
    p95: float | None = None
    best: float | None = None
    per_second: float | None = None
    rounds: int = 1

    def with_latency(self, latency: Latency) -> Row:
        """Return a copy of the row with these times."""
        return dataclasses.replace(
            self,
            value=round(latency.p50, 4),
            p95=round(latency.p95, 4),
            best=round(latency.best, 4),
            per_second=round(latency.per_second, 2),
            rounds=latency.rounds,
        )


@dataclass(frozen=True, slots=True)
class Results:
    """Results of one run.

    Attributes:
        machine: machine and date.
        device: the device's name in ``Predictor.report``.
        threads: threads inside one operator.
        precision: number format of the arithmetic, for instance ``"float32"``.
        load: load average per CPU when the run began; None where the system does not report it. A value well above 0
            means that the machine was busy.
        rows: the figures.
    """

    machine: Machine
    device: str
    threads: int
    precision: str
    load: float | None
    rows: tuple[Row, ...]

    @property
    def stem(self) -> str:
        """Name of the files, without extension."""
        return file_stem(self.machine, self.device, self.threads, self.precision)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return dataclasses.asdict(self)

    def write(self, folder: Path, prefix: str = "") -> tuple[Path, Path]:
        """Write ``<prefix><stem>.json`` and ``.csv``; return both paths.

        Raises:
            OSError: the folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        whole, table = folder / f"{prefix}{self.stem}.json", folder / f"{prefix}{self.stem}.csv"
        write_text(whole, json.dumps(self.to_dict(), indent=1) + "\n")
        text = io.StringIO()
        writer = csv.DictWriter(text, [item.name for item in dataclasses.fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(dataclasses.asdict(row) for row in self.rows)
        write_text(table, text.getvalue())
        return whole, table

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read results from a JSON file.

        Raises:
            OptionError: the file is not one of results.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            rows = tuple(Row(**row) for row in values.pop("rows"))
            return cls(machine=Machine(**values.pop("machine")), rows=rows, **values)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise OptionError(f"{path}: not results of `landmarks bench` ({error}); measure again") from error

    def find(self, group: str, **wanted: object) -> list[Row]:
        """Return the rows of a group whose attributes have these values."""
        return [
            row
            for row in self.rows
            if row.group == group and all(getattr(row, key) == value for key, value in wanted.items())
        ]


OTHER_PREFIXES = ("baselines_", "targets_", "compare_")
"""Prefixes of other files in the same folder."""


def read_results(folder: Path) -> list[Results]:
    """Read the results of ``landmarks bench`` in a folder, sorted by day, newest first, then by threads.

    Raises:
        OptionError: a file is damaged, or there is none.
    """
    paths = [path for path in sorted(folder.glob("*.json")) if not path.name.startswith(OTHER_PREFIXES)]
    if not paths:
        raise OptionError(f"{folder} has no results; run `landmarks bench --out {folder}`")
    found = sorted((Results.read(path) for path in paths), key=lambda each: each.threads)
    return sorted(found, key=lambda each: each.machine.day, reverse=True)


def written_before(folder: Path) -> list[Path]:
    """Return the results files in a folder, which a new run may replace."""
    return list(folder.glob("*_onnxruntime-*"))


def file_stem(machine: Machine, device: str, threads: int, precision: str) -> str:
    """Return the stem of a results file, such as ``amd-epyc-avx512-2cpu_cpu_1thread_float32_onnxruntime-1.32.0``."""
    count = f"{threads}thread" + ("s" if threads > 1 else "")
    return "_".join([machine.slug, slug(device), count, slug(precision), f"onnxruntime-{machine.onnxruntime}"])
