"""The strided depthwise convolution is torch's."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from export.networks.depthwise import halving_depthwise


@pytest.mark.parametrize("size", [(12, 12), (7, 4), (6, 5), (3, 3), (2, 2)])
def test_values_and_gradients_are_torchs(size):
    torch.manual_seed(0)
    tensors = torch.randn(2, 8, *size).to(memory_format=torch.channels_last), torch.randn(8, 1, 3, 3), torch.randn(8)
    gradient = torch.randn(2, 8, size[0] // 2, size[1] // 2)
    results = []
    for function in (
        halving_depthwise,
        lambda x, weight, bias: F.conv2d(F.pad(x, (0, 1, 0, 1)), weight, bias, 2, groups=8),
    ):
        inputs = [tensor.clone().requires_grad_() for tensor in tensors]
        output = function(*inputs)
        output.backward(gradient)
        results.append([output, *(tensor.grad for tensor in inputs)])
    for ours, torchs in zip(*results, strict=True):
        torch.testing.assert_close(ours, torchs, atol=1e-5, rtol=1e-5)
