"""The README keeps its promises: its code runs, its links lead somewhere, its commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from export.cli import main as export_main
from export.release.readme import models_table, with_table
from runtime.cli import main as runtime_main
from runtime.engine.model_registry import list_models

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))


@pytest.fixture
def folder(tmp_path, monkeypatch, astronaut):
    """A folder with the files that the README's examples name."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.jpg", astronaut)
    writer = cv2.VideoWriter("talk.mp4", cv2.VideoWriter.fourcc(*"mp4v"), 30, (512, 512))
    for _ in range(5):
        writer.write(astronaut)
    writer.release()
    return tmp_path


def test_first_example_prints_a_line_for_the_face(folder, capsys):
    exec(PYTHON[0], {})
    assert capsys.readouterr().out.startswith("(68, 3) [")


def test_examples_pass_strict_type_checks(tmp_path):
    (tmp_path / "first.py").write_text(PYTHON[0], encoding="utf-8")
    images = "import numpy as np\n\nimage = another = np.zeros((9, 9, 3), np.uint8)\n"
    (tmp_path / "second.py").write_text(images + PYTHON[1], encoding="utf-8")
    (tmp_path / "third.py").write_text(PYTHON[2], encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", *map(str, tmp_path.glob("*.py"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_second_example_marks_a_video(folder, capsys, astronaut):
    exec(PYTHON[1], {"image": astronaut, "another": np.ascontiguousarray(astronaut[:, ::-1])})
    assert (folder / "marked.webm").stat().st_size > 10_000


def test_third_example_reads_eyes_off_a_film(folder, capsys):
    exec(PYTHON[2], {})
    assert capsys.readouterr().out == ""  # open eyes, five times


def test_links_to_files_lead_somewhere():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^(python -m export \w+|landmarks \w+)", SHELL, re.M))))
def test_commands_exist(command, capsys):
    words = command.split()
    with pytest.raises(SystemExit, match="0"):
        runtime_main([words[1], "--help"]) if words[0] == "landmarks" else export_main([words[3], "--help"])
    assert capsys.readouterr().out.startswith("usage: " + command)


def test_table_of_models_is_that_of_the_shipped_ones():
    table = models_table(list_models(ROOT / "weights"), ROOT / "weights")
    assert with_table(README, table) == README, "run `python -m export readme`"


def test_make_targets_exist():
    targets = set(re.findall(r"^make (\w+)", SHELL, re.M))
    assert targets
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {target for target in targets if f"\n{target}:" not in makefile} == set()
