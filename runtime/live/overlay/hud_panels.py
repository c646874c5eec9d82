"""The panels of the head-up display."""

from __future__ import annotations

import math

from runtime.live.overlay.colours import AMBER, CHIP, DARK, DIM, GRAY, MINT, WHITE
from runtime.live.overlay.panel import Align, Panel
from runtime.live.state.reading import LaneNumbers, Numbers, short
from runtime.media import Colour
from runtime.media.text import text_width

STAGES: dict[str, Colour] = {
    "detect": (255, 190, 110),
    "landmarks": MINT,
    "track": AMBER,
    "draw": (245, 165, 215),
    "show": (190, 170, 250),
}
"""Stages of the loop in their order, and the colours of their bars."""

BUDGET = 1000 / 30
"""Milliseconds of a full bar: one frame at 30 frames per second."""


def single_panel(numbers: Numbers, u: float) -> Panel:
    """Draw the numbers of one network; ``u`` is the unit of length in pixels."""
    lane = numbers.lanes[0]
    stages = lane.milliseconds | numbers.loop
    rows = [name for name in STAGES if name in stages or name in ("detect", "landmarks")]
    pad, width = 1.7 * u, 20.5 * u
    right = width - pad
    panel = Panel(round(width), round(2 * pad + u * (11.8 + 2.55 * len(rows))), 1.2 * u)
    y = pad + 2.0 * u
    fps = f"{numbers.fps:.1f}"
    panel.text(fps, pad, y, 2.0 * u, WHITE, bold=True)
    panel.text("FPS", pad + text_width(fps, 2.0 * u, True) + 0.8 * u, y, u, GRAY)
    panel.text(f"{numbers.latency:.0f} ms", right, y - 1.05 * u, u, WHITE, align=Align.RIGHT)
    panel.text("latency", right, y + 0.45 * u, 0.8 * u, GRAY, align=Align.RIGHT)
    y += 3.0 * u
    panel.text(short(lane.name, 12), pad, y, 1.1 * u, MINT, bold=True)
    panel.text(numbers.device, right, y, 0.9 * u, GRAY, align=Align.RIGHT)
    y += 2.9 * u
    for name in rows:
        note = _detector_runs(lane, numbers.tracking) if name == "detect" else ""
        _stage(panel, name, stages.get(name), note, (pad, right), y, u)
        y += 2.55 * u
    y += 0.4 * u
    panel.text(f"{numbers.frame[0]}x{numbers.frame[1]}", pad, y, 0.9 * u, GRAY)
    dropped = f"{numbers.dropped} dropped"
    panel.text(dropped, right, y, 0.9 * u, AMBER if numbers.dropped else GRAY, align=Align.RIGHT)
    _chips(panel, numbers, pad, y + 1.5 * u, right - pad, u)
    return panel


def few_panel(numbers: Numbers, u: float) -> Panel:
    """Draw one line: the frame rate, and the network's time."""
    lane = numbers.lanes[0]
    texts = [
        (f"{numbers.fps:.1f} FPS", WHITE, True),
        (short(lane.name, 12), MINT, True),
        (f"{lane.milliseconds.get('network', math.nan):.1f} ms", WHITE, False),
    ]
    widths = [text_width(text, 1.1 * u, bold) for text, _, bold in texts]
    panel = Panel(round(sum(widths) + 5.8 * u), round(3.0 * u), 1.2 * u)
    x = 1.4 * u
    for (text, colour, bold), width in zip(texts, widths, strict=True):
        panel.text(text, x, 2.05 * u, 1.1 * u, colour, bold=bold)
        x += width + 1.5 * u
    return panel


