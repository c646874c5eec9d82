"""Device and number format of a run: given or measured, and recorded."""

from __future__ import annotations

import json
import logging

import pytest
import torch

from export.networks.landmark_network import build_network
from export.training import device
from export.training.configuration import SetConfig, TrainingConfig
from export.training.device import FORMATS, Compute, choose_compute, choose_device
from export.training.loop import train
from export.training.trainer import set_training_mode

pytestmark = pytest.mark.usefixtures("process_settings")

CONFIG = TrainingConfig(network="trimmed", init="scratch", sets=(SetConfig(name="helen", weight=1.0),))


@pytest.fixture
def network():
    network = build_network("trimmed")
    set_training_mode(network, CONFIG)
    return network


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a card")
def test_card_that_is_not_there_is_an_error_and_auto_takes_the_processor():
    assert choose_device("auto") == "cpu"
    with pytest.raises(ValueError, match=r"finds no GPU.*--device cpu"):
        choose_device("cuda")


def test_unknown_names_are_refused(network):
    with pytest.raises(ValueError, match="'tpu'; it is one of auto, cpu, cuda"):
        choose_device("tpu")
    with pytest.raises(ValueError, match="'int8'; it is one of auto, float32, bfloat16"):
        choose_compute(network, 4, "cpu", "int8")


def test_both_formats_are_measured_and_the_network_stays_as_it_was(network):
    before = [tensor.clone() for tensor in network.state_dict().values()]
    random = torch.get_rng_state()
    seconds = device.measure_formats(network, 1, "cpu")
    assert set(seconds) == set(FORMATS) and all(value > 0 for value in seconds.values())
    assert all(map(torch.equal, before, network.state_dict().values()))
    assert all(parameter.grad is None for parameter in network.parameters())
    assert torch.equal(torch.get_rng_state(), random)


@pytest.mark.parametrize(("slow", "fast"), [("bfloat16", "float32"), ("float32", "bfloat16")])
def test_faster_format_is_taken_and_said(network, monkeypatch, caplog, slow, fast):
    monkeypatch.setattr(device, "measure_formats", lambda *_: {slow: 2.0, fast: 0.1})
    with caplog.at_level(logging.INFO):
        compute = choose_compute(network, 4, "cpu")
    assert (compute.precision, compute.seconds) == (fast, {slow: 2.0, fast: 0.1})
    assert f"cpu: {fast} is faster (a step: {slow} 2000 ms, {fast} 100 ms)" in caplog.text


@pytest.mark.parametrize("precision", FORMATS)
def test_autocast_is_that_of_the_format(network, precision):
    layer = torch.nn.Conv2d(3, 4, 1)
    with Compute("cpu", precision).autocast():
        assert layer(torch.zeros(1, 3, 2, 2)).dtype is FORMATS[precision]


def test_run_records_how_it_was_computed(data_folder, tmp_path, quick_training):
    config = CONFIG.model_copy(update={"crops": 1, "batch": 1})
    train(config, tmp_path / "run", threads=1, device="cpu", precision="float32")
    record = json.loads((tmp_path / "run" / "compute.json").read_text())
    assert (record["device"], record["precision"], record["threads"]) == ("cpu", "float32", 1)
    assert record["torch"] == torch.__version__
