"""The report: results of all devices as Markdown and plots.

    python -m benchmarks.report

Reads ``benchmarks/results`` (written by ``landmarks bench --out benchmarks/results``, and by ``python -m`` of
``benchmarks.baselines`` and ``benchmarks.targets``) and the manifest; writes ``docs/benchmarks.md`` and
its plots.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report.figures import draw_baselines, draw_overview
from benchmarks.workload import workloads
from runtime.bench.markdown import markdown_table
from runtime.bench.results import Results, Row, read_results
from runtime.bench.tables import conditions, tables
from runtime.media.files import write_text

ROOT = Path(__file__).resolve().parents[2]
RESULTS, DOCS = ROOT / "benchmarks" / "results", ROOT / "docs"

SIDE_BY_SIDE = (
    "Printed by `python -m benchmarks.baselines`: one face in a video, one thread each. *back* and *short* are the two "
    "BlazeFace detectors; rows of ours that name none use back. *time, ours = 1* is CPU time over that of our first "
    "row of the same schedule; for other pipelines with the short detector in every frame, over that of ours with the "
    "same detector. NME: mean point error in percent of the distance of the outer eye corners, of the faces that the "
    "pipeline finds on the whole photographs of helen/test and afw/test; *found* is their share."
)


def read_rows(folder: Path, kind: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Read machine and rows of each file of a kind, ``"baselines"`` or ``"targets"``, the newest first."""
    found = []
    for path in sorted(folder.glob(f"{kind}_*.json")):
        values = json.loads(path.read_text(encoding="utf-8"))
        machine = values["machine"]
        versions = f"onnxruntime {machine['onnxruntime']}, {machine['day']}"
        where = f"{machine['processor']} ({machine['instructions']}), {versions}"
        found.append((machine["day"], where, values["rows"]))
    return [(where, rows) for _, where, rows in sorted(found, key=lambda each: each[0], reverse=True)]


def report(
    results: Sequence[Results],
    contenders: Sequence[tuple[str, list[dict[str, Any]]]],
    targets: Sequence[tuple[str, list[dict[str, Any]]]],
) -> str:
    """Return the whole report as Markdown; its plots are separate files."""
    parts = [
        "# Benchmarks",
        "Written by `python -m benchmarks.report` from the files in [benchmarks/results](../benchmarks/results). All "
        "computations of a table take turns in one run; times are medians of wall-clock time. Taking turns leaves the "
        "processor's caches cold, as in an application that does other work between two frames; the targets give each "
        "network several calls a turn, so that caches are warm. Where faces are followed, the detector runs by the "
        "[default schedule](schedule.md).",
        "![Latency by stage, accuracy against latency, and size](images/benchmarks.png)",
        f"## Summary\n{summary_table(results[0])}",
        f"## Devices\n{devices_table(results)}",
        f"## Networks\n{networks_table()}",
    ]
    if contenders:
        tables_of = [f"### {where}\n{baselines_table(rows)}" for where, rows in contenders]
        parts += [f"## Side by side\n![Side by side: {contenders[0][0]}](images/baselines.png)", SIDE_BY_SIDE]
        parts += [notes(row for _, rows in contenders for row in rows), *tables_of]
    if targets:
        parts += ["## Targets\nPrinted by `python -m benchmarks.targets`."]
        parts += [f"### {where}\n{targets_table(rows)}" for where, rows in targets]
    for each in results:
        threads = f"{each.threads} thread" + ("s" if each.threads > 1 else "")
        processor = f"{each.machine.processor} ({each.machine.instructions})"
        parts.append(f"## {processor}, {each.device}, {threads}, {each.precision}\n{conditions(each)}")
        parts += [f"### {heading}\n{table}" for heading, table in tables(each)]
    return "\n\n".join(parts) + "\n"


def devices_table(results: Sequence[Results]) -> str:
    """Return a table with a row for each file of results, which also come from other people's machines."""
    rows = []
    for each in results:
        frames = [
            row.per_second
            for faces in (1, 5)
            for group in ("tracking", "every frame")
            for row in each.find(group, model="full", faces=faces, width=640, height=480)[:1]
        ]
        networks = [
            row.value
            for model in ("full", "trimmed")
            for row in each.find("landmark network", model=model, crops=1)[:1]
        ]
        shares = [row.value for row in each.find("CPU share", model="full")[:1]]
        if len(frames) < 4 or len(networks) < 2:  # of other networks or frames
            continue
        processor = f"{each.machine.processor} ({each.machine.instructions})"
        rows.append(
            [
                processor,
                f"{each.device}, {each.threads}",
                *(f"{value:.2f}" for value in networks),
                *(_number(value, 0) for value in frames),
                *(f"{value:.1f}" for value in shares or [math.nan]),
                f"{each.machine.system}, onnxruntime {each.machine.onnxruntime}, {each.machine.day}",
            ]
        )
    header = (
        "processor",
        "device, threads",
        "full, ms a crop",
        "trimmed",
        "frames/s, 1 face followed",
        "detected in every frame",
        "5 faces followed",
        "detected in every frame",
        "% of a core at 30 frames/s",
        "system and day",
    )
    return (
        "Add a machine: run `landmarks bench` on it and put the JSON file that it names into "
        "[benchmarks/results](../benchmarks/results); it names no user, host or path.\n\n"
        f"{markdown_table(header, rows)}"
    )


