"""Checkpoints that stand in for trained ones."""

from __future__ import annotations

import pytest

from export.training.checkpoints import AVERAGE, CHECKPOINT, CheckpointInfo, write_checkpoint
from export.training.configuration import TrainingConfig


@pytest.fixture
def stand_in(tmp_path, networks):
    """Writes the checkpoint of a run ``runs/NAME`` that has learnt from some sets; gives the folder of runs."""

    def write(name, network, *sets, seed=1):
        path = tmp_path / "runs" / name / CHECKPOINT
        path.parent.mkdir(parents=True)
        table = TrainingConfig(network=network, init="facemesh", sets=sets).model_dump(mode="json")
        faces = {item.path: {"seed": seed, "version": "3"} for item in sets if item.path}
        record = {"config": table, "synthetic": faces, "parents": {}}
        write_checkpoint(path, CheckpointInfo(network, 1, record), {AVERAGE: networks[network].state_dict()})
        return tmp_path / "runs"

    return write
