"""`landmarks completion` gives scripts that complete in the shells themselves."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from runtime.cli import main
from runtime.engine import list_models

LANDMARKS = {entry.name for entry in list_models() if entry.role == "landmarks"}


@pytest.fixture
def script(capsys):
    """Make the script of a shell that is installed."""
    pytest.importorskip("shtab", reason="shtab is not installed: pip install shtab")

    def made(shell):
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        assert main(["completion", shell]) == 0
        return capsys.readouterr().out

    return made


def output(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout.split("\n")


def test_bash_completes_commands_options_networks_and_files(script, tmp_path):
    (tmp_path / "photo.jpg").touch()
    ask = (
        '\nask() { COMP_WORDS=(landmarks "$@"); COMP_CWORD=$#; COMPREPLY=(); _shtab_landmarks; '
        'echo "${COMPREPLY[*]}"; }\n'
        "ask vid; ask predict --no-p; ask predict --model ''; "
        "ask predict pho; ask predict --json pho; ask models --json p"
    )
    shown = output("bash", "--norc", "-c", script("bash") + ask, cwd=tmp_path)
    assert shown[:2] == ["video", "--no-picture"]
    assert set(shown[2].split()) == LANDMARKS
    assert [line.strip() for line in shown[3:6]] == ["photo.jpg", "photo.jpg", ""]


def test_fish_completes(script, tmp_path):
    (tmp_path / "photo.jpg").touch()
    questions = (
        "complete -C 'landmarks vid'; complete -C 'landmarks predict --model '; complete -C 'landmarks predict pho'"
    )
    shown = output("fish", "--no-config", "-c", f"{script('fish')}\n{questions}", cwd=tmp_path)
    words = [line.partition("\t")[0] for line in shown if line]
    assert words[0] == "video" and set(words[1:-1]) == LANDMARKS and words[-1] == "photo.jpg"


def test_zsh_finds_the_function(script, tmp_path):
    (tmp_path / "_landmarks").write_text(script("zsh"))
    command = f"fpath=({tmp_path} $fpath); autoload -Uz compinit; compinit -u -D; print $_comps[landmarks]"
    assert output("zsh", "-f", "-c", command)[0] == "_landmarks"
    assert output("zsh", "-n", tmp_path / "_landmarks") == [""]


def test_networks_by_path_are_still_taken(script):
    assert main(["predict", "absent.jpg", "--model", "absent.onnx"]) == 1


def test_absence_of_shtab_is_worded(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    assert capsys.readouterr().err.endswith("pip install shtab\n")
