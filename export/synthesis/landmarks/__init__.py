"""The 68 points of iBUG 300-W on the synthetic head, placed as annotators do."""

from export.synthesis.landmarks.contour import slide_curves
from export.synthesis.landmarks.point_table import build_point_table, inner_ends
from export.synthesis.landmarks.points import (
    JAW,
    find_hidden,
    mesh_points,
    read_offsets,
    scaled_offsets,
    visible_outline,
)

__all__ = [
    "JAW",
    "build_point_table",
    "find_hidden",
    "inner_ends",
    "mesh_points",
    "read_offsets",
    "scaled_offsets",
    "slide_curves",
    "visible_outline",
]
