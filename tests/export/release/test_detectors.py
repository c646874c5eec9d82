"""The released detectors: files, recall, cards and manifest."""

from __future__ import annotations

from export.cli.detector import RECIPE
from export.detector.release import release_detector
from export.release.detectors import release_detectors
from runtime.engine.model_registry import list_models, load_model


def test_released_detectors_are_measured_and_listed(data_folder, tmp_path):
    weights = tmp_path / "weights"
    release_detectors(weights)
    assert [entry.name for entry in list_models(weights)] == ["blazeface-back", "blazeface-short"]
    for entry in list_models(weights):
        assert load_model(entry.name, "detector", weights).content
        assert entry.license == "Apache-2.0" and entry.trained_on and entry.parameters > 100_000
        assert entry.metrics == {"recall_helen_test": 1, "recall_afw_test": 1}
        assert entry.sha256 in (weights / f"{entry.name}.md").read_text(encoding="utf-8")


def test_the_own_detector_is_measured_and_listed(data_folder, tmp_path):
    path = release_detector(RECIPE.with_suffix(".safetensors"), tmp_path, wild=None, portraits=None)
    [entry] = list_models(tmp_path)
    assert (entry.name, entry.role, path.name) == ("edge", "detector", "edge.onnx")
    assert "FairFace (CC BY 4.0)" in entry.trained_on
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    assert entry.sha256 in card
    assert "blazeface-back" in card
    assert load_model("edge", "detector", tmp_path).content
