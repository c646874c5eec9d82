"""Plots of the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runtime.bench.results import Results
from runtime.engine import list_models
from runtime.media.files import replacing

BLUE, ORANGE, GREEN, GREY = "#2e70a8", "#e88448", "#48a078", "#8a929a"
STYLE = {"full": BLUE, "trimmed": ORANGE, "full-research": BLUE, "trimmed-research": ORANGE}


def draw_overview(results: Results, path: Path) -> None:
    """Draw latency by stage, accuracy against latency, and size, side by side."""
    figure = Figure(figsize=(13, 4.3), layout="constrained")
    stages, accuracy, size = figure.subplots(1, 3, gridspec_kw={"width_ratios": [1.25, 1, 0.9]})
    _stages(stages, results)
    _accuracy(accuracy, results)
    _size(size, results)
    for axes in (stages, accuracy, size):
        axes.spines[["top", "right"]].set_visible(False)
    threads = f"{results.threads} thread" + ("s" if results.threads > 1 else "")
    figure.supxlabel(
        f"{results.machine.processor} ({results.machine.instructions}), {threads}, onnxruntime "
        f"{results.machine.onnxruntime}, {results.machine.day}",
        fontsize=8,
        color=GREY,
    )
    with replacing(path) as part:
        figure.savefig(part, dpi=120)


def _stages(axes: Axes, results: Results) -> None:
    rows = results.find("stage")
    places = np.arange(len(rows))[::-1]
    values = [row.value for row in rows]
    late = np.array([max((row.p95 or row.value) - row.value, 0) for row in rows])
    axes.barh(places, values, 0.66, color=[BLUE if "network" in row.name else GREEN for row in rows])
    axes.errorbar(values, places, xerr=np.stack([0 * late, late]), fmt="none", ecolor=GREY, elinewidth=1, capsize=2)
    for place, row, whisker in zip(places, rows, late, strict=True):
        axes.annotate(f" {row.value:.2f}", (row.value + whisker, place), va="center", fontsize=8.5)
    axes.set_yticks(places, [row.name for row in rows])
    axes.margins(x=0.12)
    axes.set_xlim(left=0)
    axes.set(title=f"Latency by stage, {rows[0].model}, one face at 640x480", xlabel="ms: median, 95th percentile")
    axes.title.set_fontsize(10)


def _accuracy(axes: Axes, results: Results) -> None:
    metrics = {entry.name: entry.metrics for entry in list_models() if entry.role == "landmarks"}
    slowest = 0.0
    for row in results.find("landmark network", crops=1):
        measured = [metrics.get(row.model, {}).get(name) for name in ("nme_helen_test", "nme_afw_test")]
        helen, afw = measured
        if helen is None or afw is None:  # not a shipped network
            continue
        colour = STYLE.get(row.model, GREY)
        inside = "white" if row.model.endswith("-research") else colour
        axes.plot([row.value] * 2, [helen, afw], color=colour, lw=1)
        axes.plot(row.value, helen, "o", color=colour, mfc=inside, ms=8)
        axes.plot(row.value, afw, "s", color=colour, mfc=inside, ms=7)
        place = (row.value, (helen + afw) / 2)
        faster = row.model.startswith("trimmed")  # the space to its left is free
        axes.annotate(
            row.model,
            place,
            (-9 if faster else 9, 0),
            textcoords="offset points",
            ha="right" if faster else "left",
            va="center",
            fontsize=8.5,
        )
        slowest = max(slowest, row.value)
    axes.plot([], [], "o", color=GREY, label="HELEN, test")
    axes.plot([], [], "s", color=GREY, label="AFW, test")
    axes.legend(loc="lower left", fontsize=8.5, frameon=False)
    axes.set_xlim(0, 1.45 * max(slowest, 0.1))
    axes.margins(y=0.1)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.set(title="Accuracy against latency", xlabel="landmark network, one crop, ms", ylabel="NME, percent")
    axes.title.set_fontsize(10)


def _size(axes: Axes, results: Results) -> None:
    rows = results.find("size", name="file")
    places = np.arange(len(rows))[::-1]
    axes.barh(places, [row.value for row in rows], 0.66, color=[STYLE.get(row.model, GREY) for row in rows])
    for place, row in zip(places, rows, strict=True):
        axes.annotate(f" {row.value:.2f}", (row.value, place), va="center", fontsize=8.5)
    axes.set_yticks(places, [row.model for row in rows])
    axes.margins(x=0.18)
    axes.set(title="Size", xlabel="MB")
    axes.title.set_fontsize(10)


def draw_baselines(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw frames per second of the compared pipelines, a panel for each schedule, fastest first."""
    schedules = list(dict.fromkeys(row.get("schedule", "") for row in rows))
    counts = [sum(row.get("schedule", "") == each for row in rows) for each in schedules]
    figure = Figure(figsize=(9, 0.34 * sum(counts) + 0.9 * len(schedules)), layout="constrained")
    panels = figure.subplots(len(schedules), 1, squeeze=False, height_ratios=counts)[:, 0]
    for axes, schedule in zip(panels, schedules, strict=True):
        shown = sorted((row for row in rows if row.get("schedule", "") == schedule), key=lambda row: row["fps"])
        values = [row["fps"] for row in shown]
        ours = [str(row.get("key", row["name"])).startswith("ours") for row in shown]
        axes.barh(range(len(shown)), values, 0.7, color=[BLUE if own else GREY for own in ours])
        for place, row in enumerate(shown):
            text = f" {row['fps']:.0f}" + (f", NME {row['nme']:.1f}" if isinstance(row.get("nme"), float) else "")
            text += ", trained on these photographs" * bool(row.get("seen") and "nme" in row)
            axes.annotate(text, (row["fps"], place), va="center", fontsize=8.5)
        axes.set_yticks(range(len(shown)), [row["name"] for row in shown])
        axes.set_title(f"detector runs: {schedule}", fontsize=10, loc="left")
        axes.margins(x=0.22)
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1].set_xlabel("frames per second, one thread")
    with replacing(path) as part:
        figure.savefig(part, dpi=120)
