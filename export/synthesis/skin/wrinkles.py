"""Wrinkles as curves on the skin's chart: forehead, frown, crow's feet, lids, folds of the mouth, neck."""

from __future__ import annotations

import cv2
import numpy as np

from export.synthesis.mesh import Floats
from export.synthesis.skin.chart import HEIGHT, TEXELS, WIDTH

PIECES = 14


def wrinkle_map(rng: np.random.Generator, points: Floats, depth: float) -> tuple[Floats, Floats]:
    """Draw wrinkles.

    Args:
        rng: random numbers.
        points: (68, 2) landmarks in texels.
        depth: 0 none .. 1 a face of seventy.

    Returns:
        Creases (HEIGHT, WIDTH) float32 0..1, and the relief (HEIGHT, WIDTH) float32 around them in decimetres.
    """
    fine, broad = np.zeros((HEIGHT, WIDTH), np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    for curve, strength in _lines(rng, points):
        line = fine if strength < 0.6 else broad
        _draw(line, rng, curve, strength)
    narrow, wide = 0.009 * TEXELS, 0.022 * TEXELS
    # a line of one texel loses height when it is blurred; its peak is brought back to its strength
    crease = cv2.GaussianBlur(fine, (0, 0), narrow) * narrow * 2.4 + cv2.GaussianBlur(broad, (0, 0), wide) * wide * 2.4
    banks = cv2.GaussianBlur(crease, (0, 0), 0.04 * TEXELS)
    relief = np.float32(depth) * (np.float32(0.011) * banks - np.float32(0.014) * crease)
    return np.clip(crease * depth, 0, 1).astype(np.float32), relief.astype(np.float32)


def _lines(rng: np.random.Generator, p: Floats) -> list[tuple[Floats, float]]:
    """Lay out curves (K, 2) in texels, each with its strength 0..1."""
    lines: list[tuple[Floats, float]] = []
    u = rng.uniform
    dm = TEXELS
    middle = (p[19] + p[24]) / 2
    for k in range(int(rng.integers(2, 6))):  # forehead, following the brows' arch
        height, half = (0.17 + 0.13 * k) * dm * u(0.9, 1.1), u(0.3, 0.52) * dm
        x = np.linspace(-half, half, 9) + rng.normal(0, 0.04 * dm)
        bend = 0.05 * dm * np.cos(x / half * 2.6) + rng.normal(0, 0.012 * dm, 9)
        lines.append((np.stack([middle[0] + x, middle[1] - height + bend], 1), u(0.25, 0.75)))
    for side in (-1, 1):  # frown lines between the brows
        root = p[27] + np.array([side * u(0.03, 0.075) * dm, u(-0.04, 0.02) * dm])
        if rng.random() < 0.75:
            lines.append((_bow(root, root + [side * u(0, 0.03) * dm, -u(0.10, 0.2) * dm], 0.05 * side), u(0.2, 0.6)))
        outer, inner = (p[36], p[39]) if side < 0 else (p[45], p[42])
        for angle in np.linspace(-0.6, 0.75, int(rng.integers(3, 6))):  # crow's feet
            turn = angle + rng.normal(0, 0.08)
            start = outer + np.array([side * u(0.06, 0.10) * dm, angle * 0.05 * dm])
            end = start + np.array([side * np.cos(turn), np.sin(turn)]) * u(0.10, 0.2) * dm
            lines.append((_bow(start, end, 0.12 * angle * side), u(0.2, 0.55)))
        across = np.linspace(0, 1, 5)[:, None]
        bag = inner * (1 - across) + outer * across
        for fall in (u(0.10, 0.14), u(0.17, 0.22)):  # under the eyes
            arch = np.sin(np.linspace(0.25, 2.7, 5))[:, None] * np.array([0, fall * dm])
            lines.append(((bag + arch + [0, 0.02 * dm])[: int(rng.integers(3, 6))], u(0.15, 0.5)))
        wing, corner = (p[31], p[48]) if side < 0 else (p[35], p[54])
        start = wing + np.array([side * 0.06 * dm, -0.08 * dm])
        end = corner + np.array([side * u(0.10, 0.16) * dm, u(-0.02, 0.10) * dm])
        lines.append((_bow(start, end, -0.12 * side), u(0.7, 1.0)))  # from the nose around the mouth
        start = corner + np.array([side * 0.03 * dm, 0.03 * dm])
        lines.append((_bow(start, start + [side * u(0, 0.08) * dm, u(0.12, 0.26) * dm], 0.1 * side), u(0.3, 0.85)))
    for k in range(int(rng.integers(2, 4))):  # around the neck
        x = np.linspace(-1.0, 1.0, 9) * dm
        y = p[8, 1] + (0.38 + 0.2 * k) * dm + 0.08 * dm * np.cos(x / dm * 1.5) + rng.normal(0, 0.02 * dm, 9)
        lines.append((np.stack([p[8, 0] + x, y], 1), u(0.4, 0.8)))
    for side in (-1, 1):  # upper lip
        for place in np.linspace(0.15, 0.8, 4):
            start = p[51] * (1 - place) + (p[48] if side < 0 else p[54]) * place - [0, 0.03 * dm]
            lines.append((_bow(start, start + [side * 0.02 * dm, -u(0.04, 0.09) * dm], 0.0), u(0.03, 0.16)))
    return lines


def _bow(start: Floats, end: Floats, bend: float) -> Floats:
    """Make seven points from start to end on a parabola that leaves the straight line by ``bend`` of its length."""
    t = np.linspace(0, 1, 7)[:, None]
    along = end - start
    return np.asarray(start + along * t + 4 * bend * t * (1 - t) * np.array([-along[1], along[0]]))


def _draw(mask: Floats, rng: np.random.Generator, curve: Floats, strength: float) -> None:
    """Draw a line that starts and ends faint and has gaps."""
    t, knots = np.linspace(0, 1, PIECES + 1), np.linspace(0, 1, len(curve))
    path = np.stack([np.interp(t, knots, curve[:, 0]), np.interp(t, knots, curve[:, 1])], 1)
    path[1:-1] += rng.normal(0, 0.6, (PIECES - 1, 2))
    ticks = np.round(path * 16).astype(np.int32)
    fade = np.sin(np.pi * (np.arange(PIECES) + 0.7) / (PIECES + 0.4)) ** 0.7 * rng.uniform(0.6, 1.0, PIECES)
    for a, b, value in zip(ticks[:-1], ticks[1:], fade * strength, strict=True):
        cv2.line(mask, a.tolist(), b.tolist(), float(value), 1, cv2.LINE_8, 4)
