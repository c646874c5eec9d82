"""Panels on the screen but in no recording: messages, the recording dot, the help panel, the camera state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runtime.live.overlay.colours import AMBER, CHIP, DIM, GRAY, MINT, RED, WHITE
from runtime.live.overlay.panel import Align, Panel
from runtime.live.state.keys import BINDINGS, Binding
from runtime.media.text import text_width

MESSAGE_SECONDS = 2.5
"""How long a message stays."""


def message(text: str, u: float, room: int) -> Panel:
    """Draw one line that says what a key did, at most ``room`` pixels wide."""
    u *= min(1.0, 0.94 * room / (text_width(text, 1.1 * u) + 3.6 * u))
    panel = Panel(round(text_width(text, 1.1 * u) + 3.6 * u), round(3.4 * u), 1.7 * u, 0.82)
    panel.text(text, panel.width / 2, 2.25 * u, 1.1 * u, WHITE, align=Align.CENTRE)
    return panel


def recording(seconds: float, u: float) -> Panel:
    """Draw a red dot and the length of the recording."""
    whole = int(seconds)
    length = f"{whole // 60}:{whole % 60:02}"
    word = 2.9 * u + text_width("REC", u, True) + 0.8 * u
    panel = Panel(round(word + text_width(length, u) + 1.4 * u), round(3.0 * u), 1.5 * u)
    panel.dot(1.7 * u, 1.5 * u, 0.62 * u, RED)
    panel.text("REC", 2.9 * u, 2.0 * u, u, WHITE, bold=True)
    panel.text(length, word, 2.0 * u, u, WHITE)
    return panel


def paused(u: float) -> Panel:
    """Draw two bars and a word; small, so that the paused picture stays visible."""
    panel = Panel(round(4.3 * u + text_width("PAUSED", u, True)), round(3.0 * u), 1.5 * u)
    for x in (1.3, 2.1):
        panel.bar(x * u, 0.95 * u, 0.5 * u, 1.1 * u, AMBER)
    panel.text("PAUSED", 3.2 * u, 2.0 * u, u, WHITE, bold=True)
    return panel


def banner(title: str, detail: str, u: float, room: int) -> Panel:
    """Draw two lines for the middle of a picture of ``room`` pixels, when there is none or it is old."""
    width = max(text_width(title, 1.8 * u, True), text_width(detail, u)) + 6 * u
    shrink = min(1.0, 0.94 * room / width)
    u, width = shrink * u, shrink * width
    panel = Panel(round(width), round(8.2 * u), 1.4 * u, 0.85)
    panel.text(title, width / 2, 3.7 * u, 1.8 * u, AMBER, bold=True, align=Align.CENTRE)
    panel.text(detail, width / 2, 6.1 * u, u, WHITE, align=Align.CENTRE)
    return panel


def help_panel(size: tuple[int, int], u: float) -> Panel:
    """Draw all keys to fit a picture of this width and height: groups in two columns, the last as a line below."""
    *groups, (_, program) = BINDINGS
    columns = groups[::2], groups[1::2]
    rows = max(sum(len(group) * 2.4 + 3.9 for _, group in column) for column in columns)
    high = rows + 7.0
    # how wide letters are differs between releases of OpenCV; measured large, where rounding does not matter
    widths = [max(_width(binding, 40.0) for _, group in column for binding in group) / 40 for column in columns]
    wide = max(sum(widths) + 3.0, sum(_width(binding, 40.0) / 40 + 2.4 for binding in program)) + 6.0
    u = max(4.0, min(1.1 * u, size[0] * 0.94 / wide, size[1] * 0.94 / high))
    panel = Panel(round(wide * u), round(high * u), 1.4 * u, 0.9)
    for x, column in zip((2.6, 5.6 + widths[0]), columns, strict=True):
        y = 3.6 * u
        for title, group in column:
            panel.text(title, x * u, y, 0.95 * u, GRAY)
            y += 2.7 * u
            for binding in group:
                _key(panel, binding, x * u, y, u)
                y += 2.4 * u
            y += 1.2 * u
    panel.bar(2.6 * u, (rows + 2.9) * u, (wide - 5.2) * u, max(1.0, 0.12 * u), DIM)
    x = 2.6 * u
    for binding in program:
        _key(panel, binding, x, (rows + 5.2) * u, u)
        x += _width(binding, u) + 2.4 * u
    return panel


def _cap(binding: Binding, u: float) -> float:
    return max(2.3 * u, text_width(binding.label, 0.95 * u, True) + 1.2 * u)


def _width(binding: Binding, u: float) -> float:
    return _cap(binding, u) + 1.0 * u + text_width(binding.text, u)


def _key(panel: Panel, binding: Binding, x: float, y: float, u: float) -> None:
    """Draw a key's cap and what the key does, on the base line y."""
    cap = _cap(binding, u)
    panel.bar(x, y - 1.5 * u, cap, 2.05 * u, CHIP)
    panel.text(binding.label, x + cap / 2, y, 0.95 * u, MINT, bold=True, align=Align.CENTRE)
    panel.text(binding.text, x + cap + 1.0 * u, y, u, WHITE)


def centred(panel: Panel, image: NDArray[np.uint8]) -> None:
    """Lay a panel over the middle of an image (H, W, 3) uint8 BGR, in place."""
    panel.paste(image, (image.shape[1] - panel.width) // 2, (image.shape[0] - panel.height) // 2)
