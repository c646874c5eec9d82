"""The example of training on one's own pictures, in small."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from runtime import Predictor

EXAMPLE = Path(__file__).parents[2] / "examples" / "train_on_your_pictures.py"

pytestmark = pytest.mark.usefixtures("process_settings")


@pytest.fixture
def example():
    """The names that the example defines."""
    return runpy.run_path(str(EXAMPLE))


def test_pictures_become_a_network_that_knows_them_better(example, data_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path / "nowhere"))
    pictures = data_folder / "helen" / "train"
    assert example["main"]([str(pictures), "--out", "mine", "--crops", "128"]) == 0
    shown = capsys.readouterr().out
    commands = [line.split()[4] for line in shown.splitlines() if line.startswith("$ python -m export ")]
    assert commands == ["train", "onnx", "evaluate"]
    kept, tested = (sorted(path.stem for path in Path("mine", name).glob("*.pts")) for name in ("train", "test"))
    assert (len(kept), len(tested)) == (5, 1) and not set(kept) & set(tested)

    rows = {row.split("|")[1].strip(): float(row.split("|")[4]) for row in shown.splitlines() if "| mine/test |" in row}
    assert rows["mine/mine.onnx"] < 0.8 * rows["full"]
    with Predictor("mine/mine.onnx", device="cpu") as predictor:
        report = predictor.report()
    assert report.license.endswith("not stated for training photographs of one's own (mine)")
    assert "the network full (SHA-256" in report.training_data and "no photograph" not in report.training_data
    assert Path("mine/ced.png").is_file()
    record = json.loads(Path("mine/run/config.json").read_text())
    assert record["init"] == "full" and np.isfinite(record["learning_rate"])


def test_without_pictures_faces_are_rendered(example, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    called = []
    monkeypatch.setitem(example["main"].__globals__, "export_command", lambda words: called.append(words) or 2)
    assert example["main"]([]) == 2
    assert called == [["synthesize", "--count", "30", "--size", "192", "--out", str(Path("runs/mine/rendered"))]]


def test_folder_without_annotations_is_named(example, tmp_path):
    with pytest.raises(FileNotFoundError, match="no annotated pictures"):
        example["main"]([str(tmp_path), "--out", str(tmp_path / "out")])
