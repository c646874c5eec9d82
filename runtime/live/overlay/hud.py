"""The head-up display: numbers of the loop in the corner of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.live.overlay.hud_panels import few_panel, footer_panel, lane_panel, single_panel
from runtime.live.overlay.panel import Panel
from runtime.live.state.reading import Numbers, PanelSize

REFRESH = 0.25
"""Seconds for which numbers stand still, so that they can be read."""


def unit(size: tuple[int, int]) -> float:
    """Return a capital's height in pixels for a picture's width and height: small, but legible in small windows."""
    return max(7.0, 0.0185 * min(size[1], 0.75 * size[0]))


class Hud:
    """Draws the numbers. What it drew stays for :data:`REFRESH` seconds unless something was switched."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._panels: list[tuple[Panel, int, int]] = []
        self._drawn = -math.inf
        self._key: object = None

    def due(self, now: float, key: object) -> bool:
        """Return whether new numbers are needed: it is time, or ``key``, the state of the switches, has changed."""
        return now - self._drawn >= REFRESH or key != self._key

    def update(
        self,
        numbers: Numbers,
        size: tuple[int, int],
        starts: Sequence[int],
        now: float,
        key: object,
        panel: PanelSize = PanelSize.WHOLE,
    ) -> None:
        """Draw new numbers for a scene of a width and height whose pictures start at these columns."""
        self._drawn, self._key = now, key
        whole = panel is PanelSize.WHOLE
        u = unit((size[0] // len(starts), size[1]))
        margin = round(1.6 * u)
        if len(numbers.lanes) == 1:
            self._panels = [(single_panel(numbers, u) if whole else few_panel(numbers, u), margin, margin)]
            return
        self._panels = [
            (lane_panel(lane, numbers.tracking, whole, u), start + margin, margin)
            for lane, start in zip(numbers.lanes, starts, strict=True)
        ]
        footer = footer_panel(numbers, u, size[0])
        self._panels.append((footer, (size[0] - footer.width) // 2, size[1] - footer.height - margin))

    def paste(self, image: NDArray[np.uint8]) -> None:
        """Lay the numbers over the scene (H, W, 3) uint8 BGR, in place."""
        for panel, x, y in self._panels:
            panel.paste(image, x, y)
