"""What counts as a fault of a killed command."""

from __future__ import annotations

import signal

import cv2
import numpy as np
import pytest

from benchmarks.trust.kills import check_file, faults_after


@pytest.mark.parametrize(
    ("name", "whole", "damaged"),
    [
        ("a.json", b"[]", b"["),
        ("a.jsonl", b"{}\n{}\n", b"{}\n{"),
        ("a.csv", b"a,b\n1,2\n", b"a,b\n1"),
        ("a.png", bytes(cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1]), b""),
        ("README.txt", b"text", b""),
        ("a.npz", None, b"PK"),
        ("a.avi", None, b"RIFF"),
    ],
    ids=["json", "lines", "csv", "picture", "text", "arrays", "film"],
)
def test_files_are_read_to_their_end(tmp_path, name, whole, damaged):
    if whole is not None:
        (tmp_path / name).write_bytes(whole)
        assert check_file(tmp_path / name) is None
    (tmp_path / name).write_bytes(damaged)
    assert check_file(tmp_path / name)


def test_temporary_files_may_stay_after_sigkill_alone(tmp_path):
    (tmp_path / "tmp").mkdir()
    for name in (".abc.part.png", "tmp/scratch.onnx", "stderr.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert faults_after(tmp_path, signal.SIGKILL) == []
    assert sorted(faults_after(tmp_path, signal.SIGTERM)) == [".abc.part.png is left", "tmp/scratch.onnx is left"]
    (tmp_path / "stderr.txt").write_text("Traceback (most recent call last):\n  File '/a/runtime/cli/__init__.py'\n")
    [fault] = faults_after(tmp_path, signal.SIGKILL)
    assert fault.startswith("a traceback: ")
