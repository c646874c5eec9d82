"""``python -m export``: help, tables, worded errors, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest

import export.cli
from export.cli import main
from tests.export.synthesis.blobs import Blobs

COMMANDS = ("networks", "train", "onnx", "detector", "evaluate", "recall", "synthesize", "experiments", "readme")


def test_help_names_every_command():
    shown = subprocess.run(
        [sys.executable, "-m", "export", "--help"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert {line.split()[0] for line in shown.split("\n") if line.strip()} >= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(capsys, command):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"export {command}" in capsys.readouterr().out


def test_networks_prints_layers_and_totals(capsys):
    assert main(["networks"]) == 0
    shown = capsys.readouterr().out
    assert "full: 68 layers, 264,317 parameters, 34.6 million multiply-adds" in shown
    assert "trimmed: 50 layers, 201,853 parameters, 21.9 million multiply-adds" in shown
    assert (
        sum(line.startswith(("stem.", "backbone.", "coordinates.", "presence.")) for line in shown.split("\n")) == 118
    )


def test_unknown_command_is_a_usage_error():
    with pytest.raises(SystemExit) as stopped:
        main(["fly"])
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "nowhere.toml"], "nowhere.toml"),
        (["onnx", "--runs", "nowhere", "--only", "full"], "no such checkpoint"),
        (["evaluate", "huge"], "no landmarks model 'huge'"),
        (["recall", "--detector", "huge"], "no detector model 'huge'"),
        (["synthesize", "--count", "1"], "nothing to write"),
        (["experiments", "--rows", "huge"], "no row 'huge'"),
        (["experiments", "--report", "--runs", "nowhere"], "no finished run"),
    ],
)
def test_errors_are_worded(capsys, data_folder, arguments, message):
    assert main(arguments) == 1
    [shown] = capsys.readouterr().err.splitlines()
    assert shown.startswith(f"python -m export {arguments[0]}: ")
    assert message in shown


def test_bad_configuration_is_a_worded_error(capsys, tmp_path):
    (tmp_path / "bad.toml").write_text("speed = 3\n")
    assert main(["train", str(tmp_path / "bad.toml")]) == 1
    assert "unknown speed" in capsys.readouterr().err


def test_existing_run_is_a_worded_error(capsys, tmp_path):
    (tmp_path / "checkpoint.pt").touch()
    config = Path(__file__).parents[2] / "export" / "training" / "recipes" / "full.toml"
    assert main(["train", str(config), "--run", str(tmp_path)]) == 1
    assert "--resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "chosen", "left_out"),
    [([], ["full", "trimmed-research"], "trimmed, full-research"), (["--only", "full"], ["full"], None)],
)
def test_onnx_exports_the_models_whose_run_is_there(capsys, tmp_path, monkeypatch, options, chosen, left_out):
    for name in ("trimmed-research", "full"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "checkpoint.pt").touch()
    released = []
    monkeypatch.setattr("export.release.publish.release", lambda models, *_: released.extend(models) or [])
    assert main(["onnx", "--runs", str(tmp_path), *options]) == 0
    assert [model.name for model in released] == chosen
    assert capsys.readouterr().out == (f"no run in {tmp_path}, left out: {left_out}\n" if left_out else "")


def test_synthesize_writes_a_set_and_a_sheet(capsys, tmp_path, monkeypatch):
    scene = types.ModuleType("export.synthesis.scene")
    scene.Generator = Blobs
    monkeypatch.setitem(sys.modules, "export.synthesis.scene", scene)
    out, sheet = tmp_path / "set", tmp_path / "sheet.png"
    options = ["--count", "2", "--seed", "5", "--size", "24", "--workers", "1", "--png"]
    assert main(["synthesize", *options, "--out", str(out), "--sheet", str(sheet)]) == 0
    assert capsys.readouterr().out.split() == [str(out / "labels.npz"), str(sheet)]
    assert np.array_equal(cv2.imread(str(out / "000001.png")), Blobs(24).sample(5, 1).image)
    alone = tmp_path / "alone.png"
    assert main(["synthesize", *options, "--sheet", str(alone)]) == 0
    assert alone.read_bytes() == sheet.read_bytes()


def test_ctrl_c_ends_with_130(capsys, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(export.cli, "_networks", interrupted)
    assert main(["networks"]) == 130
    assert "stopped" in capsys.readouterr().err


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_no_command_writes_over_what_it_reads(tmp_path, monkeypatch, capsys, link):
    monkeypatch.setattr(export.cli, "WEIGHTS", tmp_path)
    (tmp_path / "net.onnx").write_bytes(b"net")
    (tmp_path / "run").mkdir()
    for name in ("numbers", "run/config.json", "run/motion.png"):
        link(tmp_path / "net.onnx", tmp_path / name)
    network = str(tmp_path / "net.onnx")
    for arguments in (
        ["evaluate", network, "--json", str(tmp_path / "numbers")],
        ["rotation", network, "--figure", network],
        ["train", network, "--run", str(tmp_path / "run")],
        ["motion", "--model", network, "--out", str(tmp_path / "run")],
        ["synthesize", "--count", "1", "--sheet", network],
    ):
        assert main(arguments) == 2
        assert "choose another" in capsys.readouterr().err
        assert (tmp_path / "net.onnx").read_bytes() == b"net"
