"""What a release leaves: files, a manifest in order, model cards with every number and the right licence."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from export.evaluation.float16_error import Rounding
from export.evaluation.metrics import Errors
from export.release.cards import landmark_card
from export.release.catalogue import MODELS
from export.release.onnx_export import Provenance, to_onnx
from export.release.publish import Accuracy, check_parity, check_rounding, release, release_detectors, update_manifest
from export.release.publish import test_photographs as photographs_for_testing
from export.training.configuration import SetConfig, TrainingConfig, config_to_table
from export.training.lineage import Lineage
from runtime import ModelError, Predictor
from runtime.engine.model_registry import ModelEntry, ModelFile, list_models, load_model, weights_directory
from runtime.engine.sessions import open_session
from runtime.landmarks.landmarker import Landmarker

ENTRY = ModelEntry("full", "landmarks", "full.onnx", "ab" * 32, 1_097_019, 264_317, "Apache-2.0", "faces", {"nme": 3.5})
PHOTOGRAPHS = SetConfig("helen", 1.0)
SYNTHETIC = SetConfig("synthetic", 1.0, path="gone/synthetic")


PROVENANCE = Provenance("", "", "")
LEARNT = Lineage(True, (), (), False, (("runs/synthetic", 1),), False)


def landmarker_of(file):
    """An ONNX model in memory as the runtime opens it."""
    return Landmarker(open_session(ModelFile("full", Path("full.onnx"), file.SerializeToString()), "cpu"))


def names(folder):
    return [entry.name for entry in list_models(folder)]


@pytest.fixture
def stand_in(tmp_path, networks):
    """Writes ``runs/NAME/checkpoint.pt`` with a network that has learnt from some sets; gives the folder of runs."""

    def write(name, network, *sets, seed=1):
        path = tmp_path / "runs" / name / "checkpoint.pt"
        path.parent.mkdir(parents=True)
        table = config_to_table(TrainingConfig(network, "facemesh", sets))
        faces = {item.path: {"seed": seed, "version": "3"} for item in sets if item.path}
        record = {"config": table, "synthetic": faces, "parents": {}}
        torch.save({"network": network, "lineage": record, "average": networks[network].state_dict()}, path)
        return tmp_path / "runs"

    return write


@pytest.fixture
def weights(tmp_path):
    """A folder to release into."""
    folder = tmp_path / "weights"
    folder.mkdir()
    return folder


def test_manifest_holds_an_entry_once(tmp_path):
    update_manifest(tmp_path, ENTRY)
    first = (tmp_path / "manifest.json").read_text()
    update_manifest(tmp_path, ENTRY)
    assert (tmp_path / "manifest.json").read_text() == first
    assert list_models(tmp_path) == [ENTRY]


def test_manifest_takes_the_newer_entry(tmp_path):
    newer = dataclasses.replace(ENTRY, sha256="cd" * 32)
    update_manifest(tmp_path, ENTRY)
    update_manifest(tmp_path, newer)
    assert list_models(tmp_path) == [newer]


def test_manifest_is_ordered_by_role_and_name(tmp_path):
    for name, role in (("short", "detector"), ("trimmed", "landmarks"), ("back", "detector"), ("full", "landmarks")):
        update_manifest(tmp_path, dataclasses.replace(ENTRY, name=name, role=role))
    assert names(tmp_path) == ["full", "trimmed", "back", "short"]


def test_model_card_holds_licence_and_every_number(networks):
    rng = np.random.default_rng(0)
    errors = {
        name: Errors(rng.uniform(1, 9, (count, 68)), rng.uniform(60, 90, count))
        for name, count in (("helen", 31), ("afw", 47))
    }
    model = MODELS["full-research"]
    rounding = Rounding(mean=0.0123, largest=0.456, nme=4.04, exact_nme=4.0)
    card = landmark_card(model, networks["full"], ENTRY, errors, 0.98765, "tables of renderings", LEARNT, rounding)
    assert "points move by 0.012 px on average and 0.46 px at most, NME 4.000 becomes 4.040 (+1.00%)" in card
    assert model.family.license in card and model.use in card and all(limit in card for limit in model.family.limits)
    assert "tables of renderings" in card and LEARNT.describe() in card and ENTRY.sha256 in card
    for text in ("68 layers", "264,317", "34.6 million multiply-adds", "1097 kB", "`full.onnx`", "0.9877"):
        assert text in card
    for name, measured in errors.items():
        row = next(line for line in card.splitlines() if line.startswith(f"| {name}/test | {len(measured.me)} |"))
        for value in (
            f"{measured.nme_mean:.2f}",
            f"{np.median(measured.nme):.2f}",
            f"{measured.me.mean():.2f} +- {measured.me.std():.2f}",
            f"{measured.success_rate:.3f}",
            f"{measured.auc():.3f}",
            f"{measured.failure_rate():.3f}",
        ):
            assert f"| {value} |" in row
        parts = " | ".join(f"{value:.2f}" for value in measured.by_part().values())
        assert f"| {name}/test | {parts} |" in card
    assert "| set | jaw | brows | nose | eyes | mouth |" in card
    sections = ("Intended use", "Out of scope", "Licence", "Data", "Accuracy", "Accuracy on synthetic faces", "Limits")
    for section in sections:
        assert f"## {section}\n" in card


def test_flat_metrics_are_rounded():
    errors = Errors(np.full((2, 68), 3.14159), np.full(2, 100.0))
    assert Accuracy({"helen": errors}, 0.9999949).metrics() == {"nme_helen_test": 3.142, "confidence_auc": 0.99999}


def test_released_network_is_measured_listed_and_runs(data_folder, synthetic_folder, weights, stand_in):
    runs = stand_in("trimmed-research", "trimmed", PHOTOGRAPHS)
    assert release([MODELS["trimmed-research"]], runs, synthetic_folder, weights) == [weights / "trimmed-research.onnx"]
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
    for row in ("| all points | 24 | ", "| yaw 0 to 15 | 24 | ", "| exact points | 24 | ", "| skin: palest | 24 | "):
        assert row in card
    assert f"| all points | 24 | {entry.metrics['z_error_synthetic_test']:.2f} [" in card


def test_open_model_says_that_no_photograph_was_used(data_folder, synthetic_folder, weights, stand_in, monkeypatch):
    runs = stand_in("full", "full", SYNTHETIC)
    shutil.copytree(weights_directory(), weights, dirs_exist_ok=True)
    release([MODELS["full"]], runs, synthetic_folder, weights)
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
        release([MODELS["full"]], runs, synthetic_folder, weights)
    assert not list(weights.iterdir())


def test_checkpoint_of_the_other_network_is_refused(synthetic_folder, weights, stand_in):
    runs = stand_in("trimmed", "full", SYNTHETIC)
    with pytest.raises(ValueError, match="holds a full network, trimmed is a trimmed one"):
        release([MODELS["trimmed"]], runs, synthetic_folder, weights)


def test_faces_of_a_seed_that_was_trained_on_are_no_test(synthetic_folder, weights, stand_in):
    """Whatever became of the folder."""
    runs = stand_in("full", "full", SYNTHETIC, seed=3)
    with pytest.raises(ValueError, match=r"full was trained on faces of this seed, 3 \(gone/synthetic\)"):
        release([MODELS["full"]], runs, synthetic_folder, weights)


def test_photographs_for_testing_come_from_the_test_folders(data_folder):
    photographs = photographs_for_testing()
    assert {name: len(faces) for name, faces in photographs.items()} == {"helen": 2, "afw": 2}


def test_missing_photographs_are_an_error(tmp_path, synthetic_folder, weights, stand_in, monkeypatch):
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path / "nowhere"))
    runs = stand_in("full-research", "full", PHOTOGRAPHS)
    with pytest.raises(FileNotFoundError, match="LANDMARKS_DATA"):
        release([MODELS["full-research"]], runs, synthetic_folder, weights)
    assert not list(weights.iterdir())


def test_missing_synthetic_faces_are_an_error(data_folder, tmp_path, weights, stand_in):
    runs = stand_in("full-research", "full", PHOTOGRAPHS)
    with pytest.raises(FileNotFoundError, match="python -m export synthesize"):
        release([MODELS["full-research"]], runs, tmp_path / "nowhere", weights)
    assert not list(weights.iterdir())


def test_released_detectors_are_measured_and_listed(data_folder, tmp_path):
    weights = tmp_path / "weights"
    release_detectors(weights)
    assert names(weights) == ["blazeface-back", "blazeface-short"]
    for entry in list_models(weights):
        assert load_model(entry.name, "detector", weights).content
        assert entry.license == "Apache-2.0" and entry.trained_on and entry.parameters > 100_000
        assert entry.metrics == {"recall_helen_test": 1, "recall_afw_test": 1}
        assert entry.sha256 in (weights / f"{entry.name}.md").read_text(encoding="utf-8")


def test_network_that_differs_from_its_file_is_not_released(networks, astronaut_face):
    landmarker = landmarker_of(to_onnx(networks["full"], PROVENANCE))
    check_parity("full", networks["full"], landmarker, [astronaut_face])
    other = copy.deepcopy(networks["full"])
    with torch.no_grad():
        other.coordinates[-1].bias += 0.002
    with pytest.raises(RuntimeError, match="full: torch and onnxruntime differ by 2"):
        check_parity("full", other, landmarker, [astronaut_face])


def test_network_that_loses_by_rounding_is_not_released(networks, astronaut_face):
    exact = landmarker_of(to_onnx(networks["full"], PROVENANCE))
    assert check_rounding("full", exact, exact, [astronaut_face]).cost == 0
    other = copy.deepcopy(networks["full"])
    with torch.no_grad():
        other.coordinates[-1].weight *= 0.9
    with pytest.raises(RuntimeError, match=r"full: by float16 storage .* NME .* 1% is allowed"):
        check_rounding("full", landmarker_of(to_onnx(other, PROVENANCE)), exact, [astronaut_face])
