"""Results of a release: files, a manifest in order, model cards with every number and the right licence."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from export.catalogue import MODELS
from export.evaluation.accuracy import read_test_photographs
from export.release.landmarks import release_landmarks
from export.training.configuration import SetConfig
from runtime import ModelError, Predictor
from runtime.engine.model_registry import list_models, load_model, weights_directory
from runtime.engine.sessions import open_session
from runtime.landmarks.landmarker import Landmarker

PHOTOGRAPHS = SetConfig(name="helen", weight=1.0)
SYNTHETIC = SetConfig(name="synthetic", weight=1.0, path="gone/synthetic")


@pytest.fixture
def weights(tmp_path):
    """A folder to release into."""
    folder = tmp_path / "weights"
    folder.mkdir()
    return folder


def test_released_network_is_measured_listed_and_runs(data_folder, synthetic_folder, weights, stand_in):
    runs = stand_in("trimmed-research", "trimmed", PHOTOGRAPHS)
    assert release_landmarks([MODELS["trimmed-research"]], runs, synthetic_folder, weights) == [
        weights / "trimmed-research.onnx"
    ]
    [entry] = list_models(weights)
    content = (weights / "trimmed-research.onnx").read_bytes()
    assert len(content) < 500_000  # float32 storage takes 840 kB
    assert (entry.sha256, entry.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert entry.parameters == 201_853
    assert "research only" in entry.license and "research use only" in entry.trained_on
    measured = {"nme_helen_test", "nme_afw_test", "confidence_auc"}
    rendered = {f"{name}_synthetic_test" for name in ("nme", "z_error", "yaw_error", "pitch_error", "roll_error")}
    assert set(entry.metrics) == measured | rendered
    session = open_session(load_model("trimmed-research", "landmarks", weights), "cpu")
    metadata = session.onnx.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["metrics"]) == entry.metrics
    assert Landmarker(session).spec.license == MODELS["trimmed-research"].family.license
    card = (weights / "trimmed-research.md").read_text(encoding="utf-8")
    assert entry.sha256 in card and f"{entry.metrics['nme_helen_test']:.2f}" in card
    assert metadata["training_data"] in card and "HELEN" in card
    for row in ("| all points | 12 | ", "| yaw 0 to 15 | 12 | ", "| exact points | 12 | ", "| skin: palest | 12 | "):
        assert row in card
    assert f"| all points | 12 | {entry.metrics['z_error_synthetic_test']:.2f} [" in card


def test_open_model_says_that_no_photograph_was_used(data_folder, synthetic_folder, weights, stand_in, monkeypatch):
    runs = stand_in("full", "full", SYNTHETIC)
    shutil.copytree(weights_directory(), weights, dirs_exist_ok=True)
    release_landmarks([MODELS["full"]], runs, synthetic_folder, weights)
    entry = next(entry for entry in list_models(weights) if entry.name == "full")
    assert (entry.parameters, entry.license.split(":")[0]) == (264_317, "Apache-2.0")
    monkeypatch.setattr("runtime.engine.model_registry.weights_directory", lambda: weights)
    with Predictor("full") as predictor:
        report = predictor.report()
    card = (weights / "full.md").read_text(encoding="utf-8")
    assert report.landmarks.model == "full" and report.license.startswith("Apache-2.0")
    for text in (report.training_data, card):
        assert "no photograph of a person was used to train it" in text
        assert "68 mean offsets from the mesh to the points (export/synthesis/landmarks/offsets.csv)" in text
    assert "research" not in entry.license + report.license
    with pytest.raises(ModelError, match="'huge'; there are full, full-research, trimmed, trimmed-research, or give"):
        Predictor("huge")


def test_open_model_that_learnt_from_photographs_is_refused(synthetic_folder, weights, stand_in):
    runs = stand_in("full", "full", SYNTHETIC, PHOTOGRAPHS)
    with pytest.raises(ValueError, match=r"photographs of people \(helen\).*full promises that it has not"):
        release_landmarks([MODELS["full"]], runs, synthetic_folder, weights)
    assert not list(weights.iterdir())


def test_checkpoint_of_the_other_network_is_refused(synthetic_folder, weights, stand_in):
    runs = stand_in("trimmed", "full", SYNTHETIC)
    with pytest.raises(ValueError, match="holds a full network, trimmed is a trimmed one"):
        release_landmarks([MODELS["trimmed"]], runs, synthetic_folder, weights)


def test_faces_of_a_seed_that_was_trained_on_are_no_test(synthetic_folder, weights, stand_in):
    """Whatever became of the folder."""
    runs = stand_in("full", "full", SYNTHETIC, seed=3)
    with pytest.raises(ValueError, match=r"full was trained on faces of this seed, 3 \(gone/synthetic\)"):
        release_landmarks([MODELS["full"]], runs, synthetic_folder, weights)


def test_photographs_for_testing_come_from_the_test_folders(data_folder):
    photographs = read_test_photographs()
    assert {name: len(faces) for name, faces in photographs.items()} == {"helen": 2, "afw": 2}


def test_missing_photographs_are_an_error(tmp_path, synthetic_folder, weights, stand_in, monkeypatch):
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path / "nowhere"))
    runs = stand_in("full-research", "full", PHOTOGRAPHS)
    with pytest.raises(FileNotFoundError, match="LANDMARKS_DATA"):
        release_landmarks([MODELS["full-research"]], runs, synthetic_folder, weights)
    assert not list(weights.iterdir())


def test_missing_synthetic_faces_are_an_error(data_folder, tmp_path, weights, stand_in):
    runs = stand_in("full-research", "full", PHOTOGRAPHS)
    with pytest.raises(FileNotFoundError, match="python -m export synthesize"):
        release_landmarks([MODELS["full-research"]], runs, tmp_path / "nowhere", weights)
    assert not list(weights.iterdir())
