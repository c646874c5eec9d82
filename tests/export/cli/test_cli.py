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
import export.output_guard
from export.cli import main
from tests.export.synthesis.blobs import Blobs

COMMANDS = (
    *(
        "networks",
        "synthesize",
        "train",
        "onnx",
        "evaluate",
        "release",
        "blazeface",
        "detector",
        "experiments",
        "recall",
        "rotation",
        "end-to-end",
        "motion",
    ),
    *("annotator-offsets", "depth", "mean-head", "box-geometry", "confidence", "readme", "picture"),
)
ROOT = Path(__file__).parents[3]


def test_help_names_every_command():
    shown = subprocess.run(
        [sys.executable, "-m", "export", "--help"],
        cwd=ROOT,
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


def test_help_loads_no_heavy_library():
    code = f"""
import sys
from export.cli import main
for command in ([], *([name] for name in {COMMANDS})):
    try:
        main([*command, "--help"])
    except SystemExit as stopped:
        assert not stopped.code
heavy = ["torch", "onnx", "onnxsim", "matplotlib", "scipy", "skimage", "numba", "tqdm", "tflite"]
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


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
        (["release", "--runs", "nowhere", "--only", "full"], "no such checkpoint"),
        (["evaluate", "huge"], "no landmarks model 'huge'"),
        (["recall", "huge"], "no detector model 'huge'"),
        (["synthesize", "--count", "1"], "nothing to write"),
        (["annotator-offsets"], "give either a folder"),
        (["depth", "nowhere"], "python -m export synthesize --out nowhere"),
        (["mean-head", "nowhere"], "python -m export synthesize --out nowhere"),
        (["motion", "--model", "huge"], "no landmarks model 'huge'"),
        (["rotation", "--photographs", "nowhere"], "no annotated pictures"),
        (["experiments", "--rows", "huge"], "no row 'huge'"),
        (["experiments", "--report", "--runs", "nowhere"], "no finished run"),
    ],
)
def test_errors_are_worded(capsys, data_folder, arguments, message):
    assert main(arguments) == 2
    [shown] = capsys.readouterr().err.splitlines()
    assert shown.startswith(f"python -m export {arguments[0]}: ")
    assert message in shown


@pytest.mark.parametrize("value", ["0", "-3", "2.5", "many"])
def test_counts_are_whole_numbers_of_at_least_1(capsys, value):
    with pytest.raises(SystemExit) as stopped:
        main(["synthesize", "--count", value])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.endswith(f"argument --count: {value!r} is not a whole number of at least 1\n")


def test_damaged_inputs_are_worded_errors(capsys, tmp_path):
    """Files whose content is not what their name promises."""
    (tmp_path / "full").mkdir()
    for name in ("recipe.toml", "labels.npz", "settings.json", "full/checkpoint.safetensors", "net.onnx"):
        (tmp_path / name).write_bytes(b"\xff\xfe\0 no such thing")
    (tmp_path / "start.toml").write_text(
        f"""network = "full"
init = "{tmp_path / "full" / "checkpoint.safetensors"}"
sets = [{{ name = "helen", weight = 1.0 }}]
"""
    )
    for arguments, message in (
        (["train", str(tmp_path / "recipe.toml")], "recipe.toml: not TOML"),
        (["train", str(tmp_path)], "Is a directory"),
        (
            ["train", str(tmp_path / "start.toml"), "--run", str(tmp_path / "run")],
            "checkpoint.safetensors: not a checkpoint",
        ),
        (["release", "--runs", str(tmp_path)], "checkpoint.safetensors: not a checkpoint"),
        (["onnx", "--checkpoint", str(tmp_path / "net.onnx"), "--out", str(tmp_path / "a.onnx")], "not a checkpoint"),
        (["depth", str(tmp_path)], "labels.npz: not a readable table"),
        (["synthesize", "--count", "1", "--out", str(tmp_path)], "settings.json: not JSON"),
        (["evaluate", str(tmp_path / "net.onnx")], "net.onnx: "),
    ):
        assert main(arguments) == 2, arguments
        [shown] = capsys.readouterr().err.splitlines()
        assert shown.startswith(f"python -m export {arguments[0]}: ") and message in shown


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (RuntimeError("full: torch and\nonnxruntime differ"), 1, "full: torch and onnxruntime differ"),
        (OSError(28, "No space left on device", "a.onnx"), 1, "a.onnx: No space left on device"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), 1, "torch is not installed; `make install`"),
        (PermissionError(13, "Permission denied", "a.pt"), 2, "a.pt: Permission denied"),
    ],
)
def test_failures_at_work_are_told_from_bad_inputs(capsys, monkeypatch, error, code, message):
    def failing(_):
        raise error

    monkeypatch.setattr(export.cli.train, "_networks", failing)
    assert main(["networks"]) == code
    [shown] = capsys.readouterr().err.splitlines()
    assert shown.startswith(f"python -m export networks: {message}")


def test_bad_configuration_is_a_worded_error(capsys, tmp_path):
    (tmp_path / "bad.toml").write_text("speed = 3\n")
    assert main(["train", str(tmp_path / "bad.toml")]) == 2
    assert "unknown speed" in capsys.readouterr().err


def test_existing_run_is_a_worded_error(capsys, tmp_path):
    (tmp_path / "checkpoint.safetensors").touch()
    config = tmp_path / "plain.toml"
    config.write_text('network = "full"\ninit = "scratch"\nsets = [{ name = "helen", weight = 1.0 }]\n')
    assert main(["train", str(config), "--run", str(tmp_path)]) == 2
    assert "--resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "chosen", "left_out"),
    [([], ["full", "trimmed-research"], "trimmed, full-research"), (["--only", "full"], ["full"], None)],
)
def test_release_takes_the_models_whose_run_is_there(capsys, tmp_path, monkeypatch, options, chosen, left_out):
    for name in ("trimmed-research", "full"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "checkpoint.safetensors").touch()
    released = []
    monkeypatch.setattr("export.release.release_landmarks", lambda models, *_: released.extend(models) or [])
    assert main(["release", "--runs", str(tmp_path), *options]) == 0
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

    monkeypatch.setattr(export.cli.train, "_networks", interrupted)
    assert main(["networks"]) == 130
    assert "stopped" in capsys.readouterr().err


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_no_command_writes_over_what_it_reads(tmp_path, monkeypatch, capsys, link):
    monkeypatch.setattr(export.output_guard, "WEIGHTS", tmp_path)
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
