"""Tools of painted surfaces: bilinear look-up, noise that tiles, soft steps."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from export.synthesis.mesh import Floats


@njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def sample_bilinear(chart: Floats, texels: Floats, repeat: bool = False) -> Floats:
    """Look up a chart at texels, bilinearly. The chart closes on itself across.

    Args:
        chart: (H, W, C) float32.
        texels: (N, 2) x, y.
        repeat: wrap around at the lower edge; else the chart ends there.

    Returns:
        (N, C) float32.
    """
    height, width, channels = chart.shape
    result = np.empty((texels.shape[0], channels), np.float32)
    for i in range(texels.shape[0]):
        x, y = texels[i, 0], texels[i, 1]
        if not repeat:
            y = min(max(y, 0.0), height - 1.001)
        left, top = math.floor(x), math.floor(y)
        fx, fy = x - left, y - top
        a, b, above, below = left % width, (left + 1) % width, top % height, (top + 1) % height
        for c in range(channels):
            upper = chart[above, a, c] * (1 - fx) + chart[above, b, c] * fx
            lower = chart[below, a, c] * (1 - fx) + chart[below, b, c] * fx
            result[i, c] = upper * (1 - fy) + lower * fy
    return result


def periodic_noise(rng: np.random.Generator, sigma: tuple[float, float], shape: tuple[int, int]) -> Floats:
    """Make band-passed noise of zero mean and unit deviation that tiles without a seam.

    Args:
        rng: random numbers.
        sigma: size of the grains down and across in texels.
        shape: rows and columns.

    Returns:
        (H, W) float32.
    """
    rows = np.fft.fftfreq(shape[0])[:, None] * sigma[0]
    columns = np.fft.rfftfreq(shape[1])[None, :] * sigma[1]
    squared = 2 * math.pi**2 * (rows**2 + columns**2)
    band = np.exp(-squared) - np.exp(-9 * squared)
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal(shape)) * band, shape)
    return np.asarray(noise / noise.std(), np.float32)


def soft_step(value: Floats, start: Floats | float, end: Floats | float) -> Floats:
    """Step smoothly from 0 to 1.

    Args:
        value: where to evaluate the step.
        start: at or before it the step is 0.
        end: from it on the step is 1; may be smaller than ``start``.
    """
    t = np.clip((value - start) / (np.asarray(end) - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
