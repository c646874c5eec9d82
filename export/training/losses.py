"""Losses on landmarks: functions from errors of any shape, in crop pixels, to a mean."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def mse(error: Tensor) -> Tensor:
    """Compute the mean squared error."""
    return error.square().mean()


def wing(error: Tensor, width: float = 10.0, curvature: float = 2.0) -> Tensor:
    """Compute the wing loss (Feng et al. 2018, arXiv:1711.06753): logarithmic below ``width`` pixels, linear above."""
    size = error.abs()
    offset = width - width * math.log1p(width / curvature)
    return torch.where(size < width, width * torch.log1p(size / curvature), size - offset).mean()


def adaptive_wing(error: Tensor, width: float = 10.0, curvature: float = 2.0, exponent: float = 1.5) -> Tensor:
    """Compute the adaptive wing loss (Wang et al. 2019, arXiv:1904.07399) on coordinates.

    The paper's exponent depends on the value of a heat map's pixel; for coordinates it is constant. Unlike that of
    :func:`wing`, the gradient is continuous: 0 at zero error, where that of wing jumps by 2 width / curvature, and
    constant from ``width`` pixels on.
    """
    size = error.abs()
    ratio = width / curvature
    slope = width * exponent * ratio ** (exponent - 1) / (1 + ratio**exponent) / curvature
    offset = slope * width - width * math.log1p(ratio**exponent)
    # clamped because an infinite value in the branch not taken makes the gradient NaN
    inner = width * torch.log1p((size.clamp(max=width) / curvature) ** exponent)
    return torch.where(size < width, inner, slope * size - offset).mean()
