"""A short run: it learns, is saved, goes on, and gives an ONNX file that computes the same."""

from __future__ import annotations

import os
import signal

import numpy as np
import onnxruntime
import pytest
import torch

from export.cli.detector import RECIPE
from export.config_files import validate
from export.detector.configuration import DetectorConfig, read_detector_config
from export.detector.data.composite_config import CompositeConfig
from export.detector.data.composites import Composer
from export.detector.evaluation import TorchNetwork
from export.detector.loop import REUSE_DELAY, CompositeStream, train_detector
from export.detector.losses import LossWeights
from export.detector.model.network import FaceDetectorNetwork
from export.detector.model.onnx_export import to_onnx, write_onnx
from export.detector.trainer import DetectorTrainer, load_detector_network, write_weights
from tests.export.detector.pictures_of_faces import SMALL, few_sources

CONFIG = DetectorConfig(
    network=SMALL, composites=CompositeConfig(size=64, largest=60), pictures=32, batch=4, learning_rate=1e-2
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Folder of a finished run."""
    folder = tmp_path_factory.mktemp("run")
    sources = few_sources()
    train_detector(CONFIG, folder, sources, sources, composites=6)
    return folder


def test_a_run_leaves_checkpoint_and_curve(finished):
    assert isinstance(load_detector_network(finished / "checkpoint.pt"), FaceDetectorNetwork)
    header, row = (finished / "curve.csv").read_text().splitlines()
    assert header.startswith("pictures,seconds,rate,score,box,keypoints")
    assert row.split(",")[0] == "32"


def test_a_run_is_not_overwritten_but_continued(finished):
    sources = few_sources()
    with pytest.raises(FileExistsError, match="--resume"):
        train_detector(CONFIG, finished, sources, sources)
    longer = CONFIG.model_copy(update={"pictures": 40})
    train_detector(longer, finished, sources, sources, resume=True, composites=6)
    trainer = DetectorTrainer(longer)
    trainer.restore(finished / "checkpoint.pt")
    assert trainer.pictures == 40


def test_nothing_to_resume(tmp_path):
    sources = few_sources()
    with pytest.raises(FileNotFoundError, match="nothing to resume"):
        train_detector(CONFIG, tmp_path, sources, sources, resume=True)


def test_a_checkpoint_of_another_network_is_refused(finished):
    with pytest.raises(ValueError, match="another network"):
        DetectorTrainer(DetectorConfig()).restore(finished / "checkpoint.pt")


def test_a_run_starts_from_a_checkpoint(finished):
    trainer = DetectorTrainer(CONFIG.model_copy(update={"init": str(finished / "checkpoint.pt")}))
    wanted = load_detector_network(finished / "checkpoint.pt").state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in trainer.network.state_dict().items())


def test_a_run_starts_from_weights_alone(finished, tmp_path):
    write_weights(finished / "checkpoint.pt", tmp_path / "w.safetensors")
    content = (tmp_path / "w.safetensors").read_bytes()
    for _ in range(8):
        write_weights(finished / "checkpoint.pt", tmp_path / "w.safetensors")
        assert (tmp_path / "w.safetensors").read_bytes() == content
    assert (tmp_path / "w.safetensors").stat().st_size < (finished / "checkpoint.pt").stat().st_size / 3
    trainer = DetectorTrainer(CONFIG.model_copy(update={"init": str(tmp_path / "w.safetensors")}))
    wanted = load_detector_network(finished / "checkpoint.pt").state_dict()
    for name, value in trainer.network.state_dict().items():
        torch.testing.assert_close(value, wanted[name], rtol=1e-3, atol=1e-6)


def test_weights_that_are_none_are_named(tmp_path):
    (tmp_path / "w.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"w\.safetensors: not the weights of a detector"):
        load_detector_network(tmp_path / "w.safetensors")
    with pytest.raises(FileNotFoundError, match="gone"):
        load_detector_network(tmp_path / "gone.safetensors")


def test_the_recipe_goes_on_from_the_committed_weights():
    config = read_detector_config(RECIPE)
    without_hints = config.model_copy(update={"losses": LossWeights()})
    assert DetectorTrainer(without_hints).network.config == config.network


def test_training_lowers_the_loss():
    composer = Composer(few_sources(), CONFIG.composites)
    random = np.random.default_rng(0)
    composed = [composer.close(random) for _ in range(8)]
    images, labels = np.stack([image for image, _ in composed]), [faces for _, faces in composed]
    trainer = DetectorTrainer(CONFIG.model_copy(update={"pictures": 8 * 40}))
    losses = [sum(trainer.train_step(images, labels).values()) for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])


def test_every_composite_is_shown_again_as_its_mirror_image():
    composer = Composer(few_sources(), CompositeConfig(size=64, largest=60, degradation_probability=0.0))
    batches = iter(CompositeStream(composer, 2, seed=3))
    shown = [next(batches) for _ in range(REUSE_DELAY + 2)]
    (first, faces), (again, mirrored) = shown[0], shown[-1]
    assert (again == first[:, :, ::-1]).all()
    assert np.allclose(mirrored[0].boxes[:, 0], 64 - faces[0].boxes[:, 2])


def test_the_schedule_rises_and_falls():
    trainer = DetectorTrainer(CONFIG.model_copy(update={"pictures": 1000, "warmup": 0.1}))
    rates = []
    for trainer.pictures in (0, 50, 100, 500, 1000):
        rates.append(trainer.rate())
    assert rates[0] < rates[1] < rates[2] == pytest.approx(CONFIG.learning_rate)
    assert rates[2] > rates[3] > rates[4] > 0


def test_configuration_as_a_table_and_back():
    assert validate(DetectorConfig, CONFIG.model_dump(mode="json"), "test") == CONFIG
    with pytest.raises(ValueError, match="unknown batches"):
        validate(DetectorConfig, {"batches": 3}, "test")
    with pytest.raises(ValueError, match="multiple of 32"):
        validate(DetectorConfig, {"composites": {"size": 100}}, "test")


def test_the_file_computes_what_the_network_does(tmp_path):
    torch.manual_seed(1)
    network = FaceDetectorNetwork(SMALL)
    network.train()(torch.rand(4, 3, 64, 64))  # norms that are not the identity
    network.eval()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    session = onnxruntime.InferenceSession(to_onnx(network).SerializeToString(), providers=["CPUExecutionProvider"])
    (cells,) = session.run(None, {"image": pixels[None]})
    assert cells[0] == pytest.approx(TorchNetwork(network).run(None, {"image": pixels[None]})[0][0], abs=1e-4)
    write_onnx(network, tmp_path / "detector.onnx", {"name": "edge"})
    session = onnxruntime.InferenceSession(tmp_path / "detector.onnx", providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata["name"] == "edge"
    assert metadata["strides"] == "[8, 16, 32]"
    assert session.run(None, {"image": np.stack([pixels] * 2)})[0].shape == (2, *cells.shape[1:])


def test_sigterm_saves_and_the_run_goes_on(tmp_path, monkeypatch):
    sources = few_sources()
    step = DetectorTrainer.train_step

    def stopped(trainer, images, labels):
        if trainer.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return step(trainer, images, labels)

    monkeypatch.setattr(DetectorTrainer, "train_step", stopped)
    before = signal.getsignal(signal.SIGTERM)
    train_detector(CONFIG, tmp_path, sources, sources, composites=1)
    assert signal.getsignal(signal.SIGTERM) is before
    trainer = DetectorTrainer(CONFIG)
    trainer.restore(tmp_path / "checkpoint.pt")
    assert trainer.step == 3