def lane_panel(lane: LaneNumbers, tracking: bool, whole: bool, u: float) -> Panel:
    """Draw the numbers of one of two networks; ``whole`` with all rows, ``u`` is the unit of length in pixels."""
    name, total = short(lane.name, 14), f"{lane.milliseconds.get('network', math.nan):.1f} ms"
    pad = 1.5 * u
    wide = text_width(name, 1.5 * u, True) + text_width(total, 1.5 * u, True) + 3.0 * u
    width = max(19.0 * u, wide + 2 * pad)
    right = width - pad
    panel = Panel(round(width), round((9.9 if whole else 4.2) * u), 1.2 * u)
    y = (1.5 if whole else 1.35) * u + 1.5 * u
    panel.text(name, pad, y, 1.5 * u, WHITE, bold=True)
    panel.text(total, right, y, 1.5 * u, MINT, bold=True, align=Align.RIGHT)
    y += 2.8 * u
    for stage in ("detect", "landmarks") if whole else ():
        note = _detector_runs(lane, tracking) if stage == "detect" else ""
        _stage(panel, stage, lane.milliseconds.get(stage), note, (pad, right), y, u)
        y += 2.4 * u
    return panel


def footer_panel(numbers: Numbers, u: float, room: int) -> Panel:
    """Draw one line below two pictures, at most ``room`` pixels wide."""
    apart = "no face in both"
    if numbers.apart is not None:
        apart = f"{numbers.apart.pixels:.1f} px apart, {numbers.apart.percent:.1f} % of the eyes' distance"
    texts = [
        (f"{numbers.fps:.1f} FPS", WHITE, True),
        (apart, MINT, False),
        (f"{numbers.dropped} dropped", AMBER if numbers.dropped else GRAY, False),
    ]

    def width(u: float) -> float:
        return sum(text_width(text, 1.1 * u, bold) + 2.2 * u for text, _, bold in texts) + 16.6 * u

    u *= min(1.0, 0.94 * room / width(u))
    panel = Panel(round(width(u)), round(3.2 * u), 1.2 * u)
    x = 1.3 * u
    for text, colour, bold in texts:
        panel.text(text, x, 2.15 * u, 1.1 * u, colour, bold=bold)
        x += text_width(text, 1.1 * u, bold) + 2.2 * u
    _chips(panel, numbers, x, 0.6 * u, 14.0 * u, u)
    return panel


def _detector_runs(lane: LaneNumbers, tracking: bool) -> str:
    """Return how often the detector runs, where it does not run on every frame."""
    return f"{lane.detector_runs}/s" if tracking else ""


def _stage(
    panel: Panel, name: str, milliseconds: float | None, note: str, span: tuple[float, float], y: float, u: float
) -> None:
    """Draw a stage's name and time at base line ``y``, and a bar below that is full at :data:`BUDGET`."""
    left, right = span
    panel.text(name, left, y, u, WHITE)
    if note:
        panel.text(note, left + text_width(name, u) + 0.8 * u, y, 0.8 * u, GRAY)
    known = milliseconds is not None and math.isfinite(milliseconds)
    panel.text(f"{milliseconds:.2f} ms" if known else "-", right, y, u, WHITE, align=Align.RIGHT)
    top, thick = y + 0.6 * u, max(2.0, 0.32 * u)
    panel.bar(left, top, right - left, thick, (70, 62, 56))
    if known and milliseconds is not None:
        share = min(milliseconds / BUDGET, 1.0)
        panel.bar(left, top, max(share * (right - left), thick), thick, STAGES[name])


def _chips(panel: Panel, numbers: Numbers, x: float, y: float, width: float, u: float) -> None:
    """Draw three switches: bright when on."""
    detector = numbers.detector.removeprefix("blazeface-").upper()
    chips = [("TRACK", numbers.tracking), ("SMOOTH", numbers.smoothing), (short(detector, 6), True)]
    gap, height = 0.5 * u, 2.0 * u
    texts = [text_width(text, 0.75 * u, True) for text, _ in chips]
    spare = (width - gap * (len(chips) - 1) - sum(texts)) / len(chips)
    for (text, on), text_wide in zip(chips, texts, strict=True):
        wide = text_wide + spare
        panel.bar(x, y, wide, height, MINT if on else CHIP)
        colour = DARK if on else DIM
        panel.text(text, x + wide / 2, y + 1.38 * u, 0.75 * u, colour, bold=True, align=Align.CENTRE)
        x += wide + gap
