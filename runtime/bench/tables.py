"""Results in words and as Markdown tables, for the terminal and for the report."""

from __future__ import annotations

from collections.abc import Iterable

from runtime.bench.markdown import markdown_table
from runtime.bench.pipeline import FPS
from runtime.bench.results import Results, Row

Table = tuple[str, str]
"""A heading and a Markdown table."""

HEADROOM = 0.5
"""Share of the time between two frames of a camera that a network may take at the 95th percentile: the app needs the
rest."""

SHIPPABLE = ("full", "trimmed")
"""Networks to choose between, the more accurate one first; the others have the same layers."""

BUSY = 0.3
"""Waiting processes per CPU at the beginning of a run from which its figures are those of a busy machine."""


def tables(results: Results) -> list[Table]:
    """Return all tables of a run; groups that were not measured are left out."""
    made = [stages(results), pipelines(results), networks(results), detectors(results), costs(results)]
    return [table for table in made if table is not None]


def summary(results: Results) -> str:
    """Return the tables with their headings, followed by the conditions, as plain text."""
    parts = [f"{heading}\n{table}" for heading, table in tables(results)]
    return "\n\n".join([*parts, conditions(results)])


def conditions(results: Results) -> str:
    """Describe machine, device, threads and precision of the run, and mention a busy machine."""
    threads = f"{results.threads} thread" + ("s" if results.threads > 1 else "")
    line = f"{results.machine.to_text()}; {results.device}, {threads}, {results.precision}"
    if results.load is not None and results.load > BUSY:
        line += f"; the machine was busy: {results.load:.1f} waiting processes per CPU when the run began"
    return line


def stages(results: Results) -> Table | None:
    """Return the latency and share of each stage."""
    rows = results.find("stage")
    if not rows:
        return None
    whole = sum(row.value for row in rows)
    lines = [[row.name, f"{row.value:.3f}", f"{row.p95 or 0:.3f}", f"{100 * row.value / whole:.1f} %"] for row in rows]
    total = ["together", f"{whole:.3f}", "", "100 %"]
    heading = f"By stage: {_frame(rows[0])}, {rows[0].model}"
    return heading, markdown_table(("stage", "p50 ms", "p95 ms", "share"), [*lines, total])


def pipelines(results: Results) -> Table | None:
    """Return median latency and frames per second of the whole predictor."""
    rows = results.find("every frame")
    if not rows:
        return None
    lines = []
    for row in rows:
        followed = results.find("tracking", model=row.model, faces=row.faces, width=row.width, height=row.height)
        cells = [row.model, f"{row.width}x{row.height}", row.faces, *_pipeline(row)]
        lines.append([*cells, *(_pipeline(followed[0]) if followed else ("", ""))])
    header = ("model", "frame", "faces", "every frame, p50 ms", "frames/s", "tracking, p50 ms", "frames/s")
    return "The whole pipeline", markdown_table(header, lines)


def networks(results: Results) -> Table | None:
    """Return the latency of the landmark networks by number of crops per call."""
    rows = results.find("landmark network")
    if not rows:
        return None
    crops = sorted({row.crops for row in rows})
    lines = []
    for model in _unique(row.model for row in rows):
        calls = {row.crops: row for row in rows if row.model == model}
        lines.append([model, *(f"{calls[count].value:.3f}" for count in crops)])
    header = ("model", *(f"{count} crop" + ("s" if count > 1 else "") + ", p50 ms" for count in crops))
    return "The landmark networks", markdown_table(header, lines)


def detectors(results: Results) -> Table | None:
    """Return the latency of the detectors, from frame to boxes."""
    rows = results.find("detector")
    if not rows:
        return None
    lines = [[row.model, f"{row.value:.3f}", f"{row.p95 or 0:.3f}"] for row in rows]
    return f"The detectors, from frame to boxes: {_frame(rows[0])}", markdown_table(
        ("detector", "p50 ms", "p95 ms"), lines
    )


