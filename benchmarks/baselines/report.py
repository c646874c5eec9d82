"""The comparison as a Markdown table, JSON and CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.baselines.measure import ContenderResult
from runtime.bench.machine import Machine, this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.results import file_stem
from runtime.media.files import replacing, write_text

SCHEDULES = {
    "every frame": "in every frame",
    "when lost": "when the face is lost",
    "twice a second": "twice a second",
}


def time_over_ours(outcome: ContenderResult, outcomes: Sequence[ContenderResult]) -> float | None:
    """Return CPU time over that of the reference row ``Contender.against``; None if that was not measured."""
    ours = {item.contender.key: item for item in outcomes}.get(outcome.contender.against)
    return None if ours is None else outcome.times.cpu.period / ours.times.cpu.period


def table(outcomes: Sequence[ContenderResult]) -> str:
    """Return a Markdown table with a row for each pipeline, and notes under it."""
    sets = list(dict.fromkeys(name for item in outcomes for name in item.accuracy))
    header = ["pipeline", "detector runs", "frames/s", "ms, p50", "ms, p95", "CPU ms", "CPU over ours"]
    header += [title for name in sets for title in (f"NME {name}", "found", "below 8 %")]
    rows = []
    for item in outcomes:
        ratio = time_over_ours(item, outcomes)
        row = [
            item.contender.name,
            SCHEDULES[item.contender.schedule],
            f"{item.times.wall.per_second:.0f}",
            f"{item.times.wall.p50:.2f}",
            f"{item.times.wall.p95:.2f}",
            f"{item.times.cpu.period:.2f}",
            "" if ratio is None else f"{ratio:.2f}",
        ]
        for name in sets:
            accuracy = item.accuracy.get(name)
            row += ["", "", ""] if accuracy is None else [
                f"{accuracy.nme:.2f}", f"{accuracy.found:.1%}", f"{accuracy.well:.1%}"
            ]  # fmt: skip
        rows.append(row)
    notes = dict.fromkeys(
        f"- {item.contender.name}: {item.contender.networks}. {item.contender.note}".rstrip() for item in outcomes
    )
    return "\n".join(
        [
            markdown_table(header, rows),
            "",
            *notes,
            "",
            "One thread each. In the ratio, ours is full in the same schedule; with BlazeFace short in every frame, "
            "full (short).",
            this_machine().to_text(),
        ]
    )


def write(outcomes: Sequence[ContenderResult], folder: Path) -> tuple[Path, Path]:
    """Write ``baselines_<machine>.json`` and ``.csv``; return both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    machine = this_machine()
    rows = [_row(item, outcomes) for item in outcomes]
    whole, flat = (folder / f"{stem('baselines', machine)}.{kind}" for kind in ("json", "csv"))
    write_text(whole, json.dumps({"machine": asdict(machine), "threads": 1, "rows": rows}, indent=1) + "\n")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with replacing(flat) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return whole, flat


def stem(kind: str, machine: Machine) -> str:
    """Return the stem of a results file, from the kind of results and the machine."""
    return f"{kind}_{file_stem(machine, 'cpu', 1, 'float32')}"


def _row(item: ContenderResult, outcomes: Sequence[ContenderResult]) -> dict[str, Any]:
    ratio = time_over_ours(item, outcomes)
    row: dict[str, Any] = {
        "key": item.contender.key,
        "name": item.contender.name,
        "networks": item.contender.networks,
        "schedule": item.contender.schedule,
        "note": item.contender.note,
        "seen": item.contender.seen,
        "fps": round(item.times.wall.per_second, 2),
        "p50_ms": round(item.times.wall.p50, 4),
        "p95_ms": round(item.times.wall.p95, 4),
        "cpu_ms": round(item.times.cpu.period, 4),
        "against": item.contender.against,
        "time_over_ours": None if ratio is None else round(ratio, 3),
        "frames": item.times.wall.rounds,
    }
    for name, accuracy in item.accuracy.items():
        row[f"nme {name}"] = round(accuracy.nme, 3)
        row[f"found {name}"] = round(accuracy.found, 4)
        row[f"below 8 % {name}"] = round(accuracy.well, 4)
    if item.accuracy:
        found = sum(each.found * each.faces for each in item.accuracy.values())
        total = sum(each.nme * each.found * each.faces for each in item.accuracy.values() if each.found)
        row["nme"] = round(total / found, 3) if found else None
    return row
