"""Figures: error curves of networks, and how a training run went."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from export.evaluation import Errors


def draw_error_curves(curves: dict[str, Errors], path: Path) -> None:
    """Cumulative error distributions: share of faces below each NME."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for label, errors in curves.items():
        ordered = np.sort(errors.nme)
        axes.step(ordered, (np.arange(len(ordered)) + 1) / len(ordered), where="post", label=label)
    axes.set(xlim=(0, 10), ylim=(0, 1), xlabel="NME, percent of the outer-eye distance", ylabel="share of faces")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=150)


def draw_training(curve: Path, path: Path) -> None:
    """What a run's ``curve.csv`` holds: the parts of the loss, and the NME on its validation sets."""
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
    figure.savefig(path, dpi=150)
