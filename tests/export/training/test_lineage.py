"""A network's training data are read from its checkpoint, which carries every run before it."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch

from export.calibration.disclosures import PIPELINE, SYNTHETIC_POINTS, list_calibrations
from export.training.checkpoints import CHECKPOINT, CheckpointInfo, read_info, write_checkpoint
from export.training.configuration import SetConfig, TrainingConfig
from export.training.lineage import NO_PHOTOGRAPHS, Lineage, OnnxParent, describe_run, read_lineage

ROOT = Path(__file__).parents[3]
SYNTHETIC = SetConfig(name="synthetic", weight=1.0, path="runs/synthetic")
HELEN = SetConfig(name="helen", weight=0.5)
YOUTUBE = SetConfig(name="youtube", weight=0.5, annotated=False, pseudo_label_weight=1.0)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Writes checkpoints of runs that start from each other; paths are from the working directory, as in training."""
    monkeypatch.chdir(tmp_path)
    faces = tmp_path / "runs" / "synthetic"
    faces.mkdir(parents=True)
    (faces / "settings.json").write_text(json.dumps({"seed": 7, "version": "3"}))

    def write(name, init, *sets, **options):
        path = tmp_path / "runs" / name / CHECKPOINT
        path.parent.mkdir(parents=True, exist_ok=True)
        record = describe_run(TrainingConfig(network="full", init=init, sets=sets, **options))
        write_checkpoint(path, CheckpointInfo("full", 0, record), {})
        return path

    return write


def test_synthetic_faces_alone(run):
    lineage = read_lineage(run("open", "facemesh", SYNTHETIC))
    assert (lineage.photographs, lineage.synthetic) == ((), (("runs/synthetic", 7),))
    text = lineage.describe()
    assert "no photograph of a person was used to train it" in text
    assert "68 mean offsets" in text and "300-W annotations" in text
    assert "jaw" in text and "export/synthesis/landmarks/contour.py" in text
    assert "HELEN" not in text and "research use" not in text


@pytest.mark.parametrize("through", ["init", "teacher"])
def test_photographs_behind_a_start_or_a_teacher_count(run, through):
    run("full-warm", "facemesh", HELEN, YOUTUBE)
    run("full", "runs/full-warm/checkpoint.safetensors", HELEN)
    run("open", "facemesh", SYNTHETIC)
    chosen = {"init": "open", "teacher": "open"} | {through: "full"}
    last = run(
        "trimmed",
        f"runs/{chosen['init']}/checkpoint.safetensors",
        SYNTHETIC,
        teacher=f"runs/{chosen['teacher']}/checkpoint.safetensors",
    )
    lineage = read_lineage(last)
    assert (lineage.annotated, lineage.unlabelled) == (("helen",), ("youtube",))
    assert lineage.facemesh and lineage.mesh_labels and lineage.teacher
    text = lineage.describe()
    assert "HELEN training photographs with 300-W annotations (research use)" in text
    assert "YouTube Faces frames (research use)" in text and "synthetic faces" in text
    assert "no photograph" not in text


def test_parents_are_carried_with_their_hash_and_need_not_be_kept(run):
    first = run("full", "facemesh", HELEN)
    expected = hashlib.sha256(first.read_bytes()).hexdigest()
    last = run("trimmed", "runs/full/checkpoint.safetensors", SYNTHETIC)
    shutil.rmtree("runs/full")
    shutil.rmtree("runs/synthetic")
    record = read_info(last).record
    parent = record["parents"]["init"]
    assert (parent["path"], parent["sha256"]) == ("runs/full/checkpoint.safetensors", expected)
    assert record["synthetic"] == {"runs/synthetic": {"seed": 7, "version": "3"}}
    assert read_lineage(last).photographs == ("helen",)


def test_parent_that_is_rewritten_changes_nothing_in_what_was_learnt(run):
    run("full", "facemesh", HELEN)
    last = run("trimmed", "runs/full/checkpoint.safetensors", SYNTHETIC)
    run("full", "facemesh", SYNTHETIC)
    assert read_lineage(last).photographs == ("helen",)


def test_from_scratch(run):
    lineage = read_lineage(run("plain", "scratch", HELEN))
    assert not lineage.facemesh and "FaceMesh weights" not in lineage.describe()


def test_shipped_network_as_a_start_is_recorded_with_what_it_states(run):
    content = (ROOT / "weights" / "full.onnx").read_bytes()
    lineage = read_lineage(run("mine", "full", SYNTHETIC))
    [parent] = lineage.networks
    assert (parent.name, parent.sha256) == ("full", hashlib.sha256(content).hexdigest())
    assert parent.license.startswith("Apache-2.0") and not parent.photographs and lineage.photographs == ()
    text = lineage.describe()
    assert f"the network full (SHA-256 {parent.sha256})" in text and "random weights" not in text
    assert text.count("no photograph of a person was used to train it") == 1
    assert set(parent.phrases) <= set(text.split("; "))


