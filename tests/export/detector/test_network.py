"""The detector's network: shapes, size, and what its cells mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from export.cli.detector import RECIPE
from export.detector.configuration import read_detector_config
from export.detector.model.network import (
    OUTPUTS,
    STRIDES,
    DetectorNetworkConfig,
    FaceDetectorNetwork,
    cell_grid,
    decode_boxes,
    decode_keypoints,
    multiply_adds,
    parameter_count,
)
from runtime.detection import AnchorFreeFormat


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return FaceDetectorNetwork(DetectorNetworkConfig(blocks=(1, 1, 1))).eval()


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 160)])
def test_a_cell_for_every_stride(network, height, width):
    with torch.no_grad():
        cells = network(torch.rand(2, 3, height, width))
    assert cells.shape == (2, OUTPUTS, sum(height // stride * (width // stride) for stride in STRIDES))


def test_the_recipes_network_is_as_small_as_promised():
    network = FaceDetectorNetwork(read_detector_config(RECIPE).network)
    assert multiply_adds(network, 240, 320) <= 55e6
    assert parameter_count(network) * 2 <= 400_000


def test_multiply_adds_of_a_single_layer_counted_by_hand():
    network = FaceDetectorNetwork()
    whole = multiply_adds(network, 64, 64)
    network.stem = torch.nn.Conv2d(3, 16, 1, 2)  # 1 of 9 weights
    assert whole - multiply_adds(network, 64, 64) == 32 * 32 * 16 * 3 * 8


def test_channels_fill_blocks():
    with pytest.raises(ValueError, match="24"):
        DetectorNetworkConfig(channels=(64, 24, 64))


def test_before_training_scores_are_low(network):
    with torch.no_grad():
        assert torch.sigmoid(network(torch.zeros(1, 3, 64, 64))[:, 0]).max() < 0.1


def test_the_runtime_decodes_what_training_does():
    height, width = 64, 96
    centres, strides = cell_grid(height, width)
    cells = torch.randn(1, OUTPUTS, len(centres))
    values, logits = AnchorFreeFormat(320, STRIDES).split([cells.numpy()])
    chosen = np.array([0, 70, len(centres) - 2])
    pairs = AnchorFreeFormat(320, STRIDES).decode(values, chosen, height, width)
    boxes = decode_boxes(cells, centres, strides)[0, chosen].numpy()
    assert logits == pytest.approx(cells[0, 0].numpy())
    assert pairs[:, 0] == pytest.approx((boxes[:, :2] + boxes[:, 2:]) / 2, abs=1e-3)
    assert pairs[:, 1] == pytest.approx(boxes[:, 2:] - boxes[:, :2], abs=1e-3)
    keypoints = decode_keypoints(cells, centres, strides)[0, chosen].numpy()
    assert pairs[:, [2, 3, 4, 6, 7]] == pytest.approx(keypoints, abs=1e-3)
    assert pairs[:, 5] == pytest.approx(keypoints[:, 3:].mean(axis=1), abs=1e-3)
