"""Depthwise 3x3 convolution of stride 2 whose gradients do not take the CPU library's slow path for strides."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def halving_depthwise(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Apply ``conv2d`` of stride 2, padded at the bottom and the right: (N, C, H, W) -> (N, C, H // 2, W // 2)."""
    return _Halving.apply(x, weight.to(x.dtype), None if bias is None else bias.to(x.dtype))


class _Halving(torch.autograd.Function):
    """The backward pass is that of stride 1, which gave the same values at odd pixels: a third of the time."""

    @staticmethod
    def forward(context: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        context.save_for_backward(x, weight)
        return F.conv2d(F.pad(x, (0, 1, 0, 1)), weight, bias, 2, groups=x.shape[1])

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:  # type: ignore[override]
        x, weight = context.saved_tensors
        spread = torch.zeros_like(x)
        spread[:, :, 1::2, 1::2] = gradient
        one, channels = [1, 1], x.shape[1]
        return torch.ops.aten.convolution_backward(
            spread, x, weight, [channels], one, one, one, False, [0, 0], channels, context.needs_input_grad
        )
