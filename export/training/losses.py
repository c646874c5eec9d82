"""Losses on landmarks. Every one takes errors of any shape, in crop pixels, and gives a mean."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def mse(error: Tensor) -> Tensor:
    """Mean squared error."""
    return error.square().mean()


def wing(error: Tensor, width: float = 10.0, curvature: float = 2.0) -> Tensor:
    """Wing loss (Feng et al. 2018, arXiv:1711.06753): logarithmic below ``width`` pixels, linear above."""
    size = error.abs()
    offset = width - width * math.log1p(width / curvature)
    return torch.where(size < width, width * torch.log1p(size / curvature), size - offset).mean()


def adaptive_wing(error: Tensor, width: float = 10.0, curvature: float = 2.0, exponent: float = 1.5) -> Tensor:
    """Adaptive wing loss (Wang et al. 2019, arXiv:1904.07399) on coordinates.

    The paper's exponent changes with the brightness of a heat map's pixel; a coordinate has none, so it is constant.
    What is new against :func:`wing` is a slope without jumps: 0 for no error (wing: +- width / curvature, which
    keeps pulling at points that are right), and continuous at ``width`` pixels, from where on it is constant.
    """
    size = error.abs()
    ratio = width / curvature
    slope = width * exponent * ratio ** (exponent - 1) / (1 + ratio**exponent) / curvature
    offset = slope * width - width * math.log1p(ratio**exponent)
    # the branch not taken must not be infinite: its gradient would be NaN times zero
    inner = width * torch.log1p((size.clamp(max=width) / curvature) ** exponent)
    return torch.where(size < width, inner, slope * size - offset).mean()
