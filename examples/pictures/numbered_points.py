"""Draw the 68 points of the largest face with their numbers, as an SVG without the photograph.

::

    python examples/pictures/numbered_points.py photo.jpg points.svg
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from runtime import FACE_PARTS, Face, Predictor, read_image

COLOURS = {
    "jaw": "#1a7f9e", "right_brow": "#8a4fb3", "left_brow": "#8a4fb3", "nose": "#b8860b",
    "right_eye": "#2e8b57", "left_eye": "#2e8b57", "outer_lips": "#c0392b", "inner_lips": "#e07b39",
}  # fmt: skip
CLOSED = ("right_eye", "left_eye", "outer_lips", "inner_lips")
HEIGHT = 1000


def numbered(face: Face) -> str:
    """Return the drawing."""
    points = face.landmarks[:, :2]
    points = (points - points.min(axis=0)) * HEIGHT / (points[:, 1].max() - points[:, 1].min())
    shapes = []
    for part, colour in COLOURS.items():
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points[list(FACE_PARTS[part])])
        kind = "polygon" if part in CLOSED else "polyline"
        shapes.append(f'<{kind} points="{line}" fill="none" stroke="{colour}" stroke-opacity="0.35"/>')
        for number in FACE_PARTS[part]:
            x, y = points[number]
            shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
            shapes.append(f'<text x="{x:.1f}" y="{y - 10:.1f}" fill="{colour}">{number}</text>')
    width = points[:, 0].max()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-40 -40 {width + 80:.0f} {HEIGHT + 80}" width="700">\n'
        f'<rect x="-40" y="-40" width="{width + 80:.0f}" height="{HEIGHT + 80}" fill="#fff"/>\n'
        '<g font-family="sans-serif" font-size="20" text-anchor="middle">\n' + "\n".join(shapes) + "\n</g></svg>\n"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the drawing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture")
    parser.add_argument("drawing", type=Path, nargs="?", default=Path("points.svg"), help="default: points.svg")
    options = parser.parse_args(arguments)
    with Predictor(max_faces=1, passes=2) as predictor:
        [face] = predictor(read_image(options.picture))
    options.drawing.write_text(numbered(face), encoding="utf-8")


if __name__ == "__main__":
    main()
