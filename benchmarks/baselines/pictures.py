"""Plots of the comparison: accuracy against frames per second, and the points of each pipeline on the same face."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.baselines.measure import ContenderResult
from runtime.media.files import replacing

OURS, OTHERS = "tab:blue", "tab:gray"
CAMERA = 30
"""Frames per second of a camera."""

ALL_FOUND = 0.995
"""Share of faces above which the label does not state how many were found."""

CLOSE = 0.04
"""Share of the range of errors below which two labels would overlap."""

TILE = 320
"""Side in pixels of one face in the picture of points."""


def draw_comparison(outcomes: Sequence[ContenderResult], path: Path) -> None:
    """Draw frames per second as bars and, where annotated faces were measured, NME against frames per second."""
    known = any(item.accuracy for item in outcomes)
    figure = Figure(figsize=(13 if known else 7, 0.35 * len(outcomes) + 1.5), layout="constrained")
    panels = figure.subplots(1, 2 if known else 1, squeeze=False, width_ratios=[1, 1.3] if known else None)[0]
    _bars(outcomes, panels[0])
    if known:
        _scatter(outcomes, panels[1])
    with replacing(path) as part:
        figure.savefig(part, dpi=130)


def draw_points(frame: NDArray[np.uint8], outcomes: Sequence[ContenderResult], path: Path) -> None:
    """Draw a tile for each pipeline: the last frame (H, W, 3) uint8 BGR, cropped around the pipeline's points."""
    tiles = [_tile(_label(item), frame, item.points) for item in outcomes]
    columns = min(4, len(tiles))
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    with replacing(path) as part:
        cv2.imwrite(str(part), np.vstack(rows))


def _bars(outcomes: Sequence[ContenderResult], axes: Axes) -> None:
    labels = [_label(item) for item in outcomes]
    speeds = [item.times.wall.per_second for item in outcomes]
    bars = axes.barh(labels, speeds, color=[_colour(item) for item in outcomes])
    axes.bar_label(bars, [f"{speed:.0f}" for speed in speeds], padding=3, fontsize="small")
    axes.axvline(CAMERA, color="black", linewidth=0.8, linestyle=":")
    axes.set(
        xlabel="frames per second", title="one face at 640x480, one thread", xscale="log", xlim=(5, max(speeds) * 2)
    )
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize="small")
    axes.spines[["top", "right"]].set_visible(False)


def _scatter(outcomes: Sequence[ContenderResult], axes: Axes) -> None:
    """Draw a dot for detection in every frame and a ring for tracking, joined where the networks are the same."""
    tracking = {
        item.contender.name: item.times.wall.per_second for item in outcomes if item.contender.schedule == "when lost"
    }
    measured = sorted((item for item in outcomes if item.accuracy), key=lambda item: item.times.wall.per_second)
    sets = list(measured[0].accuracy)
    errors = [float(np.mean([item.accuracy[name].nme for name in sets])) for item in measured]
    close = CLOSE * (max(errors) - min(errors))
    for index, (item, error) in enumerate(zip(measured, errors, strict=True)):
        speed, colour = item.times.wall.per_second, _colour(item)
        axes.plot(speed, error, "o", color=colour, zorder=3)
        if fast := tracking.get(item.contender.name):
            axes.plot([speed, fast], [error, error], "-", color=colour, linewidth=0.8)
            axes.plot(fast, error, "o", color=colour, markerfacecolor="white", zorder=3)
        crowded = any(abs(error - other) < close for other in errors[:index])
        axes.annotate(
            _remark(item),
            (speed, error),
            (0, -7) if crowded else (-7, 0),
            textcoords="offset points",
            fontsize="small",
            ha="center" if crowded else "right",
            va="top" if crowded else "center",
        )
    axes.axvline(CAMERA, color="black", linewidth=0.8, linestyle=":")
    speeds = [item.times.wall.per_second for item in measured]
    axes.set(
        xlabel="frames per second (dot: detection in every frame; ring: tracking)",
        ylabel="NME of the faces found, percent (lower is better)",
        title=f"{' and '.join(sets)}, from whole pictures",
        xscale="log",
        xlim=(min(speeds) / 6, max([*speeds, *tracking.values()]) * 1.5),
    )
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _remark(item: ContenderResult) -> str:
    """Return a pipeline's name with remarks on missed faces and on test faces it was trained on."""
    found = float(np.mean([each.found for each in item.accuracy.values()]))
    remarks = [f"finds {found:.0%}"] * (found < ALL_FOUND) + ["trained on them"] * item.contender.seen
    return item.contender.name + (f" ({', '.join(remarks)})" if remarks else "")


def _label(item: ContenderResult) -> str:
    return f"{item.contender.name}, {item.contender.schedule}"


def _colour(item: ContenderResult) -> str:
    return OURS if item.contender.key.startswith("ours") else OTHERS


def _tile(name: str, frame: NDArray[np.uint8], faces: Sequence[NDArray[np.float32]]) -> NDArray[np.uint8]:
    points = np.concatenate(list(faces)) if faces else np.array([[0, 0], frame.shape[1::-1]], np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    side, (x, y) = float((high - low).max()) * 1.4, (low + high) / 2
    scale = TILE / side
    matrix = np.array([[scale, 0, (side / 2 - x) * scale], [0, scale, (side / 2 - y) * scale]])
    tile = cv2.warpAffine(frame, matrix, (TILE, TILE), flags=cv2.INTER_CUBIC)
    for point in points @ matrix[:, :2] + matrix[:, 2] if faces else ():
        cv2.circle(tile, tuple(np.rint(point * 16).astype(int).tolist()), 2 * 16, (60, 255, 60), -1, cv2.LINE_AA, 4)
    cv2.rectangle(tile, (0, 0), (TILE, 24), (0, 0, 0), -1)
    label = name if faces else f"{name}: no face"
    cv2.putText(tile, label, (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    return tile  # type: ignore[return-value]
