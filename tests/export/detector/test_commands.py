"""The detector's commands replace nothing that they read."""

from __future__ import annotations

import pytest

from export.detector.__main__ import main
from export.paths import WEIGHTS


@pytest.mark.parametrize("output", ["the checkpoint", "a shipped network"])
def test_output_is_never_an_input_or_a_shipped_network(output, tmp_path, capsys):
    checkpoint = tmp_path / "checkpoint.pt"
    checkpoint.write_bytes(b"weights")
    out = checkpoint if output == "the checkpoint" else WEIGHTS / "full.onnx"
    before = out.read_bytes()
    assert main(["onnx", str(checkpoint), "--out", str(out)]) == 2
    assert out.read_bytes() == before
    assert str(out) in capsys.readouterr().err
