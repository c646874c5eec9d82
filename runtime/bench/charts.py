"""Bar charts drawn with OpenCV, as the runtime does not depend on a plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.errors import OptionError
from runtime.media import Colour
from runtime.media.text import ASCENT, text_mask, text_width

INK: Colour = (54, 44, 38)
FAINT: Colour = (140, 130, 122)
LINE: Colour = (226, 221, 216)
PAPER: Colour = (255, 255, 255)
SERIES: tuple[Colour, ...] = ((168, 112, 46), (72, 132, 232), (120, 160, 72), (150, 90, 160))
"""Blue, orange, green and purple: distinguishable with red-green colour blindness, too."""

MARGIN = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its value and label, and an optional whisker up to the 95th percentile."""

    series: int
    value: float
    label: str
    whisker: float | None = None


@dataclass(frozen=True, slots=True)
class BarGroup:
    """A named group of bars."""

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class ChartPanel:
    """Groups of bars with a common scale."""

    title: str
    groups: tuple[BarGroup, ...]


class Canvas:
    """A white picture to draw on."""

    def __init__(self, width: int, height: int) -> None:
        """Create an empty picture of this size in pixels."""
        self.image: NDArray[np.uint8] = np.full((height, width, 3), PAPER, np.uint8)

    def text(self, text: str, x: float, base: float, height: float, colour: Colour = INK, bold: bool = False) -> None:
        """Draw a line of ASCII with its baseline starting at (x, base); ``height`` is the cap height in pixels."""
        mask = text_mask(text, height, bold)
        top, left = round(base) - round(ASCENT * height), round(x) - 1
        rows, columns = min(mask.shape[0], self.image.shape[0] - top), min(mask.shape[1], self.image.shape[1] - left)
        cover = mask[:rows, :columns, None].astype(np.float32) / 255
        place = self.image[top : top + rows, left : left + columns]
        place[:] = np.rint(place + cover * (np.array(colour, np.float32) - place))

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Draw a filled rectangle."""
        cv2.rectangle(self.image, (round(x), round(y)), (round(x + width) - 1, round(y + height) - 1), colour, -1)


def bar_chart(title: str, subtitle: str, series: Sequence[str], panels: Sequence[ChartPanel]) -> NDArray[np.uint8]:
    """Draw panels of horizontal bars, one below the other, (H, 1200, 3) uint8 BGR.

    Args:
        title: ASCII, above the chart.
        subtitle: ASCII, below the title; a long one is wrapped.
        series: names of the series, for the legend.
        panels: the panels; values must not be negative.

    Raises:
        OptionError: there are no bars, or more series than colours.
    """
    if not panels or not all(panel.groups for panel in panels):
        raise OptionError("a chart without bars: nothing was measured")
    if len(series) > len(SERIES):
        raise OptionError(f"{len(series)} networks in one chart: {len(SERIES)} at most")
    width, bar, gap = 1200, 20, 14
    lines = _broken(subtitle, width - 2 * MARGIN, 9)
    rows = sum(60 + sum(len(group.bars) * bar + gap for group in panel.groups) for panel in panels)
    top = MARGIN + 20 + 22 * len(lines) + (36 if len(series) > 1 else 6)
    canvas = Canvas(width, top + rows + MARGIN // 2)
    canvas.text(title, MARGIN, MARGIN + 4, 16, bold=True)
    for index, line in enumerate(lines):
        canvas.text(line, MARGIN, MARGIN + 32 + 22 * index, 9, FAINT)
    if len(series) > 1:
        _legend(canvas, series, top - 22)
    y = float(top)
    label_width = max(text_width(group.name, 10) for panel in panels for group in panel.groups)
    value_width = max(text_width(each.label, 9) for panel in panels for group in panel.groups for each in group.bars)
    left = MARGIN + label_width + 16
    room = width - MARGIN - value_width - 12 - left
    for panel in panels:
        y = _panel(canvas, panel, y, left, room, bar, gap)
    return canvas.image


def _panel(canvas: Canvas, panel: ChartPanel, y: float, left: float, room: float, bar: int, gap: int) -> float:
    canvas.text(panel.title, MARGIN, y + 26, 11, bold=True)
    y += 46
    bars = [each for group in panel.groups for each in group.bars]
    scale = room / max(*(max(each.value, each.whisker or 0.0) for each in bars), 1e-9)
    canvas.box(left - 2, y - 4, 1, sum(len(group.bars) * bar + gap for group in panel.groups) - gap + 8, LINE)
    for group in panel.groups:
        middle = y + len(group.bars) * bar / 2
        canvas.text(group.name, left - 16 - text_width(group.name, 10), middle + 5, 10)
        for each in group.bars:
            canvas.box(left, y + 2, max(1.0, each.value * scale), bar - 4, SERIES[each.series])
            end = each.value * scale
            if each.whisker is not None and each.whisker > each.value:
                end = each.whisker * scale
                canvas.box(left + each.value * scale, y + bar / 2 - 1, end - each.value * scale, 2, FAINT)
                canvas.box(left + end - 2, y + 5, 2, bar - 10, FAINT)
            canvas.text(each.label, left + end + 9, y + bar / 2 + 5, 9)
            y += bar
        y += gap
    return y + 14


def _legend(canvas: Canvas, series: Sequence[str], y: float) -> None:
    x = float(MARGIN)
    for index, name in enumerate(series):
        canvas.box(x, y, 14, 14, SERIES[index])
        canvas.text(name, x + 22, y + 12, 10)
        x += 22 + text_width(name, 10) + 30


def _broken(text: str, width: int, height: float) -> list[str]:
    """Wrap a text into lines of at most ``width`` pixels."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and text_width(longer, height) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]
