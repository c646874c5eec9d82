"""The released detectors: files, recall, cards and manifest."""

from __future__ import annotations

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
