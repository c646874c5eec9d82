"""Checks that keep a network from being released: another result under onnxruntime, a loss by float16 storage."""

from __future__ import annotations

import copy

import pytest
import torch

from export.evaluation.metrics import annotation_crops
from export.release.checks import check_parity, check_rounding
from export.release.onnx_export import Provenance, open_model, to_onnx

PROVENANCE = Provenance("full", "", "")


def test_network_that_differs_from_its_file_is_not_released(networks, astronaut_face):
    landmarker = open_model(to_onnx(networks["full"], PROVENANCE))
    crops, _ = annotation_crops([astronaut_face])
    check_parity("full", networks["full"], landmarker, crops)
    other = copy.deepcopy(networks["full"])
    with torch.no_grad():
        other.coordinates[-1].bias += 0.002
    with pytest.raises(RuntimeError, match="full: torch and onnxruntime differ by 2"):
        check_parity("full", other, landmarker, crops)


def test_network_that_loses_by_rounding_is_not_released(networks, astronaut_face):
    exact = open_model(to_onnx(networks["full"], PROVENANCE))
    assert check_rounding("full", exact, exact, [astronaut_face]).cost == 0
    other = copy.deepcopy(networks["full"])
    with torch.no_grad():
        other.coordinates[-1].weight *= 0.9
    with pytest.raises(RuntimeError, match=r"full: by float16 storage .* NME .* 1% is allowed"):
        check_rounding("full", open_model(to_onnx(other, PROVENANCE)), exact, [astronaut_face])
