"""The two networks have the size and the shapes that the study gives."""

from __future__ import annotations

import copy

import pytest
import torch

import export.networks.activations
import export.networks.landmark_network
from export.networks.landmark_network import Block, build_network, layer_table, parameter_count


@pytest.mark.parametrize(("name", "parameters", "layers"), [("full", 264_317, 68), ("trimmed", 201_853, 50)])
def test_parameters_and_layers_are_the_studys(name, parameters, layers):
    network = build_network(name)
    assert parameter_count(network) == parameters
    assert len(layer_table(network)) == layers


@pytest.mark.parametrize("name", ["full", "trimmed"])
def test_layer_table_accounts_for_every_parameter(name):
    network = build_network(name)
    assert sum(layer.parameters for layer in layer_table(network)) == parameter_count(network)


@pytest.mark.parametrize(("name", "multiply_adds"), [("full", 34_633_440), ("trimmed", 21_918_816)])
def test_multiply_adds(name, multiply_adds):
    assert sum(layer.multiply_adds for layer in layer_table(build_network(name))) == multiply_adds


def test_multiply_adds_of_the_stem():
    stem = layer_table(build_network("full"))[0]
    assert (stem.shape, stem.multiply_adds) == ((16, 96, 96), 96 * 96 * 16 * 3 * 3 * 3)


@pytest.mark.parametrize("name", ["full", "trimmed"])
def test_outputs(name):
    with torch.no_grad():
        points, confidence = build_network(name).eval()(torch.rand(2, 3, 192, 192))
    assert points.shape == (2, 68, 3) and confidence.shape == (2, 1)
    assert ((confidence > 0) & (confidence < 1)).all()


def test_points_stay_precise_under_autocast():
    network = build_network("trimmed").eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        network.coordinates[-1].bias.fill_(190.3)
        network.coordinates[-1].weight.zero_()
        points, _ = network.logits(torch.rand(1, 3, 192, 192))
    assert points.dtype == torch.float32
    torch.testing.assert_close(points, torch.full((1, 68, 3), 190.3))


def test_unknown_network_is_refused():
    with pytest.raises(ValueError, match="'tiny'; there are full, trimmed"):
        build_network("tiny")


def test_frozen_norms_are_folded_without_a_difference(networks):
    """In training a frozen norm vanishes into its convolution: same points, and the norm still learns."""
    network = copy.deepcopy(networks["trimmed"])
    images = torch.rand(2, 3, 192, 192)
    expected = network.logits(images)[0]
    gradient = torch.autograd.grad(expected.square().mean(), network.backbone[2].norm1.weight)[0]
    network.train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    folded = network.logits(images)[0]
    again = torch.autograd.grad(folded.square().mean(), network.backbone[2].norm1.weight)[0]
    torch.testing.assert_close(folded, expected, atol=1e-2, rtol=1e-4)
    torch.testing.assert_close(again, gradient, atol=1e-2 * float(gradient.abs().max()), rtol=1e-2)


@pytest.mark.parametrize(("outputs", "stride"), [(16, 1), (16, 2), (32, 2), (32, 1)])
def test_a_blocks_fused_training_is_that_of_torchs_operators(outputs, stride, monkeypatch):
    torch.manual_seed(0)
    fused = Block(16, outputs, stride).train()
    plain = copy.deepcopy(fused)
    images = torch.randn(4, 16, 12, 12)
    results = []
    for block, condition in ((fused, lambda x: True), (plain, lambda x: False)):
        monkeypatch.setattr(export.networks.landmark_network, "can_fuse", condition)
        monkeypatch.setattr(export.networks.activations, "can_fuse", condition)
        x = images.clone().requires_grad_()
        output = block(x)
        output.square().mean().backward()
        gradients = [parameter.grad for parameter in block.parameters()]
        results.append([output, x.grad, *gradients, *block.buffers()])
    assert results[0][0].grad_fn.name() != results[1][0].grad_fn.name()
    for ours, torchs in zip(*results, strict=True):
        torch.testing.assert_close(ours, torchs, atol=1e-5, rtol=1e-4)


def test_evaluation_uses_torchs_operators():
    block = Block(16, 16).eval()
    x = torch.randn(1, 16, 4, 4, requires_grad=True)
    assert block(x).grad_fn.name() == torch.nn.PReLU(16)(x).grad_fn.name()
