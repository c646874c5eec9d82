"""Training in small: it learns, stops, goes on where it stopped, and refuses what it cannot do."""

from __future__ import annotations

import csv
import functools
import itertools
import json
import shutil

import numpy as np
import pytest
import torch

from export.annotations.samples import MIRROR
from export.data.crops import Crop, collate, points_in_crop
from export.networks.landmark_network import build_network
from export.pretrained.onnx_network import load_onnx, read_network
from export.training import loop
from export.training.checkpoints import (
    AVERAGE,
    CHECKPOINT,
    NETWORK,
    OPTIMISER,
    CheckpointInfo,
    read_group,
    read_info,
    write_checkpoint,
)
from export.training.configuration import SetConfig, TrainingConfig, read_config
from export.training.device import Compute
from export.training.initialisation import load_network
from export.training.lineage import describe_run, read_lineage
from export.training.trainer import Trainer, mirrored_mean
from runtime.landmarks.region_of_interest import crop, region_from_points
from runtime.media.files import locked_folder
from tests.made_once import made_once

pytestmark = pytest.mark.usefixtures("process_settings")

train = functools.partial(loop.train, threads=1, device="cpu", precision="float32")

SETS = (SetConfig(name="helen", weight=0.8), SetConfig(name="youtube", weight=0.2, annotated=False))
SMALL = TrainingConfig(network="trimmed", init="scratch", sets=SETS, crops=8, batch=2)
STEPS = 4


def changed(config, **changes):
    return config.model_copy(update=changes)


LEARNING = changed(SMALL, init="facemesh", crops=24, batch=4)


def curve(run):
    with (run / "curve.csv").open() as file:
        return list(csv.DictReader(file))


def faces(astronaut_face, count=2, annotated=True, face=True):
    region = region_from_points(astronaut_face.points)
    image = crop(astronaut_face.image, region, 192)
    return collate([Crop(image, points_in_crop(astronaut_face.points, region), annotated, face)] * count)


def trainer(tmp_path, **changes):
    config = changed(SMALL, crops=80, batch=8, **changes)
    torch.manual_seed(0)
    record = {"config": {}, "synthetic": {}, "parents": {}}
    return Trainer(config, build_network(config.network), tmp_path, [], record, Compute("cpu"))


def stop_after(monkeypatch, steps):
    """Ctrl-C after so many steps."""
    original = Trainer.train_step

    def train_step(self, batch):
        if self.step == steps:
            raise KeyboardInterrupt
        return original(self, batch)

    monkeypatch.setattr(Trainer, "train_step", train_step)


# -- one step


def test_it_learns(tmp_path, astronaut_face):
    learner = trainer(tmp_path, learning_rate=3e-3)
    losses = [sum(learner.train_step(faces(astronaut_face)).values()) for _ in range(10)]
    assert losses[-1] < 0.7 * losses[0]


def test_rate_warms_up_and_falls_to_zero(tmp_path, astronaut_face):
    learner = trainer(tmp_path, warmup=0.3)
    rates = []
    for _ in range(10):
        rates.append(learner.optimiser.param_groups[0]["lr"])
        learner.train_step(faces(astronaut_face, count=1))
    assert rates[:3] == pytest.approx([1e-3 / 3, 2e-3 / 3, 1e-3])
    assert rates[3] == pytest.approx(1e-3)
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[3:]))
    assert rates[-1] < 0.06e-3


def test_average_follows_the_network(tmp_path, astronaut_face):
    learner = trainer(tmp_path)
    start = learner.average.module.coordinates[-1].bias.clone()
    learner.train_step(faces(astronaut_face))
    current = learner.network.coordinates[-1].bias.detach()
    keep = 2 / 11  # short at first
    torch.testing.assert_close(learner.average.module.coordinates[-1].bias, keep * start + (1 - keep) * current)


@pytest.mark.parametrize(("mode", "moves"), [("frozen", False), ("batch", True)])
def test_norm_statistics(tmp_path, astronaut_face, mode, moves):
    learner = trainer(tmp_path, batch_norm=mode)
    before = learner.network.backbone[0].norm1.running_mean.clone()
    learner.train_step(faces(astronaut_face))
    assert torch.equal(learner.network.backbone[0].norm1.running_mean, before) is not moves


def test_only_weights_of_convolutions_decay(tmp_path):
    decayed, free = trainer(tmp_path).optimiser.param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (SMALL.weight_decay, 0)
    assert {item.dim() for item in decayed["params"]} == {4}
    assert {item.dim() for item in free["params"]} == {1}


