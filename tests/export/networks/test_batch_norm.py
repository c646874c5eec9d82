"""The fused batch norm, addition and PReLU are torch's, whose own are computed in float64 to compare with."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from export.networks.batch_norm import THREADS, add_prelu, batch_norm, batch_norm_add_prelu, can_fuse

CHANNELS = 16


@pytest.fixture
def norms():
    """Two equal norms in training, the second of float64; neither weights nor running statistics are trivial."""
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(CHANNELS)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    nn.init.normal_(norm.running_mean)
    return norm, copy.deepcopy(norm).double()


@pytest.fixture
def slope():
    return torch.linspace(-0.5, 1.5, CHANNELS)


@pytest.fixture
def few_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def features(shape, dtype=torch.float32, layout=torch.channels_last):
    return (torch.randn(shape) * 3 + 2).to(dtype).to(memory_format=layout)


def run(function, tensors, gradient, norm):
    """Output, gradients of tensors and parameters, running statistics."""
    tensors = [tensor.clone().requires_grad_() for tensor in tensors]
    output = function(*tensors)
    output.backward(gradient)
    parameters = [parameter.grad for parameter in norm.parameters()]
    return [output, *(tensor.grad for tensor in tensors), *parameters, *norm.buffers()]


def run_exact(function, tensors, gradient, norm):
    return run(function, [tensor.double() for tensor in tensors], gradient.double(), norm)


def assert_equal(ours, exact, tolerance):
    """To ``tolerance`` of the largest value of each tensor."""
    for a, b in zip(ours, exact, strict=True):
        torch.testing.assert_close(a.double(), b.double(), rtol=0, atol=tolerance * float(b.detach().abs().max()))


SHAPES = [(4, CHANNELS, 12, 10), (3, CHANNELS, 3, 5), (5, CHANNELS, 1, 1), (300, CHANNELS, 16, 16)]
LAYOUTS = [torch.channels_last, torch.contiguous_format]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_batch_norm_is_torchs(norms, shape, layout):
    ours, theirs = norms
    x, gradient = features(shape, layout=layout), features(shape, layout=layout)
    expected = run_exact(theirs, [x], gradient, theirs)
    assert_equal(run(lambda x: batch_norm(ours, x), [x], gradient, ours), expected, 1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_fused_end_of_a_block_is_torchs(norms, slope, shape, layout):
    ours, theirs = norms
    x, skip, gradient = (features(shape, layout=layout) for _ in range(3))
    expected = run_exact(lambda x, skip, slope: F.prelu(theirs(x) + skip, slope), [x, skip, slope], gradient, theirs)
    result = run(lambda *tensors: batch_norm_add_prelu(ours, *tensors), [x, skip, slope], gradient, ours)
    assert_equal(result, expected, 1e-5)


def test_bfloat16_features_are_rounded_once_to_nearest(norms):
    ours, theirs = norms
    x, gradient = (features((4, CHANNELS, 12, 10), torch.bfloat16) for _ in range(2))
    exact = run_exact(theirs, [x], gradient, theirs)
    output, to_input, *others = run(lambda x: batch_norm(ours, x), [x], gradient, ours)
    # 8 bits of mantissa: half a unit in the last place
    torch.testing.assert_close(output.double(), exact[0], rtol=2**-8, atol=1e-5)
    torch.testing.assert_close(to_input.double(), exact[1], rtol=2**-8, atol=1e-5)
    assert_equal(others, exact[2:], 1e-5)


def test_a_frozen_norms_block_ends_with_torchs_addition_and_prelu(slope):
    x, skip, gradient = (features((4, CHANNELS, 12, 10)) for _ in range(3))
    expected = run_exact(lambda x, skip, slope: F.prelu(x + skip, slope), [x, skip, slope], gradient, nn.Identity())
    assert_equal(run(add_prelu, [x, skip, slope], gradient, nn.Identity()), expected, 1e-6)


@pytest.mark.parametrize(
    ("tensor", "fused"),
    [
        (torch.zeros(1, requires_grad=True), True),
        (torch.zeros(1, dtype=torch.bfloat16, requires_grad=True), True),
        (torch.zeros(1), False),
        (torch.zeros(1, dtype=torch.float64, requires_grad=True), False),
        (torch.zeros(1, device="meta", requires_grad=True), False),
    ],
)
def test_only_training_in_the_kernels_types_is_fused(few_threads, tensor, fused):
    assert can_fuse(tensor) is fused


def test_torchs_operators_are_left_to_many_threads(few_threads):
    tensor = torch.zeros(1, requires_grad=True)
    torch.set_num_threads(THREADS + 1)
    assert not can_fuse(tensor)
