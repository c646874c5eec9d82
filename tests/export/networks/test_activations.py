"""The fast PReLU is PReLU."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import export.networks.activations
from export.networks.activations import PReLU


@pytest.fixture(autouse=True)
def any_number_of_threads(monkeypatch):
    monkeypatch.setattr(export.networks.activations, "can_fuse", lambda x: True)


def both(channels):
    torch.manual_seed(0)
    slopes = torch.linspace(-0.5, 1.5, channels)
    ours, torchs = PReLU(channels), nn.PReLU(channels)
    for module in (ours, torchs):
        with torch.no_grad():
            module.weight.copy_(slopes)
    return ours, torchs


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(2, 16, 5, 7), (1, 3, 4, 4), (3, 32, 1, 1)])
def test_values_and_gradients_are_torchs(shape, layout):
    images = torch.randn(shape).to(memory_format=layout)
    gradient = torch.randn(shape).to(memory_format=layout)
    results = []
    for module in both(shape[1]):
        x = images.clone().requires_grad_()
        y = module(x)
        y.backward(gradient)
        results.append((y, x.grad, module.weight.grad))
    for ours, torchs in zip(*results, strict=True):
        torch.testing.assert_close(ours, torchs, atol=1e-5, rtol=1e-5)


def test_evaluation_is_torchs_own_operator():
    ours, torchs = both(4)
    x = torch.randn(1, 4, 2, 2, requires_grad=True)
    assert ours.eval()(x).grad_fn.name() == torchs.eval()(x).grad_fn.name() != ours.train()(x).grad_fn.name()
