"""README.md and the pages of docs/ keep their promises: code runs, links lead somewhere, commands exist."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import runtime
from export.cli import main as export_main
from export.release.model_tables import models_table, networks_table, newest_results, replace_between
from runtime.cli import main as runtime_main
from runtime.engine.model_registry import list_models

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
SHELL = "\n".join(block for text in TEXTS.values() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL))


def python_of(page):
    """The one Python example of a page."""
    [example] = re.findall(r"```python\n(.*?)```", TEXTS[page], re.DOTALL)
    return example


@pytest.fixture
def folder(tmp_path, monkeypatch, astronaut):
    """A folder with the files that the examples name."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.jpg", astronaut)
    writer = cv2.VideoWriter("talk.mp4", cv2.VideoWriter.fourcc(*"mp4v"), 30, (512, 512))
    for _ in range(5):
        writer.write(astronaut)
    writer.release()
    return tmp_path


def test_first_example_prints_a_line_for_the_face(folder, capsys):
    exec(python_of("README.md"), {})
    assert capsys.readouterr().out.startswith("(68, 3) [")


def test_examples_pass_strict_type_checks(tmp_path):
    (tmp_path / "first.py").write_text(python_of("README.md"), encoding="utf-8")
    images = "import numpy as np\n\nimage = another = np.zeros((9, 9, 3), np.uint8)\n"
    (tmp_path / "second.py").write_text(images + python_of("docs/usage.md"), encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", TEXTS["docs/applications.md"], re.DOTALL)
    (tmp_path / "fourth.py").write_text("\n".join(blocks), encoding="utf-8")
    (tmp_path / "third.py").write_text(python_of("docs/video.md"), encoding="utf-8")
    # with the project's settings, which are strict: what the check of the project left in mypy's cache is used again
    command = [sys.executable, "-m", "mypy", *map(str, tmp_path.glob("*.py"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_second_example_marks_a_video(folder, capsys, astronaut):
    exec(python_of("docs/usage.md"), {"image": astronaut, "another": np.ascontiguousarray(astronaut[:, ::-1])})
    assert (folder / "marked.webm").stat().st_size > 10_000


def test_third_example_reads_eyes_off_a_video(folder, capsys):
    exec(python_of("docs/video.md"), {})
    assert capsys.readouterr().out == ""  # open eyes, five times


def test_blocks_about_building_on_the_points_run(folder):
    blocks = re.findall(r"```python\n(.*?)```", TEXTS["docs/applications.md"], re.DOTALL)
    exec("\n".join(blocks), {})


@pytest.mark.parametrize("page", TEXTS)
def test_links_to_files_lead_somewhere(page):
    folder = (ROOT / page).parent
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXTS[page]) if "://" not in link]
    assert [link for link in links if not (folder / link).exists()] == []


def test_every_page_is_linked_from_the_readme():
    linked = set(re.findall(r"\]\(([^)#]+\.md)\)", TEXTS["README.md"]))
    folders = {page for page in TEXTS if page.count("/") > 1}  # in the menu of the site, which docs/index.md begins
    assert {page for page in TEXTS if page != "README.md"} - folders - linked == set()


def test_every_example_is_shown_on_a_page():
    """Pages include the files themselves, so that they show what the tests run."""
    shown = set(re.findall(r'^--8<-- "(.+)"$', "\n".join(TEXTS.values()), re.M))
    files = [path for pattern in ("*.py", "Dockerfile") for path in (ROOT / "examples").rglob(pattern)]
    assert shown == {path.relative_to(ROOT).as_posix() for path in files}


@pytest.mark.parametrize("page", [page for page in TEXTS if "/coming-from/" in page])
def test_calls_in_place_of_other_libraries_exist(page, predictor, astronaut):
    face = predictor(astronaut)[0]
    objects = {"face": face, "predictor": predictor, "Detection": runtime.Detection, "runtime": runtime}
    ours = [row.split(" | ")[-1] for row in TEXTS[page].splitlines() if row.startswith("| ")][1:]
    code = "\n".join(span for cell in ours for span in re.findall(r"`([^`]+)`", cell))
    named = [("runtime", name) for name in re.findall(r"(?<![\w.])([A-Za-z_]+)\(", code) if name not in objects]
    named += re.findall(r"(?<!\w)(face|predictor|Detection)\.(\w+)", code)
    own = {"tracker"}  # a variable
    assert named and [name for name in named if name[1] not in own and not hasattr(objects[name[0]], name[1])] == []
    options = set(re.findall(r"(\w+)=", code)) - {"kind"}
    assert options <= set(inspect.signature(runtime.Predictor).parameters)


def test_readme_ends_after_two_screens():
    assert len(TEXTS["README.md"].splitlines()) <= 100


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^(python -m export [\w-]+|landmarks \w+)", SHELL, re.M))))
def test_commands_exist(command, capsys):
    words = command.split()
    with pytest.raises(SystemExit, match="0"):
        runtime_main([words[1], "--help"]) if words[0] == "landmarks" else export_main([words[3], "--help"])
    assert capsys.readouterr().out.startswith("usage: " + command)


def test_tables_of_models_are_those_of_the_shipped_ones():
    entries, weights = list_models(ROOT / "weights"), ROOT / "weights"
    models = models_table(entries, weights, newest_results(ROOT / "benchmarks" / "results"))
    for page, name, table in (
        ("README.md", "models", models),
        ("docs/accuracy.md", "networks", networks_table(entries)),
    ):
        assert replace_between(TEXTS[page], name, table) == TEXTS[page], "run `python -m export readme`"


def test_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs", reason="the documentation's tools are missing: pip install '.[docs]'")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html")]
    assert [address for page in pages for address in re.findall(r'src="(?:https?:)?//[^"]+', page)] == []


def test_api_reference_names_everything_public():
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md"))
    named = set(re.findall(r"^::: runtime\.(\w+)$", pages, re.M))
    errors = {name for name in runtime.__all__ if name.endswith("Error")}  # listed by their module
    assert set(runtime.__all__) - errors == named - {"archives", "errors", "tables"}


def test_make_targets_exist():
    targets = set(re.findall(r"^make (\w+)", SHELL, re.M))
    assert targets
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {target for target in targets if f"\n{target}:" not in makefile} == set()