def networks_table() -> str:
    """Return a table of bytes, parameters and multiply-adds of the shipped files."""
    rows = [
        (name, f"{each.bytes / 1e6:.2f} MB", f"{each.parameters:,}", f"{each.multiply_adds / 1e6:.1f} million")
        for name, each in workloads().items()
    ]
    return markdown_table(("network", "size", "parameters", "multiply-adds of the file, at its own input size"), rows)


def baselines_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return a table of the compared pipelines of one run."""
    lines = [
        [
            row["name"],
            row.get("schedule", ""),
            _number(row.get("fps"), 0),
            _number(row.get("p50_ms"), 2),
            _number(row.get("p95_ms"), 2),
            _number(row.get("time_over_ours"), 2),
            _number(row.get("nme"), 2),
            _found(row),
        ]
        for row in rows
    ]
    header = ("pipeline", "detector runs", "frames/s", "p50 ms", "p95 ms", "time, ours = 1", "NME", "found")
    return markdown_table(header, lines)


def _found(row: dict[str, Any]) -> str:
    shares = [value for name, value in row.items() if name.startswith("found ")]
    return f"{sum(shares) / len(shares):.1%}" if shares else ""


def notes(rows: Iterable[dict[str, Any]]) -> str:
    """Return a list of what qualifies the figures of the other pipelines."""
    found = {row["name"]: row for row in rows if row.get("note") and not row["key"].startswith("ours")}
    return "\n".join(f"- {name} ({row['networks']}): {row['note']}" for name, row in found.items())


def targets_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return a table of targets and measured values."""
    lines = [
        [
            row["name"],
            "" if row["limit"] is None else f"{row['sense']} {row['limit']:g}{row['unit']}",
            f"{row['reached']:.3g}{row['unit']}",
            {True: "yes", False: "no", None: ""}[row["met"]],
            row["detail"],
        ]
        for row in rows
    ]
    return markdown_table(("target", "aimed at", "reached", "met", "from"), lines)


def summary_table(results: Results) -> str:
    """Return a table of the most important figures of one machine."""
    lines: list[tuple[str, str, str]] = []
    for row in results.find("landmark network", crops=1):
        lines.append((f"`{row.model}`, one crop", f"{row.value:.2f} ms", _size(results, row.model)))
    for row in results.find("detector"):
        lines.append((f"`{row.model}`, a frame of 640x480 to boxes", f"{row.value:.2f} ms", _size(results, row.model)))
    for row in _pipelines(results):
        what = "faces followed" if row.group == "tracking" else "detector in every frame"
        faces = f"{row.faces} face" + ("s" if row.faces > 1 else "")
        lines.append((f"`{row.model}`, {faces} at 640x480, {what}", f"{row.value:.2f} ms", _rate(row)))
    for row in results.find("CPU share", model=lines[0][0].split("`")[1]):
        lines.append((f"`{row.model}` at 30 frames a second, one face followed", f"{row.value:.1f} % of a core", ""))
    table = markdown_table((f"{results.threads} thread" + ("s" if results.threads > 1 else ""), "median", ""), lines)
    return f"{table}\n\nPrinted by `landmarks bench` ({conditions(results)}); all take turns, so caches are cold."


def _pipelines(results: Results) -> list[Row]:
    models = [row.model for row in results.find("landmark network", crops=1)]
    wanted = [(models[0], 1), (models[0], 5), *((model, 1) for model in models if model == "trimmed")]
    return [
        row
        for model, faces in wanted
        for group in ("every frame", "tracking")
        for row in results.find(group, model=model, faces=faces, width=640, height=480)
    ]


def _size(results: Results, model: str) -> str:
    rows = results.find("size", name="file", model=model)
    return f"{rows[0].value:.2f} MB" if rows else ""


def _rate(row: Row) -> str:
    return f"{row.per_second:.0f} frames/s" if row.per_second else ""


def _number(value: object, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def main() -> None:
    """Write the report and its plots."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=(__doc__ or "").strip())
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder of the report and its pictures")
    options = parser.parse_args()
    results = read_results(options.results)
    contenders, targets = (read_rows(options.results, kind) for kind in ("baselines", "targets"))
    (options.docs / "images").mkdir(parents=True, exist_ok=True)
    draw_overview(results[0], options.docs / "images" / "benchmarks.png")
    if contenders:
        draw_baselines(contenders[0][1], options.docs / "images" / "baselines.png")
    text = report(results, contenders, targets)
    write_text(options.docs / "benchmarks.md", text)
    print(f"wrote {options.docs / 'benchmarks.md'} from {len(results)} files of results")


if __name__ == "__main__":
    main()