def test_coarse_labels_teach_depth_and_confidence_only(tmp_path, astronaut_face):
    learner = trainer(tmp_path)
    coarse = learner.train_step(faces(astronaut_face, annotated=False))
    assert coarse["points"] == 0 and coarse["depth"] > 0 and coarse["confidence"] > 0


def test_batch_without_faces_teaches_confidence_only(tmp_path, astronaut_face):
    learner = trainer(tmp_path)
    losses = learner.train_step(faces(astronaut_face, annotated=False, face=False))
    assert losses["points"] == losses["depth"] == 0 and losses["confidence"] > 0
    assert all(torch.isfinite(parameter).all() for parameter in learner.network.parameters())


def test_teacher_is_learnt_from_and_not_changed(tmp_path, astronaut_face):
    write_checkpoint(
        tmp_path / "teacher.safetensors", CheckpointInfo("full", 0, None), {AVERAGE: build_network("full").state_dict()}
    )
    learner = trainer(tmp_path, teacher=str(tmp_path / "teacher.safetensors"))
    before = learner.teacher.stem[0].weight.clone()
    assert learner.train_step(faces(astronaut_face, annotated=False))["teacher"] > 0
    assert torch.equal(learner.teacher.stem[0].weight, before)


# -- a run


@pytest.fixture(scope="module")
def finished(process_settings, photographs, tmp_path_factory):
    """The folder of a run that is finished, and what ``train`` gave."""

    def make(folder):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LANDMARKS_DATA", str(photographs))
            return folder, train(LEARNING, folder)

    return made_once(tmp_path_factory, "finished-run", make)


def test_run_leaves_checkpoint_configuration_and_curve(finished):
    run, checkpoint = finished
    assert checkpoint == run / CHECKPOINT
    assert json.loads((run / "config.json").read_text())["crops"] == LEARNING.crops
    assert (run / "curve.png").stat().st_size > 10_000
    rows = curve(run)
    assert [int(row["step"]) for row in rows] == list(range(1, 7))
    assert list(rows[0]) == ["step", "seconds", "points", "depth", "confidence", "helen"]
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    network = load_network(run / CHECKPOINT)
    assert network.config.name == "trimmed" and not network.training
    assert float(rows[-1]["helen"]) < 0.6 * float(rows[0]["helen"])


@pytest.mark.parametrize(("network", "teacher"), [("full", ""), ("trimmed", "full")])
def test_shipped_network_starts_a_run(synthetic_folder, tmp_path, quick_training, network, teacher):
    """Without an earlier run, and without a photograph."""
    faces = (SetConfig(name="synthetic", weight=1.0, path=str(synthetic_folder)),)
    config = TrainingConfig(
        network=network, init="full", sets=faces, crops=2, batch=2, learning_rate=1e-5, teacher=teacher
    )
    checkpoint = train(config, tmp_path / "run")
    lineage = read_lineage(checkpoint)
    assert [parent.name for parent in lineage.networks] == ["full"] and lineage.photographs == ()
    assert float(curve(tmp_path / "run")[0]["synthetic"]) < (8 if network == "full" else 20)
    shipped, trained = read_network(load_onnx("full")).state_dict(), load_network(checkpoint).state_dict()
    assert torch.allclose(trained["stem.0.weight"], shipped["stem.0.weight"], atol=1e-3)


def test_small_network_does_not_start_a_large_one(synthetic_folder, tmp_path):
    faces = (SetConfig(name="synthetic", weight=1.0, path=str(synthetic_folder)),)
    with pytest.raises(ValueError, match="a trimmed network has too few blocks to start a full one"):
        train(TrainingConfig(network="full", init="trimmed", sets=faces), tmp_path / "run")


def test_resumed_run_goes_on_where_it_stopped(data_folder, tmp_path, monkeypatch, quick_training):
    run = tmp_path / "run"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stop_after(patch, 2)
        train(SMALL, run)
    assert read_info(run / CHECKPOINT).step == 2
    train(SMALL, run, resume=True)
    assert [int(row["step"]) for row in curve(run)] == list(range(1, STEPS + 1))
    assert read_info(run / CHECKPOINT).step == STEPS
    assert float(read_group(run / CHECKPOINT, OPTIMISER)["0.step"]) == STEPS  # the optimiser's memory went on too


