"""``python -m export detector``: the commands replace nothing that they read, and name what there is."""

from __future__ import annotations

import pytest

from export.cli import main
from export.cli.detector import KINDS, SETS
from export.detector.data import PLAIN, PORTRAITS, SCENES, Composer
from export.paths import WEIGHTS


@pytest.mark.parametrize("output", ["the checkpoint", "a shipped network"])
def test_output_is_never_an_input_or_a_shipped_network(output, tmp_path, capsys):
    checkpoint = tmp_path / "checkpoint.pt"
    checkpoint.write_bytes(b"weights")
    out = checkpoint if output == "the checkpoint" else WEIGHTS / "full.onnx"
    before = out.read_bytes()
    assert main(["detector", "onnx", str(checkpoint), "--out", str(out)]) == 2
    assert out.read_bytes() == before
    assert str(out) in capsys.readouterr().err


@pytest.mark.parametrize("action", ["label", "mine", "sheet", "train", "evaluate", "onnx", "weights", "release"])
def test_every_command_explains_itself(action, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["detector", action, "--help"])
    assert stopped.value.code == 0
    assert f"export detector {action}" in capsys.readouterr().out


def test_sets_and_kinds_of_pictures_are_those_of_the_training():
    assert set(SETS) == {*SCENES, *PORTRAITS, *PLAIN}
    assert all(callable(getattr(Composer, kind)) for kind in KINDS)


def test_missing_labels_name_the_command_that_makes_them(tmp_path, capsys):
    assert main(["detector", "train", "--data", str(tmp_path), "--cache", str(tmp_path)]) == 2
    assert "python -m export detector label" in capsys.readouterr().err
