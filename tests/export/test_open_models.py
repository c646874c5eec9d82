"""The open models' configurations, in small: no photograph anywhere, from FaceMesh to a file that runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from export.catalogue import MODELS
from export.configuration import read_config
from export.lineage import read_lineage
from export.networks import CONFIGS as NETWORKS
from export.release import checked_lineage
from export.training import load_network, train

pytestmark = pytest.mark.usefixtures("process_settings")
CONFIGS = Path(__file__).parents[2] / "export" / "configs"


@pytest.fixture
def checkpoints(synthetic_folder, tmp_path, monkeypatch):
    """Both configurations trained for two steps, where there are no photographs; the first starts the second."""
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    Path("runs/synthetic").symlink_to(synthetic_folder, target_is_directory=True)
    paths = {}
    for name in ("full-open", "trimmed-open"):
        config = dataclasses.replace(read_config(CONFIGS / f"{name}.toml"), crops=8, batch=4)
        paths[name] = train(config, Path("runs") / name, threads=1)
    return paths


def test_configurations_train_without_a_photograph_and_keep_the_promise(checkpoints, tmp_path):
    for name, path in checkpoints.items():
        network = load_network(path)
        assert checked_lineage(MODELS[name], network, path, tmp_path / "other").facemesh
        rows = np.genfromtxt(path.with_name("curve.csv"), delimiter=",", names=True)
        assert np.isfinite(rows["synthetic"]).all()
        if name == "full-open":  # percent of the eyes' distance: FaceMesh's features, fitted, know a face at once
            assert rows["synthetic"][-1] < 25
    assert read_lineage(checkpoints["trimmed-open"]).teacher


def test_catalogue_knows_networks_and_names_by_licence():
    assert {model.network for model in MODELS.values()} == set(NETWORKS)
    assert all(model.name.endswith("-open") != model.family.people for model in MODELS.values())