def test_resumed_run_is_the_one_without_an_interruption(data_folder, tmp_path, monkeypatch, quick_training):
    train(SMALL, tmp_path / "whole")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stop_after(patch, 2)
        train(SMALL, tmp_path / "stopped")
    with (tmp_path / "stopped" / "curve.csv").open("a") as file:
        file.write("3,0,0\n")  # killed between the log and the checkpoint
    train(SMALL, tmp_path / "stopped", resume=True)
    for group in (NETWORK, AVERAGE, OPTIMISER):
        whole, stopped = (read_group(tmp_path / name / CHECKPOINT, group) for name in ("whole", "stopped"))
        assert whole.keys() == stopped.keys()
        assert [name for name in whole if not torch.equal(whole[name], stopped[name])] == []
    curves = [[{**row, "seconds": ""} for row in curve(tmp_path / name)] for name in ("whole", "stopped")]
    assert curves[0] == curves[1]


def test_resumed_run_keeps_its_precision(tmp_path):
    (tmp_path / "compute.json").write_text('{"device": "cpu", "precision": "bfloat16"}')
    assert loop._precision(tmp_path, "cpu", "auto") == "bfloat16"
    assert loop._precision(tmp_path, "cpu", "float32") == "float32"
    assert loop._precision(tmp_path, "cuda", "auto") == "auto"


def test_second_run_in_the_same_folder_is_refused(tmp_path):
    (tmp_path / "run").mkdir()
    with locked_folder(tmp_path / "run"), pytest.raises(OSError, match="another run is writing this folder"):
        train(SMALL, tmp_path / "run")


def test_restored_trainer_takes_the_step_that_it_would_have_taken(tmp_path, astronaut_face):
    batch = faces(astronaut_face)
    learner, restored = trainer(tmp_path), trainer(tmp_path)
    for _ in range(2):
        learner.train_step(batch)
    learner._save()
    restored.restore(tmp_path / CHECKPOINT)
    assert learner.train_step(batch) == restored.train_step(batch)
    for ours, theirs in ((learner.network, restored.network), (learner.average, restored.average)):
        pairs = zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
    assert learner.schedule.get_last_lr() == restored.schedule.get_last_lr()


def test_finished_run_resumed_does_nothing(data_folder, tmp_path, finished, quick_training):
    run = shutil.copytree(finished[0], tmp_path / "run")
    before = (run / CHECKPOINT).read_bytes(), (run / "curve.csv").read_text()
    train(LEARNING, run, resume=True)
    assert ((run / CHECKPOINT).read_bytes(), (run / "curve.csv").read_text()) == before


def test_logged_losses_are_means_over_the_steps_since_the_last_row(tmp_path, astronaut_face, monkeypatch):
    learner = trainer(tmp_path)
    learner.steps = 77  # a row every third step, and one after the last two
    values = iter(range(77))

    def train_step(self, batch):
        self.step += 1
        return {"points": float(next(values))}

    monkeypatch.setattr(Trainer, "train_step", train_step)
    monkeypatch.setattr(Trainer, "_save", lambda _: None)
    learner.run_all(iter([None] * 77))
    rows = curve(tmp_path)
    assert [float(row["points"]) for row in rows[:2]] == [1, 4]
    assert (int(rows[-1]["step"]), float(rows[-1]["points"])) == (77, 75.5)


def test_stale_curve_of_a_run_without_checkpoint_is_dropped(data_folder, tmp_path, quick_training):
    run = tmp_path / "run"
    run.mkdir()
    (run / "curve.csv").write_text("step,other\n1,2\n")
    train(changed(SMALL, crops=2), run)
    assert [row["step"] for row in curve(run)] == ["1"]


def test_existing_run_is_not_overwritten(tmp_path):
    (tmp_path / CHECKPOINT).write_bytes(b"weights")
    with pytest.raises(FileExistsError, match="--resume"):
        train(SMALL, tmp_path)


def test_nothing_to_resume_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing to resume"):
        train(SMALL, tmp_path, resume=True)


@pytest.fixture
def write_run(tmp_path):
    """Writes a run's checkpoint as ``train`` does, untrained; gives its folder."""

    def write(name, config):
        run = tmp_path / name
        run.mkdir(exist_ok=True)
        info = CheckpointInfo(config.network, 0, describe_run(config))
        write_checkpoint(run / CHECKPOINT, info, {AVERAGE: build_network(config.network).state_dict()})
        return run

    return write


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"network": "full"}, "another network;"),
        (
            {"sets": (SetConfig(name="synthetic", weight=1.0, path="set"),)},
            "another sets, seed or version of the synthetic faces;",
        ),
        ({"learning_rate": 2e-3, "seed": 1}, "another learning_rate, seed;"),
    ],
)
def test_run_is_not_resumed_with_another_configuration(write_run, synthetic_folder, monkeypatch, changes, named):
    """A network that learnt from photographs does not become one that has not by an edit of its file."""
    monkeypatch.chdir(synthetic_folder.parent)
    run = write_run("run", SMALL)
    with pytest.raises(ValueError, match=named):
        train(changed(SMALL, **changes), run, resume=True)
    assert not (run / "config.json").exists()
    assert read_lineage(run / CHECKPOINT).photographs == ("helen", "youtube")


