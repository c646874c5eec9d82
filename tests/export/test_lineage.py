"""What a network has learnt from is read from its checkpoints, through every run before it."""

from __future__ import annotations

import pytest
import torch

from export.lineage import read_lineage

SYNTHETIC = {"name": "synthetic", "weight": 1.0, "annotated": True, "path": "runs/synthetic"}
HELEN = {"name": "helen", "weight": 0.5, "annotated": True}  # as older checkpoints have it
YOUTUBE = {"name": "youtube", "weight": 0.5, "annotated": False, "path": "", "taught": 1.0}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Writes checkpoints of runs that start from each other; paths are from the working directory, as in training."""
    monkeypatch.chdir(tmp_path)

    def write(name, start, *sets, teacher=""):
        path = tmp_path / "runs" / name / "checkpoint.pt"
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"config": {"start": start, "sets": list(sets), "teacher": teacher}}, path)
        return path

    return write


def test_synthetic_faces_alone(run):
    lineage = read_lineage(run("open", "facemesh", SYNTHETIC))
    assert (lineage.photographs, lineage.synthetic) == ((), ("runs/synthetic",))
    text = lineage.describe()
    assert "no photograph of a person was used to train it" in text
    assert "68 mean offsets" in text and "300-W annotations" in text  # the one thing that photographs decided
    assert "HELEN" not in text and "research use" not in text


@pytest.mark.parametrize("through", ["start", "teacher"])
def test_photographs_behind_a_start_or_a_teacher_count(run, through):
    run("full-warm", "facemesh", HELEN, YOUTUBE)
    run("full", "runs/full-warm/checkpoint.pt", HELEN)
    run("open", "facemesh", SYNTHETIC)
    chosen = {"start": "open", "teacher": "open"} | {through: "full"}
    last = run(
        "trimmed",
        f"runs/{chosen['start']}/checkpoint.pt",
        SYNTHETIC,
        teacher=f"runs/{chosen['teacher']}/checkpoint.pt",
    )
    lineage = read_lineage(last)
    assert (lineage.annotated, lineage.unlabelled) == (("helen",), ("youtube",))
    assert lineage.facemesh and lineage.mesh_labels and lineage.teacher
    text = lineage.describe()
    assert "HELEN training photographs with 300-W annotations (research use)" in text
    assert "YouTube Faces frames (research use)" in text and "synthetic faces" in text
    assert "no photograph" not in text


def test_run_that_started_from_itself_ends(run):
    assert read_lineage(run("full", "runs/full/checkpoint.pt", HELEN)).photographs == ("helen",)


def test_from_scratch(run):
    lineage = read_lineage(run("plain", "scratch", HELEN))
    assert not lineage.facemesh and "FaceMesh weights" not in lineage.describe()


def test_lost_ancestor_is_an_error(run):
    path = run("trimmed", "runs/full/checkpoint.pt", SYNTHETIC)
    with pytest.raises(FileNotFoundError, match=r"full/checkpoint\.pt.*training data is unknown"):
        read_lineage(path)
