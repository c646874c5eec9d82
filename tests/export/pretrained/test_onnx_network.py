"""Landmark networks read back from ONNX files: every rewrite of the export is undone, what cannot be is refused."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from export.evaluation.metrics import onnx_predict, torch_predict
from export.onnx_graph import optimise, passes_for, store_half
from export.pretrained.onnx_network import PARITY, load_onnx, names_onnx, read_network
from export.release.onnx_export import Provenance, describe, open_model, to_onnx
from runtime import ModelError
from runtime.engine.model_registry import ModelFile, weights_directory

SHIPPED = ("full", "trimmed", "full-research", "trimmed-research")


def file_of(model):
    """A model in memory as a file that was read."""
    return ModelFile("mine", Path("mine.onnx"), model.SerializeToString())


@pytest.fixture(scope="module")
def exported(networks):
    """The trimmed network, exported with float16 storage; to be copied before it is changed."""
    model = to_onnx(networks["trimmed"], Provenance("mine", "", ""))
    store_half(model)
    return model


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_network_gives_the_points_of_its_file(name, crops):
    file = load_onnx(name)
    network = read_network(file)
    landmarker = open_model(onnx.load_model_from_string(file.content))
    difference = torch_predict(network)(crops) - onnx_predict(landmarker)(crops)
    assert np.abs(difference).max() < 0.001 < PARITY
    assert not network.training and network.config.name == name.removesuffix("-research")


@pytest.mark.parametrize("name", ["full", "trimmed"])
def test_weights_are_those_that_were_exported(networks, crops, name):
    """Also where channels are padded, and from a graph that was not rewritten."""
    predict = torch_predict(networks[name])
    for rewrite in (True, False):
        read = read_network(file_of(to_onnx(networks[name], Provenance("mine", "", ""), rewrite)))
        assert np.abs(torch_predict(read)(crops) - predict(crops)).max() < 0.001


def test_padded_channels_are_cut_off(networks, crops, monkeypatch):
    monkeypatch.setattr("export.release.onnx_export.optimise", lambda model: optimise(model, passes_for(24)))
    model = to_onnx(networks["trimmed"], Provenance("mine", "", ""))
    shapes = [tuple(item.dims) for item in model.graph.initializer]
    assert (24, 1, 3, 3) in shapes and (16, 1, 3, 3) not in shapes
    read = read_network(file_of(model))
    assert np.abs(torch_predict(read)(crops) - torch_predict(networks["trimmed"])(crops)).max() < 0.001
    [bias] = [item for item in model.graph.initializer if item.name == "network.stem.0.bias"]
    bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias) + np.float32(1), bias.name))
    with pytest.raises(ValueError, match=r"has weights \(24,\), and those beyond \(16,\) are not zero"):
        read_network(file_of(model))


def test_reading_and_exporting_again_gives_the_same_weights(exported):
    read = read_network(file_of(exported))
    again = to_onnx(read, Provenance("mine", "", ""))
    store_half(again)
    second = read_network(file_of(again))
    for (name, first), other in zip(read.state_dict().items(), second.state_dict().values(), strict=True):
        assert torch.allclose(first, other, rtol=2e-3, atol=1e-6), name


def test_read_network_learns(exported, crops):
    network = read_network(file_of(exported)).train()
    images = torch.from_numpy(np.ascontiguousarray(crops[..., ::-1])).permute(0, 3, 1, 2).float() / 255
    points, logits = network.logits(images)
    (points.square().mean() + logits.square().mean()).backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_names_of_shipped_networks_and_files():
    assert all(names_onnx(name) for name in (*SHIPPED, "mine.onnx", "runs/mine.onnx"))
    assert not any(names_onnx(name) for name in ("facemesh", "blazeface-back", "runs/full/checkpoint.safetensors"))


def changed(model, change):
    model = copy.deepcopy(model)
    change(model)
    return model


def rename_network(model):
    for item in model.metadata_props:
        item.value = "huge" if item.key == "network" else item.value


def join_other_tensors(model):
    """Let the last sum of the coordinates take the same operand twice: the same layers, another graph."""
    add = next(node for node in model.graph.node if node.op_type == "Add" and "coordinates.4/Add" in node.name)
    add.input[0] = add.input[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rename_network, r"mine\.onnx: cannot be read back into torch: its metadata names the network 'huge'"),
        (join_other_tensors, r"the network read from it gives points .* px away"),
    ],
)
def test_other_graphs_are_refused(exported, change, message):
    with pytest.raises(ValueError, match=message):
        read_network(file_of(changed(exported, change)))


def test_network_of_the_other_size_is_refused(networks):
    model = to_onnx(networks["trimmed"], rewrite=False)
    describe(model, networks["full"], Provenance("mine", "", ""))
    with pytest.raises(ValueError, match="it has 50 layers with weights, the network has 68; only files that `python"):
        read_network(file_of(model))


def test_detector_is_refused():
    with pytest.raises(ModelError, match="no landmarks model 'blazeface-back'"):
        load_onnx("blazeface-back")
    with pytest.raises(ModelError, match=r"metadata does not say 'kind'|kind is"):
        read_network(ModelFile("mine", Path("mine.onnx"), (weights_directory() / "blazeface-back.onnx").read_bytes()))
