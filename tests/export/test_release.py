"""What a release leaves: files, a manifest in order, model cards with every number."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from export.cards import landmark_card
from export.evaluation import Errors
from export.onnx_export import Provenance, to_onnx
from export.release import (
    RESEARCH_DATA,
    RESEARCH_LICENSE,
    Accuracy,
    check_parity,
    release,
    release_detectors,
    update_manifest,
)
from export.release import test_photographs as photographs_for_testing
from runtime.landmarker import Landmarker
from runtime.models import ModelEntry, ModelFile, list_models, load_model
from runtime.sessions import open_session

ENTRY = ModelEntry("full", "landmarks", "full.onnx", "ab" * 32, 1_097_019, 264_317, "Apache-2.0", {"nme": 3.5})


def names(folder):
    return [entry.name for entry in list_models(folder)]


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
    card = landmark_card(networks["full"], ENTRY, errors, 0.98765, RESEARCH_LICENSE, RESEARCH_DATA)
    assert RESEARCH_LICENSE in card and RESEARCH_DATA in card and ENTRY.sha256 in card
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
        parts = " | ".join(f"{value:.2f}" for value in measured.by_region().values())
        assert f"| {name}/test | {parts} |" in card
    assert "| set | jaw | brows | nose | eyes | mouth |" in card
    for section in ("Intended use", "Out of scope", "Licence", "Data", "Accuracy", "Limits"):
        assert f"## {section}\n" in card


def test_flat_metrics_are_rounded():
    errors = Errors(np.full((2, 68), 3.14159), np.full(2, 100.0))
    assert Accuracy({"helen": errors}, 0.9999949).metrics() == {"nme_helen_test": 3.142, "confidence_auc": 0.99999}


def test_released_network_is_measured_listed_and_runs(data_folder, tmp_path, networks, astronaut_face):
    weights = tmp_path / "weights"
    weights.mkdir()
    assert release([networks["trimmed"]], weights) == [weights / "trimmed.onnx"]
    [entry] = list_models(weights)
    content = (weights / "trimmed.onnx").read_bytes()
    assert (entry.sha256, entry.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert entry.parameters == 201_853 and "research only" in entry.license
    assert set(entry.metrics) == {"nme_helen_test", "nme_afw_test", "confidence_auc"}
    session = open_session(load_model("trimmed", "landmarks", weights), "cpu")
    metadata = session.onnx.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["metrics"]) == entry.metrics
    assert Landmarker(session).spec.license == RESEARCH_LICENSE
    card = (weights / "trimmed.md").read_text(encoding="utf-8")
    assert entry.sha256 in card and f"{entry.metrics['nme_helen_test']:.2f}" in card


def test_photographs_for_testing_come_from_the_test_folders(data_folder):
    photographs = photographs_for_testing()
    assert {name: len(faces) for name, faces in photographs.items()} == {"helen": 2, "afw": 2}


def test_missing_photographs_are_an_error(tmp_path, monkeypatch, networks):
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="LANDMARKS_DATA"):
        release([networks["full"]], tmp_path)
    assert not list(tmp_path.iterdir())


def test_released_detectors_are_measured_and_listed(data_folder, tmp_path):
    weights = tmp_path / "weights"
    release_detectors(weights)
    assert names(weights) == ["blazeface-back", "blazeface-short"]
    for entry in list_models(weights):
        assert load_model(entry.name, "detector", weights).content
        assert entry.license == "Apache-2.0" and entry.parameters > 100_000
        assert entry.metrics == {"recall_helen_test": 1, "recall_afw_test": 1}
        assert entry.sha256 in (weights / f"{entry.name}.md").read_text(encoding="utf-8")


def test_network_that_differs_from_its_file_is_not_released(networks, astronaut_face):
    content = to_onnx(networks["full"], Provenance("", "")).SerializeToString()
    landmarker = Landmarker(open_session(ModelFile("full", Path("full.onnx"), content), "cpu"))
    check_parity(networks["full"], landmarker, [astronaut_face])
    other = copy.deepcopy(networks["full"])
    with torch.no_grad():
        other.coordinates[-1].bias += 0.002
    with pytest.raises(RuntimeError, match="full: torch and onnxruntime differ by 2"):
        check_parity(other, landmarker, [astronaut_face])
