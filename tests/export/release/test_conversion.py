"""``python -m export onnx``: from a checkpoint to a file that the runtime takes, where there are no photographs."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import onnx
import pytest

from export.catalogue import OPEN, RESEARCH
from export.cli import main
from export.release.conversion import default_license, example_crops
from export.training.configuration import SetConfig
from export.training.lineage import Lineage, OnnxParent
from runtime import Predictor

RENDERED = SetConfig(name="synthetic", weight=1.0, path="gone/synthetic")


@pytest.fixture(autouse=True)
def no_photographs(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path / "nowhere"))


@pytest.mark.parametrize("network", ["full", "trimmed"])
def test_predictor_takes_the_file(tmp_path, stand_in, capsys, caplog, astronaut, network):
    caplog.set_level(logging.INFO)
    checkpoint = stand_in("mine", network, RENDERED) / "mine" / "checkpoint.safetensors"
    out = tmp_path / "new" / "mine.onnx"
    assert main(["onnx", "--checkpoint", str(checkpoint), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert (
        "mine: torch and onnxruntime differ by" in caplog.text and "float16 storage moves points by 0.0" in caplog.text
    )
    with Predictor(out, device="cpu") as predictor:
        report, faces = predictor.report(), predictor(astronaut)
    assert report.license == OPEN.license
    assert "no photograph of a person was used to train it" in report.training_data
    with Predictor("full", device="cpu") as shipped:
        difference = np.linalg.norm(faces[0].landmarks[:, :2] - shipped(astronaut)[0].landmarks[:, :2], axis=1)
    assert difference.mean() < 20  # pixels of a face 170 wide: the stand-in is hardly trained


def test_float32_storage_is_exact_and_twice_as_large(tmp_path, stand_in):
    checkpoint = str(stand_in("mine", "trimmed", RENDERED) / "mine" / "checkpoint.safetensors")
    half, full = tmp_path / "half.onnx", tmp_path / "full.onnx"
    assert main(["onnx", "--checkpoint", checkpoint, "--out", str(half)]) == 0
    assert main(["onnx", "--checkpoint", checkpoint, "--out", str(full), "--float32", "--license", "mine alone"]) == 0
    assert 1.6 < full.stat().st_size / half.stat().st_size < 2.1
    assert {item.key: item.value for item in onnx.load(full).metadata_props}["license"] == "mine alone"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--checkpoint", "nowhere.safetensors", "--out", "a.onnx"], "no such checkpoint"),
        (["--checkpoint", "nowhere.safetensors", "--out", "a.pt"], "give a name that ends in .onnx"),
        (
            ["--checkpoint", "nowhere.safetensors", "--out", "weights/full.onnx"],
            "written by `python -m export release`",
        ),
        (["--checkpoint", "a.onnx", "--out", "a.onnx"], "choose another file"),
    ],
)
def test_wrong_usage_is_a_worded_error(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("export.cli.onnx.WEIGHTS", tmp_path / "weights")
    assert main(["onnx", *arguments]) == 2
    [shown] = capsys.readouterr().err.splitlines()
    assert shown.startswith("python -m export onnx: ") and message in shown


def test_licence_follows_from_the_training_data():
    rendered = Lineage(True, (), (), False, (("runs/synthetic", 1),), False)
    scratch = Lineage(False, (), (), False, (("runs/synthetic", 1),), False)
    research = Lineage(True, ("helen",), ("youtube",), False, (), False)
    own = Lineage(True, (), (), False, (), False, own=("mine", "more"))
    assert default_license(rendered) == OPEN.license
    assert default_license(scratch) == OPEN.short_license
    assert default_license(research) == RESEARCH.license
    assert default_license(own) == "not stated for training photographs of one's own (mine, more)"
    parent = OnnxParent("theirs", "ab" * 32, "CC-BY-4.0", "anything")
    assert default_license(replace(rendered, networks=(parent,))) == "CC-BY-4.0"
    assert default_license(replace(own, networks=(parent,))).startswith("CC-BY-4.0; and not stated")


def test_example_crops_show_the_face():
    crops = example_crops(2)
    assert crops.shape == (2, 192, 192, 3) and crops.dtype == np.uint8 and crops.std() > 30
