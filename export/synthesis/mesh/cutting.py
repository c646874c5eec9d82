"""Cutting shapes along curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from export.synthesis.mesh.shapes import Reals, Shape, compact


def clip(shape: Shape, keep: Callable[[Reals], Reals]) -> Shape:
    """Cut a shape along the zero line of a function.

    Args:
        shape: shape to cut.
        keep: function of attribute rows (N, C) to values (N,); the side where it is positive stays.

    Returns:
        The part that stays, with new vertices on the line.
    """
    values = _signed(keep(shape.attributes))
    inside = values[shape.triangles] > 0
    count = inside.sum(axis=1)
    whole = shape.triangles[count == 3]
    cut = shape.triangles[(count == 1) | (count == 2)]
    flags = inside[(count == 1) | (count == 2)]
    if not len(cut):
        return compact(replace(shape, triangles=whole))
    # turn each triangle so that the corner that is alone on its side comes first
    lonely = np.where(flags.sum(axis=1) == 1, flags.argmax(axis=1), (~flags).argmax(axis=1))
    a, b, c = (np.take_along_axis(cut, ((lonely + k) % 3)[:, None], axis=1)[:, 0] for k in range(3))
    size = len(shape.vertices)
    keys = np.concatenate([np.minimum(a, b).astype(np.int64) * size + np.maximum(a, b),
                           np.minimum(a, c).astype(np.int64) * size + np.maximum(a, c)])  # fmt: skip
    keys, where = np.unique(keys, return_inverse=True)
    first, second = keys // size, keys % size
    where = where.reshape(-1) + size
    share = _crossing(keep, shape.attributes[first], shape.attributes[second], values[first], values[second])
    everything = np.concatenate([shape.vertices, shape.attributes], axis=1)
    everything = np.concatenate([everything, everything[first] * (1 - share) + everything[second] * share])
    ab, ac = where[: len(a)], where[len(a) :]
    single = np.take_along_axis(flags, lonely[:, None], axis=1)[:, 0]
    pieces = [
        whole,
        np.stack([a, ab, ac], axis=1)[single],
        np.stack([ab, b, c], axis=1)[~single],
        np.stack([ab, c, ac], axis=1)[~single],
    ]
    triangles = np.concatenate(pieces).astype(np.int32)
    return compact(Shape(everything[:, :3].astype(np.float32), triangles, everything[:, 3:].astype(np.float32)))


def _signed(values: Reals) -> Reals:
    """Replace exact zeros by a small positive number."""
    return np.where(values == 0, 1e-6, values).astype(np.float32)


def _crossing(keep: Callable[[Reals], Reals], low: Reals, high: Reals, at_low: Reals, at_high: Reals) -> Reals:
    """Find where ``keep`` changes its sign on the way between two rows of attributes (regula falsi).

    Args:
        keep: function of attribute rows (N, C) to values (N,).
        low: (N, C) rows at one end.
        high: (N, C) rows at the other end.
        at_low: (N,) values at ``low``.
        at_high: (N,) values at ``high``, of the other sign.

    Returns:
        (N, 1) float32 shares of the way from ``low`` to ``high``.
    """
    left, right = np.zeros(len(low), np.float32), np.ones(len(low), np.float32)
    share = at_low / (at_low - at_high)
    for _ in range(2):
        value = _signed(keep(low * (1 - share)[:, None] + high * share[:, None]))
        same = (value > 0) == (at_low > 0)
        left, at_low = np.where(same, share, left), np.where(same, value, at_low)
        right, at_high = np.where(same, right, share), np.where(same, at_high, value)
        share = left + (right - left) * np.clip(at_low / (at_low - at_high), 0.02, 0.98)
    return share[:, None].astype(np.float32)
