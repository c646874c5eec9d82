"""The examples for applications run as they are written."""

from __future__ import annotations

import runpy
from pathlib import Path

import cv2
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def photo(tmp_path, monkeypatch, astronaut):
    """A photograph in the working folder."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.png", astronaut)
    return "photo.png"


def run(name, *arguments):
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"](arguments)


@pytest.mark.parametrize("arguments", [[], ["--box", "175", "50", "275", "185"]], ids=["detector", "box"])
def test_known_faces(photo, capsys, arguments):
    run("known_faces", photo, *arguments)
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("confidence 1.00, nose tip at 22")
