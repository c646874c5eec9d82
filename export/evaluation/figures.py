"""Figures: error curves of networks, and the course of a training run."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from export.evaluation.metrics import Errors
from runtime.media.files import replacing


def draw_error_curves(curves: dict[str, Errors], path: Path, limit: float = 10) -> None:
    """Draw cumulative error distributions: share of faces below each NME up to ``limit`` percent."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for label, errors in curves.items():
        ordered = np.sort(errors.nme)
        axes.step(ordered, (np.arange(len(ordered)) + 1) / len(ordered), where="post", label=label)
    axes.set(xlim=(0, limit), ylim=(0, 1), xlabel="NME, percent of the outer-eye distance", ylabel="share of faces")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize="small")
    with replacing(path) as part:
        figure.savefig(part, dpi=150)


def draw_parts(curves: dict[str, Errors], path: Path) -> None:
    """Draw mean NME by region of the face, a group of bars for each; whiskers span the 95 % interval of the mean."""
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(curves)
    for index, (label, errors) in enumerate(curves.items()):
        regions = errors.part_nme()
        places = np.arange(len(regions)) + (index - (len(curves) - 1) / 2) * width
        means = [item.mean() for item in regions.values()]
        spread = [1.96 * item.std() / np.sqrt(len(item)) for item in regions.values()]
        axes.bar(places, means, width, yerr=spread, label=label, error_kw={"elinewidth": 0.8})
    names = list(next(iter(curves.values())).part_nme())
    axes.set_xticks(range(len(names)), names)
    axes.set(ylabel="NME, percent of the outer-eye distance")
    axes.grid(axis="y", alpha=0.3)
    figure.legend(loc="outside right upper", fontsize="small")
    with replacing(path) as part:
        figure.savefig(part, dpi=150)


def draw_losses(curves: dict[str, Path], losses: dict[str, str], path: Path) -> None:
    """Draw the loss of the points in several runs' ``curve.csv``, a panel for each kind of loss: their units differ."""
    kinds = sorted(set(losses.values()))
    figure = Figure(figsize=(5 * len(kinds), 4), layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        for label in (label for label in curves if losses[label] == kind):
            with curves[label].open(newline="") as file:
                rows = list(csv.DictReader(file))
            axes.plot([int(row["step"]) for row in rows], [float(row["points"]) for row in rows], label=label)
        axes.set(title=kind, xlabel="step", ylabel="loss of the points, augmented crops", yscale="log")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    with replacing(path) as part:
        figure.savefig(part, dpi=150)


def draw_training(curve: Path, path: Path) -> None:
    """Draw a run's ``curve.csv``: the parts of the loss, and the NME on its validation sets."""
    with curve.open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [int(row["step"]) for row in rows]
    names = [name for name in rows[0] if name not in ("step", "seconds")]
    figure = Figure(figsize=(9, 4), layout="constrained")
    panels = figure.subplots(1, 2)
    for name in names:
        is_loss = name in ("points", "depth", "confidence", "teacher")
        panels[0 if is_loss else 1].plot(steps, [float(row[name]) for row in rows], label=name)
    panels[0].set(xlabel="step", ylabel="loss, augmented crops", yscale="log")
    panels[1].set(xlabel="step", ylabel="NME on validation photographs, percent")
    for panel in panels:
        panel.grid(alpha=0.3)
        panel.legend()
    with replacing(path) as part:
        figure.savefig(part, dpi=150)
