"""The open models' configurations, in small: no photograph anywhere, from FaceMesh to a file that runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from export.catalogue import MODELS
from export.networks.landmark_network import CONFIGS as NETWORKS
from export.release.checks import checked_lineage
from export.training.initialisation import load_network
from export.training.recipe import TrainingStage, read_stages, train_stages
from tests.export.quick import quicken_training
from tests.made_once import made_once

pytestmark = pytest.mark.usefixtures("process_settings")
CONFIGS = Path(__file__).parents[3] / "export" / "training" / "recipes"
LAST = {"full": "full-third", "trimmed": "trimmed-fifth"}
"""The last stage of each model before its confidence."""

FURTHER = "-distilled"
"""End of the names of recipes that teach a shipped network further."""


@pytest.fixture(scope="module")
def checkpoints(process_settings, synthetic_folder, tmp_path_factory):
    """All stages of both models trained for a step each, where there are no photographs."""

    def make(folder):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LANDMARKS_DATA", str(folder / "nowhere"))
            quicken_training(patch)
            patch.chdir(folder)
            Path("runs").mkdir()
            Path("runs/synthetic").symlink_to(synthetic_folder, target_is_directory=True)
            paths = {}
            for recipe in LAST:
                small = [
                    TrainingStage(stage.name, stage.config.model_copy(update={"crops": 2, "batch": 2}))
                    for stage in read_stages(CONFIGS / f"{recipe}.toml")
                ]
                trained = train_stages(small, Path("runs"), threads=1, precision="float32")
                paths |= {path.parent.name: folder / path for path in trained}
        return paths

    return made_once(tmp_path_factory, "shippable", make)


@pytest.mark.parametrize("name", ["full", "trimmed"])
def test_models_keep_the_promise(checkpoints, tmp_path, name):
    network = load_network(checkpoints[name])
    (tmp_path / "settings.json").write_text('{"seed": 4}')
    lineage = checked_lineage(MODELS[name], network, checkpoints[name], tmp_path)
    assert lineage.facemesh
    assert lineage.teacher == (name == "trimmed")


def test_stages_train_without_a_photograph(checkpoints):
    rows = {
        name: np.atleast_1d(np.genfromtxt(path.with_name("curve.csv"), delimiter=",", names=True))
        for name, path in checkpoints.items()
    }
    assert all(np.isfinite(curve["synthetic"]).all() for curve in rows.values())
    # percent of the eyes' distance: FaceMesh's features, fitted, know a face at once
    assert rows["full-first"]["synthetic"][-1] < 25


@pytest.mark.parametrize("name", LAST)
def test_last_stage_learns_the_confidence_alone(checkpoints, name):
    before, after = (load_network(checkpoints[run]).state_dict() for run in (LAST[name], name))
    changed = {name.split(".")[0] for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed == {"presence"}


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_recipe_trains_the_network_that_it_is_named_after(path):
    """Its last stage has the name of the network that is shipped, and every stage is marked shippable or none."""
    stages = read_stages(path)
    assert stages[-1].name == path.stem.removesuffix(FURTHER)
    model = MODELS[path.stem.removesuffix(FURTHER)]
    assert {stage.config.network for stage in stages} == {model.network}
    assert {stage.config.shippable for stage in stages} == {not model.family.people}
    assert all(any(item.annotated for item in stage.config.sets) for stage in stages)


def test_every_network_has_a_recipe():
    assert {path.stem.removesuffix(FURTHER) for path in CONFIGS.rglob("*.toml")} == set(MODELS)


def test_catalogue_knows_networks_and_names_by_licence():
    assert {model.network for model in MODELS.values()} == set(NETWORKS)
    assert all(model.name.endswith("-research") == model.family.people for model in MODELS.values())
