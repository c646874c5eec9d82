"""Checkpoints that stand in for trained ones."""

from __future__ import annotations

import pytest
import torch

from export.training.configuration import TrainingConfig


@pytest.fixture
def stand_in(tmp_path, networks):
    """Writes ``runs/NAME/checkpoint.pt`` with a network that has learnt from some sets; gives the folder of runs."""

    def write(name, network, *sets, seed=1):
        path = tmp_path / "runs" / name / "checkpoint.pt"
        path.parent.mkdir(parents=True)
        table = TrainingConfig(network=network, init="facemesh", sets=sets).model_dump(mode="json")
        faces = {item.path: {"seed": seed, "version": "3"} for item in sets if item.path}
        record = {"config": table, "synthetic": faces, "parents": {}}
        torch.save({"network": network, "lineage": record, "average": networks[network].state_dict()}, path)
        return tmp_path / "runs"

    return write