def costs(results: Results) -> Table | None:
    """Return start-up, memory, CPU share and size of each network."""
    wanted = {
        "import ms": ("start-up", "import runtime"),
        "Predictor() ms": ("start-up", "Predictor()"),
        "first image ms": ("start-up", "first image"),
        "CPU time of the three, ms": ("start-up", "all three, CPU time"),
        "peak memory MB": ("memory", "peak"),
        "CPU at 30 frames/s, tracking": ("CPU share", "of one core at 30 frames a second"),
        "size MB": ("size", "file"),
        "parameters": ("size", "parameters"),
    }
    values: dict[str, dict[str, str]] = {row.model: {} for row in results.find("size")}
    for title, (group, name) in wanted.items():
        for row in results.find(group, name=name):
            values.setdefault(row.model, {})[title] = _value(row)
    if not values:
        return None
    lines = [[model, *(cells.get(title, "") for title in wanted)] for model, cells in values.items()]
    runs = max((row.rounds for row in results.find("start-up")), default=0)
    times = f"; times are medians of {runs} fresh processes" if runs > 1 else "; times are of one fresh process"
    return f"Start-up, memory and size{times if runs else ''}", markdown_table(("model", *wanted), lines)


def _value(row: Row) -> str:
    if row.unit == "parameters":
        return f"{row.value:,.0f}"
    if row.unit == "%":
        return f"{row.value:.1f} % of a core"
    return f"{row.value:.2f}" if row.group == "size" else f"{row.value:.0f}"


def _pipeline(row: Row) -> tuple[str, str]:
    return f"{row.value:.2f}", f"{row.per_second or 0:.0f}"


def _frame(row: Row) -> str:
    return f"{row.faces} face" + ("s" if row.faces != 1 else "") + f" at {row.width}x{row.height}"


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def verdict(results: Results) -> str:
    """Describe a run in a few sentences: frames a second, which network to take, and what limits it.

    Sentences whose figures were not measured are left out.
    """
    lines = [*_rates(results), *_choice(results), *_limit(results)]
    return "\n".join(lines)


def _rates(results: Results) -> list[str]:
    lines = []
    for model in _unique(row.model for row in results.find("tracking")):
        parts = []
        for row in _at_640(results, "tracking", model):
            every = [each for each in _at_640(results, "every frame", model) if each.faces == row.faces]
            with_detector = f" ({_rate(every[0])} with the detector in every frame)" if every else ""
            parts.append(f"{_count(row.faces)} at {_rate(row)} frames a second{with_detector}")
        if parts:
            lines.append(f"{model} follows {_joined(parts)}.")
    return lines


def _choice(results: Results) -> list[str]:
    """Name the most accurate network that leaves an app half of the time between a camera's frames."""
    times = {model: rows[0] for model in SHIPPABLE if (rows := _at_640(results, "tracking", model))}
    if not times:
        return []
    budget = HEADROOM * 1000 / FPS
    shares = {row.model: row for row in results.find("CPU share")}
    for model, row in times.items():
        late = row.p95 or row.value
        if late <= budget:
            share = f", {shares[model].value:.0f} % of a core at {FPS} frames a second" if model in shares else ""
            return [f"Take {model}: one face takes at most {late:.1f} ms in 95 of 100 frames{share}."]
    model, row = min(times.items(), key=lambda item: item[1].value)
    return [
        f"Take {model}, and a camera of fewer frames a second: one face takes {row.p95 or row.value:.0f} ms in the "
        f"slowest of 20 frames, of the {1000 / FPS:.0f} ms between two frames at {FPS} a second."
    ]


def _limit(results: Results) -> list[str]:
    """Name the stage that takes most of a frame with the detector."""
    stages = results.find("stage")
    if not stages:
        return []
    whole = sum(row.value for row in stages)
    slowest = max(stages, key=lambda row: row.value)
    line = f"A single image takes {whole:.1f} ms; {100 * slowest.value / whole:.0f} % of that is the {slowest.name}."
    if results.load is not None and results.load > BUSY:
        line += " Other programs were running: figures on an idle machine are better."
    return [line]


def _at_640(results: Results, group: str, model: str) -> list[Row]:
    rows = results.find(group, model=model, width=640, height=480)
    return sorted((row for row in rows if row.faces in (1, 5)), key=lambda row: row.faces)


def _count(faces: int) -> str:
    return {1: "one face", 5: "five faces"}[faces]


def _rate(row: Row) -> str:
    return f"{row.per_second or 0:.0f}"


def _joined(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
