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