@pytest.mark.parametrize("role", ["init", "teacher"])
def test_photographs_behind_an_onnx_file_count(run, role):
    chosen = {"init": "full", "teacher": "full"} | {role: "full-research"}
    last = run("mine", chosen["init"], SYNTHETIC, teacher=chosen["teacher"])
    lineage = read_lineage(last)
    assert lineage.photographs == ("those of full-research",)
    text = lineage.describe()
    assert "no photograph" not in text and "HELEN and AFW training photographs" in text
    assert read_lineage(run("next", str(last), SYNTHETIC)).photographs == ("those of full-research",)


def test_photographs_of_ones_own_are_recorded(run, data_folder):
    """By the name of the set; a shippable recipe refuses them, for they show people."""
    mine = SetConfig(name="mine", weight=1.0, path=str(data_folder / "helen" / "train"))
    lineage = read_lineage(run("mine", "full", mine, SYNTHETIC))
    assert (lineage.own, lineage.photographs, lineage.annotated) == (("mine",), ("mine",), ())
    assert lineage.synthetic == (("runs/synthetic", 7),)
    text = lineage.describe()
    assert "annotated photographs of the folders mine (terms not stated)" in text and "no photograph" not in text
    with pytest.raises(ValueError, match=r"marked shippable.*people \(mine\)"):
        run("other", "full", mine, shippable=True)


def test_file_made_from_photographs_never_states_that_there_were_none():
    """Though the network that it started from states it."""
    parent = OnnxParent("full", "ab" * 32, "Apache-2.0", f"FaceMesh weights; {NO_PHOTOGRAPHS}; made by machines")
    child = Lineage(False, ("helen",), (), False, (), False, (parent,))
    grandchild = OnnxParent("child", "cd" * 32, "mine", child.describe())
    assert not parent.photographs and grandchild.photographs


@pytest.mark.parametrize(
    ("init", "options", "sets", "named"),
    [
        ("full-research", {}, (SYNTHETIC,), "those of full-research"),
        ("full", {"teacher": "trimmed-research"}, (SYNTHETIC,), "those of trimmed-research"),
        ("full", {}, (SYNTHETIC, HELEN), "helen"),
    ],
)
def test_shippable_recipe_refuses_photographs(run, init, options, sets, named):
    with pytest.raises(ValueError, match=rf"marked shippable.*photographs of people \({named}\)"):
        run("mine", init, *sets, shippable=True, **options)
    run("mine", init, *sets, **options)


def test_shippable_recipe_takes_a_shippable_network(run):
    assert read_lineage(run("mine", "full", SYNTHETIC, shippable=True, teacher="trimmed")).photographs == ()


def test_missing_parent_is_an_error(run):
    with pytest.raises(FileNotFoundError, match=r"full/checkpoint\.safetensors: no such checkpoint"):
        run("trimmed", "runs/full/checkpoint.safetensors", SYNTHETIC)


def test_faces_that_synthesize_did_not_write_are_no_synthetic_faces(run):
    Path("runs/synthetic/settings.json").unlink()
    with pytest.raises(FileNotFoundError, match="python -m export synthesize"):
        run("open", "facemesh", SYNTHETIC)


def test_checkpoint_without_a_record_is_refused(tmp_path):
    write_checkpoint(tmp_path / "old.safetensors", CheckpointInfo("full", 0, None), {})
    with pytest.raises(ValueError, match=r"old\.safetensors: the checkpoint does not say what it has learnt from"):
        read_lineage(tmp_path / "old.safetensors")


@pytest.mark.parametrize("item", [*SYNTHETIC_POINTS, *PIPELINE], ids=lambda item: item.file)
def test_calibrations_are_where_the_cards_say(item):
    path = ROOT / item.file
    assert path.is_file()
    if item.names:
        targets = [node for node in ast.parse(path.read_text()).body if isinstance(node, (ast.Assign, ast.AnnAssign))]
        assigned = {ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target) for node in targets}
        assert set(item.names) <= assigned


@pytest.mark.parametrize("name", ["full", "trimmed", "full-research", "trimmed-research"])
def test_shipped_cards_list_every_calibration(name):
    assert list_calibrations((*SYNTHETIC_POINTS, *PIPELINE)) in (ROOT / "weights" / f"{name}.md").read_text()


@pytest.mark.parametrize("name", ["blazeface-back", "blazeface-short"])
def test_shipped_detector_cards_list_those_around_them(name):
    assert list_calibrations(PIPELINE) in (ROOT / "weights" / f"{name}.md").read_text()


def test_the_same_checkpoint_is_the_same_bytes(tmp_path):
    # safetensors writes several keys of metadata in a random order
    path = tmp_path / CHECKPOINT
    written = set()
    for _ in range(8):
        write_checkpoint(path, CheckpointInfo("full", 3, {"parents": []}), {"average": {"bias": torch.ones(2)}})
        written.add(path.read_bytes())
    assert len(written) == 1
