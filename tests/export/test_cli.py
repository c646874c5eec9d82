"""``python -m export``: help, tables, worded errors, exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import export.cli
from export.cli import main

COMMANDS = ("networks", "train", "onnx", "detector", "evaluate", "recall")


def test_help_names_every_command():
    shown = subprocess.run(
        [sys.executable, "-m", "export", "--help"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert all(f"\n    {command} " in shown for command in COMMANDS)


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
    config = Path(__file__).parents[2] / "export" / "configs" / "full.toml"
    assert main(["train", str(config), "--run", str(tmp_path)]) == 1
    assert "--resume" in capsys.readouterr().err


def test_ctrl_c_ends_with_130(capsys, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(export.cli, "_networks", interrupted)
    assert main(["networks"]) == 130
    assert "stopped" in capsys.readouterr().err
