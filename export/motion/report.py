"""The report of a motion measurement: a table, JSON, and a figure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from export.motion.clips import FPS
from export.motion.measure import NOISE, ClipMeasurement, Points, TrackedClip
from runtime.bench.markdown import markdown_table
from runtime.face_parts import eye_distance
from runtime.media.files import replacing, write_text

RAW, SMOOTH, TRUTH = "#e07a5f", "#1d6fa5", "#555555"


def motion_table(rows: Sequence[ClipMeasurement]) -> str:
    """Format a table in Markdown, a line a clip: every frame on its own, tracked, tracked and smoothed."""
    lines = []
    for group in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        jitter = _cell([row.jitter for row in group], 2)
        if jitter:
            jitter += f" ({(group[2].jitter or 0) / (group[1].jitter or 1):.2f})"
        lines.append(
            (
                group[1].clip,
                f"{group[1].eye_distance:.0f}",
                jitter,
                _cell([row.jitter_pixels for row in group], 2),
                _cell([row.lag for row in group], 0),
                _cell([row.nme for row in group], 2),
            )
        )
    header = ("clip", "eyes, px", "jitter, % of the eye distance", "jitter, px", "lag, ms", "NME")
    table = markdown_table(header, lines, aligned=False)
    return f"Every frame on its own -> tracked -> smoothed (in brackets: smoothed / tracked)\n\n{table}"


def write_motion(path: Path, model: str, rows: Sequence[ClipMeasurement]) -> None:
    """Write all numbers, and what they were measured with."""
    content = {"model": model, "noise": NOISE, "fps": FPS, "rows": [dataclasses.asdict(row) for row in rows]}
    write_text(path, json.dumps(content, indent=2) + "\n")


def draw_motion(path: Path, tracks: Sequence[TrackedClip]) -> None:
    """Draw three panels: a head that is still, one that sways, and an eye that blinks; tracked, smoothed, and true."""
    named = {track.clip.name: track for track in tracks}
    figure = Figure(figsize=(13, 3.8), layout="constrained")
    still, sways, blinks = figure.subplots(1, 3)
    track = named["astronaut, medium"]
    eyes = eye_distance(track.raw[0]) / 100
    for points, colour, label in ((track.raw, RAW, "tracked"), (track.smooth, SMOOTH, "smoothed")):
        nose = points[:, 30, 0]
        still.plot(track.clip.times, (nose - track.raw[:, 30, 0].mean()) / eyes, color=colour, label=label)
    still.set(title="still head, camera noise", ylabel="nose tip, x, % of the eye distance")
    track = named["swaying"]
    _lines(sways, track, track.raw[:, 30, 0], track.smooth[:, 30, 0], track.clip.points[:, 30, 0])
    sways.set(title="swaying head", ylabel="nose tip, x, pixels")
    track = named["talking"]
    _lines(blinks, track, *(_gap(points) for points in (track.raw, track.smooth, track.clip.points)))
    blinks.set(title="blinks", ylabel="distance of the lids, pixels")
    for axes in (still, sways, blinks):
        axes.set(xlabel="seconds")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    with replacing(path) as part:
        figure.savefig(part, dpi=130)


def _lines(axes: Any, track: TrackedClip, raw: Points, smooth: Points, truth: Points) -> None:
    for values, colour, label in ((truth, TRUTH, "true"), (raw, RAW, "tracked"), (smooth, SMOOTH, "smoothed")):
        style = "--" if label == "true" else "-"
        axes.plot(track.clip.times, values, style, color=colour, label=label, linewidth=1.3)


def _gap(points: Points) -> Points:
    """Measure the mean distance (T,) of the lids of both eyes in pixels."""
    pairs = ((37, 41), (38, 40), (43, 47), (44, 46))
    gaps: Points = np.mean([np.linalg.norm(points[:, a] - points[:, b], axis=-1) for a, b in pairs], axis=0)
    return gaps


def _cell(values: Sequence[float | None], digits: int) -> str:
    return " -> ".join(f"{value:.{digits}f}" for value in values if value is not None)
