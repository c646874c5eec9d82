"""Batch normalisation, residual addition and PReLU of a training step on a CPU, in few passes over the features.

The values are those of ``nn.BatchNorm2d`` and ``nn.PReLU``, but intermediate ones stay float32 where torch rounds
them to bfloat16.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export.networks import fused_kernels as kernels

# the kernels run on one thread: with more than so many, torch's own operators overtake them
THREADS = 4
# a row of the kernels' arrays has at most so many values: its parameters stay in the first-level cache
ROW = 512


def can_fuse(x: Tensor) -> bool:
    """Return whether the kernels take ``x``, its gradient is wanted and torch has few threads."""
    supported = x.device.type == "cpu" and x.dtype in (torch.float32, torch.bfloat16)
    return supported and x.requires_grad and torch.get_num_threads() <= THREADS


def batch_norm(norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    """Compute ``norm(x)`` of a norm in training and update its running statistics."""
    return _Norm.apply(x, norm.weight, norm.bias, *_statistics(norm, x))


def batch_norm_add_prelu(norm: nn.BatchNorm2d, x: Tensor, skip: Tensor, slope: Tensor) -> Tensor:
    """Compute ``prelu(norm(x) + skip, slope)`` of a norm in training and update its running statistics."""
    return _NormAddPReLU.apply(x, norm.weight, norm.bias, skip, slope, *_statistics(norm, x))


def add_prelu(x: Tensor, skip: Tensor | None, slope: Tensor) -> Tensor:
    """Compute ``prelu(x + skip, slope)``; no skip counts as 0."""
    return _AddPReLU.apply(x, skip, slope)


def _statistics(norm: nn.BatchNorm2d, x: Tensor) -> tuple[Tensor, Tensor]:
    """Compute mean and reciprocal standard deviation of each channel, (C,) float32."""
    count = x.numel() // x.shape[1]
    mean, square = _channels(kernels.moments(_rows(x)), x.shape[1]) / count
    variance = np.maximum(square - mean**2, 0)
    assert norm.running_mean is not None and norm.running_var is not None and norm.num_batches_tracked is not None
    assert norm.momentum is not None
    with torch.no_grad():
        norm.running_mean.lerp_(_tensor(mean), norm.momentum)
        norm.running_var.lerp_(_tensor(variance * count / (count - 1)), norm.momentum)
        norm.num_batches_tracked += 1
    return _tensor(mean), _tensor(1 / np.sqrt(variance + norm.eps))


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, reciprocal: Tensor) -> Tensor:
        context.save_for_backward(x, weight, mean, reciprocal)
        rows, out = _rows(x), _empty(x)
        scale, shift = _affine(weight, bias, mean, reciprocal)
        kernels.scale_shift(rows, _tiled(scale, rows), _tiled(shift, rows), _rows(out))
        return out

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, weight, mean, reciprocal = context.saved_tensors
        incoming, rows = _rows(gradient), _rows(x)
        sums = _channels(kernels.gradient_moments(incoming, rows, _tiled(mean, rows)), x.shape[1])
        return *_norm_backward(incoming, x, weight, mean, reciprocal, sums), None, None


class _NormAddPReLU(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        skip: Tensor,
        slope: Tensor,
        mean: Tensor,
        reciprocal: Tensor,
    ) -> Tensor:
        context.save_for_backward(x, weight, bias, skip, slope, mean, reciprocal)
        return _add_prelu(x, *_affine(weight, bias, mean, reciprocal), skip, slope)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, weight, bias, skip, slope, mean, reciprocal = context.saved_tensors
        scale, shift = _affine(weight, bias, mean, reciprocal)
        passed, sums = _add_prelu_backward(gradient, x, scale, shift, skip, slope, mean)
        to_input = _norm_backward(_rows(passed), x, weight, mean, reciprocal, sums[:2])
        return *to_input, passed, _tensor(sums[2]), None, None


class _AddPReLU(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor, skip: Tensor | None, slope: Tensor) -> Tensor:
        context.save_for_backward(x, skip, slope)
        return _add_prelu(x, torch.ones_like(slope), torch.zeros_like(slope), skip, slope)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, skip, slope = context.saved_tensors
        zero = torch.zeros_like(slope)
        passed, sums = _add_prelu_backward(gradient, x, torch.ones_like(slope), zero, skip, slope, zero)
        return passed, None if skip is None else passed, _tensor(sums[2])


def _affine(weight: Tensor, bias: Tensor, mean: Tensor, reciprocal: Tensor) -> tuple[Tensor, Tensor]:
    """Scale and shift of a norm."""
    scale = weight * reciprocal
    return scale, bias - mean * scale


def _add_prelu(x: Tensor, scale: Tensor, shift: Tensor, skip: Tensor | None, slope: Tensor) -> Tensor:
    rows, out = _rows(x), _empty(x)
    other = None if skip is None else _rows(skip)
    kernels.add_prelu(rows, _tiled(scale, rows), _tiled(shift, rows), other, _tiled(slope, rows), _rows(out))
    return out


def _add_prelu_backward(
    gradient: Tensor, x: Tensor, scale: Tensor, shift: Tensor, skip: Tensor | None, slope: Tensor, mean: Tensor
) -> tuple[Tensor, NDArray[np.float64]]:
    """Compute the gradient of the sum, and its sums (3, C) as of ``kernels.add_prelu_backward``."""
    rows, out = _rows(x), _empty(x)
    scales, shifts, slopes, means = (_tiled(values, rows) for values in (scale, shift, slope, mean))
    other = None if skip is None else _rows(skip)
    arrays = _rows(gradient), rows, scales, shifts, other, slopes, means, _rows(out)
    return out, _channels(kernels.add_prelu_backward(*arrays), x.shape[1])


def _norm_backward(
    incoming: NDArray[Any], x: Tensor, weight: Tensor, mean: Tensor, reciprocal: Tensor, sums: NDArray[np.float64]
) -> tuple[Tensor, Tensor, Tensor]:
    """Compute gradients of input, weight and bias; ``sums`` (2, C) of ``incoming`` and of it times (x - mean)."""
    count = x.numel() // x.shape[1]
    inverse, centre = reciprocal.double().numpy(), mean.double().numpy()
    scale = weight.detach().double().numpy() * inverse
    slant = -scale * inverse**2 * sums[1] / count
    level = -scale * sums[0] / count - slant * centre
    rows, out = _rows(x), _empty(x)
    scales, slants, levels = (_tiled(_tensor(values), rows) for values in (scale, slant, level))
    kernels.combine(incoming, rows, scales, slants, levels, _rows(out))
    return out, _tensor(sums[1] * inverse), _tensor(sums[0])


def _rows(x: Tensor) -> NDArray[Any]:
    """View (N, C, H, W) as the kernels' (R, L), without a copy where channels are last in memory."""
    pixels, channels = x.numel() // x.shape[1], x.shape[1]
    repeats = 1
    while pixels % (2 * repeats) == 0 and 2 * repeats * channels <= ROW:
        repeats *= 2
    rows = x.detach().permute(0, 2, 3, 1).reshape(-1, repeats * channels)
    return (rows.view(torch.uint16) if rows.dtype == torch.bfloat16 else rows).numpy()


def _empty(like: Tensor) -> Tensor:
    return torch.empty_like(like, memory_format=torch.channels_last, requires_grad=False)


def _tiled(values: Tensor, rows: NDArray[Any]) -> NDArray[np.float32]:
    return np.tile(values.detach().numpy(), rows.shape[1] // len(values))


def _channels(totals: NDArray[np.float64], channels: int) -> NDArray[np.float64]:
    """Sum totals (K, L) of a row's values over each channel: (K, C)."""
    return totals.reshape(len(totals), -1, channels).sum(1)


def _tensor(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))
