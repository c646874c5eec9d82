"""The exported networks compute what the trained ones compute, in a form that onnxruntime runs fast."""

from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from export.evaluation.metrics import torch_predict
from export.networks.landmark_network import parameter_count
from export.onnx_graph import store_half
from export.release.onnx_export import Provenance, current_commit, fold_norms, to_onnx
from runtime.engine.model_registry import LandmarkSpec, weights_directory
from runtime.landmarks.region_of_interest import CROP_SCALE

TOLERANCE = 1e-3
NAMES = ("full", "trimmed")
WEIGHTS = weights_directory()
PROVENANCE = Provenance("astronauts", "Apache-2.0", "photographs of an astronaut", {"nme_helen_test": 3.5})


@pytest.fixture(scope="module")
def exported(networks):
    return {name: to_onnx(network, PROVENANCE) for name, network in networks.items()}


def predict(model, crops):
    """Points and confidence from an ONNX model, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(["points", "confidence"], {"image": crops})


@pytest.mark.parametrize("name", NAMES)
def test_onnx_agrees_with_torch_on_real_crops(networks, exported, crops, name):
    points, confidence = predict(exported[name], crops)
    assert points.shape == (3, 68, 3) and confidence.shape == (3, 1)
    np.testing.assert_allclose(points, torch_predict(networks[name])(crops), rtol=0, atol=TOLERANCE)
    rgb = torch.from_numpy(np.ascontiguousarray(crops[..., ::-1])).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        np.testing.assert_allclose(confidence, networks[name](rgb)[1].numpy(), rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_batch_equals_single_crops(exported, crops, name):
    together = predict(exported[name], crops)
    alone = [predict(exported[name], crop[None]) for crop in crops]
    for index, part in enumerate(together):
        np.testing.assert_allclose(part, np.concatenate([item[index] for item in alone]), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", NAMES)
def test_rewrites_change_no_point(networks, exported, crops, name):
    plain = to_onnx(networks[name], rewrite=False)
    assert {"PRelu", "Pad"} <= {node.op_type for node in plain.graph.node}
    for rewritten, expected in zip(predict(exported[name], crops), predict(plain, crops), strict=True):
        np.testing.assert_allclose(rewritten, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", NAMES)
def test_graph_is_free_of_what_is_slow(exported, name):
    model = exported[name]
    assert not {"BatchNormalization", "PRelu", "Pad"} & {node.op_type for node in model.graph.node}
    assert ([item.version for item in model.opset_import], model.ir_version) == ([17], 8)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_network_stays_in_the_blocked_layout(optimised_kinds, name):
    kinds = optimised_kinds(WEIGHTS / f"{name}.onnx")
    # the only ways out of the layout are the two heads; the one Cast is that of the pixels
    assert (kinds["PRelu"], kinds["ReorderInput"], kinds["ReorderOutput"], kinds["Cast"]) == (0, 0, 2, 1)
    # activations and sums are fused into convolutions, and the pixels are read as they lie
    assert (kinds["Relu"], kinds["Add"], kinds["Transpose"]) == (0, 0, 0)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_network_is_what_the_code_exports(exported, name):
    shipped, written = onnx.load(WEIGHTS / f"{name}.onnx"), onnx.ModelProto()
    written.CopyFrom(exported[name])
    store_half(written)
    kinds = [[node.op_type for node in model.graph.node] for model in (shipped, written)]
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize("name", NAMES)
def test_inputs_and_outputs(exported, name):
    graph = exported[name].graph
    shapes = {
        value.name: [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    assert shapes == {"image": ["n", 192, 192, 3], "points": ["n", 68, 3], "confidence": ["n", 1]}
    assert graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8


@pytest.mark.parametrize("name", NAMES)
def test_metadata_says_all(networks, exported, name):
    metadata = {item.key: item.value for item in exported[name].metadata_props}
    spec = LandmarkSpec.from_metadata(metadata, name)
    assert (spec.input_size, spec.crop_scale) == (192, CROP_SCALE)
    assert (spec.license, spec.training_data) == (PROVENANCE.license, PROVENANCE.training_data)
    assert (metadata["name"], metadata["network"]) == (PROVENANCE.name, name)
    assert int(metadata["parameters"]) == parameter_count(networks[name])
    assert json.loads(metadata["metrics"]) == PROVENANCE.metrics
    assert metadata["commit"] == current_commit()
    assert {"crop_rule", "outputs"} <= set(metadata)


def test_export_leaves_the_network_alone(networks, exported, crops):
    before = {name: tensor.clone() for name, tensor in networks["trimmed"].state_dict().items()}
    to_onnx(networks["trimmed"])
    for name, tensor in networks["trimmed"].state_dict().items():
        assert torch.equal(tensor, before[name])


def test_export_is_reproducible(networks, exported):
    assert to_onnx(networks["trimmed"], PROVENANCE).SerializeToString() == exported["trimmed"].SerializeToString()


@pytest.mark.parametrize("name", NAMES)
def test_folded_norms_compute_the_same(networks, name):
    image = torch.rand(2, 3, 192, 192, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        folded = fold_norms(networks[name])
        torch.testing.assert_close(folded(image), networks[name](image), rtol=0, atol=TOLERANCE)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded.modules())