def test_run_is_not_resumed_with_another_teacher_of_the_same_name(write_run):
    teacher = write_run("teacher", SMALL)
    config = changed(SMALL, teacher=str(teacher / CHECKPOINT))
    pupil = write_run("pupil", config)
    write_run("teacher", changed(SMALL, seed=1))
    with pytest.raises(ValueError, match="another content of teacher;"):
        train(config, pupil, resume=True)


def test_checkpoint_that_does_not_say_what_it_learnt_from_is_no_start(tmp_path):
    write_checkpoint(
        tmp_path / "foreign.safetensors",
        CheckpointInfo("trimmed", 0, None),
        {AVERAGE: build_network("trimmed").state_dict()},
    )
    with pytest.raises(ValueError, match=r"foreign\.safetensors: the checkpoint does not say"):
        train(changed(SMALL, init=str(tmp_path / "foreign.safetensors")), tmp_path / "run")


def test_batch_in_parts_has_the_gradient_of_the_whole(tmp_path, astronaut_face):
    gradients = []
    for crops in (2, 1):
        learner = trainer(tmp_path)
        learner.compute = Compute("cpu", crops=crops)
        learner.train_step(faces(astronaut_face))
        gradients.append(torch.cat([item.grad.flatten() for item in learner.network.parameters()]))
    torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-4)


def test_missing_photographs_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="LANDMARKS_DATA"):
        train(SMALL, tmp_path / "run")


def test_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.safetensors: no such checkpoint"):
        load_network(tmp_path / "nowhere.safetensors")


# -- configuration

MINIMAL = 'network = "full"\ninit = "scratch"\nsets = [{ name = "helen", weight = 1.0 }]\n'


def config_file(tmp_path, text):
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_configuration_is_read(tmp_path):
    config = read_config(config_file(tmp_path, MINIMAL + "crops = 5000\nlearning_rate = 2e-3\n"))
    helen = (SetConfig(name="helen", weight=1.0),)
    assert config == TrainingConfig(network="full", init="scratch", sets=helen, crops=5000, learning_rate=2e-3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MINIMAL + "speed = 3\n", "unknown speed"),
        (MINIMAL.replace("weight = 1.0", "weight = 1.0, colour = 1"), "sets: unknown colour"),
        (MINIMAL.replace(", weight = 1.0", ""), "sets: weight missing"),
        (
            MINIMAL.replace("weight = 1.0", "weight = 1.0, pseudo_label_weight = 1.5"),
            "pseudo_label_weight = 1.5; it is a share",
        ),
        (MINIMAL.replace('network = "full"\n', ""), "network missing"),
        (MINIMAL.replace('"full"', '"huge"'), "network = 'huge'; it is one of full, trimmed"),
        (MINIMAL + 'loss = "l1"\n', "loss = 'l1'"),
        (MINIMAL + 'batch_norm = "maybe"\n', "batch_norm = 'maybe'"),
        (MINIMAL + "batch = 0\n", "batch: at least 1"),
        (MINIMAL + 'batch = "8"\n', "batch = '8'; input should be a valid integer"),
        (MINIMAL + "ema = 1.1\n", "ema = 1.1; it is a share"),
        (MINIMAL + "learning_rate = nan\n", "learning_rate = nan; input should be a finite number"),
        (MINIMAL.replace("1.0", "-1"), "sets: helen: weight = -1; input should be greater than 0"),
        (MINIMAL.replace('[{ name = "helen", weight = 1.0 }]', "[]"), "sets: at least 1"),
        ("network = full\n", "not TOML"),
    ],
)
def test_bad_configuration_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_config(config_file(tmp_path, text))
    assert "run.toml" in str(caught.value)


def test_teacher_says_the_same_of_a_mirror_image():
    teacher = build_network("full").eval()
    images = torch.rand(2, 3, 192, 192)
    expected = mirrored_mean(teacher, images)[:, torch.from_numpy(MIRROR)]
    expected[..., 0] = 191 - expected[..., 0]
    torch.testing.assert_close(mirrored_mean(teacher, images.flip(3)), expected, atol=1e-3, rtol=0)
