"""Recipes: stages are read, trained in order, skipped when they are finished and continued when they were stopped."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from export.cli import main
from export.training import recipe
from export.training.checkpoints import CHECKPOINT, read_info
from export.training.lineage import read_lineage
from export.training.recipe import choose_stage, read_stages
from export.training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("process_settings")

train_stages = functools.partial(recipe.train_stages, threads=1, device="cpu", precision="float32")

SHARED = """
network = "trimmed"
crops = 4
batch = 2
sets = [{ name = "synthetic", weight = 1.0, path = "faces" }]
"""
TWO_STAGES = f"""{SHARED}
[[stages]]
name = "first"
init = "scratch"

[[stages]]
name = "second"
init = "runs/first/checkpoint.safetensors"
crops = 6
"""


@pytest.fixture
def recipe_file(tmp_path, monkeypatch, synthetic_folder):
    """A recipe with two stages; the working directory has its faces."""
    monkeypatch.chdir(tmp_path)
    Path("faces").symlink_to(synthetic_folder, target_is_directory=True)
    path = tmp_path / "two.toml"
    path.write_text(TWO_STAGES)
    return path


def test_stages_share_the_keys_above_them(recipe_file):
    first, second = read_stages(recipe_file)
    assert (first.name, second.name) == ("first", "second")
    assert (first.config.crops, second.config.crops) == (4, 6)
    assert first.config.sets == second.config.sets and second.config.network == "trimmed"
    assert choose_stage((first, second), "second", recipe_file) == (second,)
    with pytest.raises(ValueError, match=r"two\.toml: no stage 'third'; there are first, second"):
        choose_stage((first, second), "third", recipe_file)


def test_plain_configuration_has_no_stages(recipe_file):
    recipe_file.write_text(SHARED + 'init = "scratch"\n')
    assert read_stages(recipe_file) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TWO_STAGES.replace("crops = 6", "speed = 6"), "stages: second: unknown speed"),
        (TWO_STAGES.replace("crops = 6", "batch = 0"), "stages: second: batch: at least 1"),
        (TWO_STAGES.replace('init = "scratch"\n', ""), "stages: first: init missing"),
        (TWO_STAGES.replace('"second"', '"first"'), "stages: name = 'first' is given twice"),
        (TWO_STAGES.replace('"second"', '"../second"'), r"stages: name of stage 2 = '\.\./second'"),
        (TWO_STAGES.replace('name = "second"\n', ""), "stages: name of stage 2 = None"),
        (SHARED + "stages = []\n", "stages: at least 1"),
        (SHARED + "stages = 3\n", "stages: at least 1"),
    ],
)
def test_bad_stage_is_refused(recipe_file, text, message):
    recipe_file.write_text(text)
    with pytest.raises(ValueError, match=rf"two\.toml: {message}"):
        read_stages(recipe_file)


def test_stages_go_on_from_each_other_and_are_trained_once(recipe_file, quick_training):
    stages = read_stages(recipe_file)
    paths = list(train_stages(stages, Path("runs")))
    assert paths == [Path("runs/first") / CHECKPOINT, Path("runs/second") / CHECKPOINT]
    assert [read_info(path).step for path in paths] == [2, 3]
    record = read_info(paths[1]).record
    assert record["parents"]["init"]["path"] == "runs/first/checkpoint.safetensors"
    assert read_lineage(paths[1]).photographs == ()
    before = [path.stat().st_mtime_ns for path in paths]
    assert list(train_stages(stages, Path("runs"))) == paths
    assert [path.stat().st_mtime_ns for path in paths] == before


def test_stopped_stage_is_continued_with_resume_alone(recipe_file, quick_training, monkeypatch):
    stages = read_stages(recipe_file)
    original = Trainer.train_step

    def stopped(self, batch):
        if self.config.crops == 6 and self.step == 1:
            raise KeyboardInterrupt
        return original(self, batch)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Trainer, "train_step", stopped)
        list(train_stages(stages, Path("runs")))
    second = Path("runs/second") / CHECKPOINT
    assert read_info(second).step == 1
    with pytest.raises(FileExistsError, match="--resume"):
        list(train_stages(stages, Path("runs")))
    list(train_stages(stages, Path("runs"), resume=True))
    assert read_info(second).step == 3


def test_finished_stage_of_another_recipe_is_not_taken_for_this_one(recipe_file, quick_training):
    list(train_stages(read_stages(recipe_file)[:1], Path("runs")))
    recipe_file.write_text(TWO_STAGES.replace("crops = 4", "crops = 4\nseed = 1"))
    with pytest.raises(ValueError, match="was trained with another seed;"):
        list(train_stages(read_stages(recipe_file), Path("runs")))


def test_missing_parent_is_noticed_before_the_first_stage(recipe_file):
    recipe_file.write_text(TWO_STAGES.replace("crops = 6", 'teacher = "runs/large/checkpoint.safetensors"'))
    with pytest.raises(FileNotFoundError, match=r"runs/large/checkpoint\.safetensors: no such .*, and no stage"):
        list(train_stages(read_stages(recipe_file), Path("runs")))
    assert not Path("runs").exists()


def test_command_trains_all_stages_or_one(recipe_file, quick_training, monkeypatch, capsys):
    monkeypatch.setattr("export.cli.train.RUNS", Path("runs"))
    first, second = (str(Path("runs") / name / CHECKPOINT) for name in ("first", "second"))
    how = ["--threads", "1", "--device", "cpu", "--precision", "float32"]
    assert main(["train", str(recipe_file), "--stage", "first", *how]) == 0
    assert capsys.readouterr().out.splitlines() == [first]
    assert main(["train", str(recipe_file), *how]) == 0
    assert capsys.readouterr().out.splitlines() == [first, second]
    for options, message in ((["--stage", "third"], "no stage 'third'"), (["--run", "elsewhere"], "not for a recipe")):
        assert main(["train", str(recipe_file), *options]) == 2
        assert message in capsys.readouterr().err
