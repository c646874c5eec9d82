"""Colours of panels and their text."""

from __future__ import annotations

from runtime.media import Colour

WHITE: Colour = (250, 250, 250)
GRAY: Colour = (200, 194, 188)
DIM: Colour = (160, 152, 145)
MINT: Colour = (172, 240, 150)
DARK: Colour = (34, 28, 24)
CHIP: Colour = (64, 57, 52)
RED: Colour = (80, 80, 250)
AMBER: Colour = (90, 200, 255)
