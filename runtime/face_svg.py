"""A face as a drawing for notebooks: SVG, without a picture's pixels and without other libraries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

SIDE = 160
"""Height of the drawing in pixels."""


def face_svg(landmarks: NDArray[np.float32], lines: Iterable[tuple[Sequence[int], bool]]) -> str:
    """Draw landmarks and the lines through them; the coordinates are those of the image.

    Args:
        landmarks: (N, 3) x, y, z in image pixels.
        lines: point numbers of each line, and whether it is closed.

    Returns:
        An ``<svg>`` element; an empty string where a point is not finite.
    """
    points = np.asarray(landmarks, np.float64)[:, :2]
    if not np.isfinite(points).all():
        return ""
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), 1.0)
    left, top = low - 0.05 * size
    width, height = high - low + 0.1 * size
    shapes = []
    for numbers, closed in lines:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points[list(numbers)])
        shapes.append(f'<{"polygon" if closed else "polyline"} points="{path}"/>')
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{0.012 * size:.2f}"/>' for x, y in points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" height="{SIDE}" '
        f'viewBox="{left:.1f} {top:.1f} {width:.1f} {height:.1f}">'
        f'<g fill="none" stroke="currentColor" stroke-width="{0.008 * size:.2f}">{"".join(shapes)}</g>'
        f'<g fill="#d33">{dots}</g></svg>'
    )
