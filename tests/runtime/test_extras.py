"""Libraries of the extras: without one, each function that needs it says which it is and how to install it."""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import re
import sys
from pathlib import Path

import cv2
import pytest

from runtime import DependencyError, TrackingConfig, to_pandas, to_supervision_detections, to_supervision_keypoints
from runtime.archives import annotate, faces_of_video, list_entries
from runtime.cli import completion, main
from runtime.media.files.parquet_tables import ParquetWriter
from runtime.media.files.result_tables import ImageResult
from runtime.tables import read_table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]


def in_pieces(predictor):
    with faces_of_video("film.avi", predictor, TrackingConfig(), workers=1):
        pass


DOORS = {
    "pyarrow": {
        "ParquetWriter": lambda _: ParquetWriter("faces.parquet", ImageResult),
        "read_table": lambda _: read_table("some.parquet"),
        "annotate": lambda predictor: annotate("picture.png", "out", predictor),
        "annotate on ray": lambda predictor: annotate("picture.png", "out", predictor, engine="ray"),
        "list_entries": lambda _: list(list_entries(["some.parquet"])),
        "faces_of_video": in_pieces,
    },
    "ray": {"annotate": lambda predictor: annotate("picture.png", "out", predictor, engine="ray")},
    "shtab": {"completion": lambda _: completion.run(argparse.ArgumentParser(), argparse.Namespace(shell="bash"))},
    "pandas": {
        "to_pandas": lambda predictor: to_pandas(predictor(cv2.imread("picture.png"))),
        "annotate on ray": lambda predictor: annotate("picture.png", "out", predictor, engine="ray"),
    },
    "supervision": {
        "keypoints": lambda predictor: to_supervision_keypoints(predictor(cv2.imread("picture.png"))),
        "detections": lambda predictor: to_supervision_detections(predictor(cv2.imread("picture.png"))),
    },
}
"""What needs a package, by the package."""

COMMANDS = {
    "pyarrow": ["predict picture.png --parquet faces.parquet", "annotate picture.png out"],
    "ray": ["annotate picture.png out --engine ray"],
    "shtab": ["completion bash"],
}


def extras():
    """Yield each extra with the packages that it names."""
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for extra, requirements in metadata["project"]["optional-dependencies"].items():
        yield extra, [re.split(r"[\[<>=;~! ]", requirement)[0].lower() for requirement in requirements]


def imported_when_needed():
    """Return the packages that a function of the runtime imports."""
    found = set()
    for path in sorted((ROOT / "runtime").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_optional":
                name = node.args[0]
                found.add(name.value.partition(".")[0] if isinstance(name, ast.Constant) else "pyarrow")
    return found


CASES = [
    (extra, package, door) for extra, packages in extras() for package in packages for door in DOORS.get(package, ())
]


class Absent(importlib.abc.MetaPathFinder):
    """Finds that a package is not installed."""

    def __init__(self, package):
        self._package = package

    def find_spec(self, name, path, target=None):
        if name == self._package or name.startswith(f"{self._package}."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def hide(monkeypatch):
    """Let a package be none that is installed."""

    def hide(package):
        # None in sys.modules is no absence for compiled code, such as pyarrow's, which takes it for the module
        for name in [each for each in sys.modules if each == package or each.startswith(f"{package}.")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr(sys, "meta_path", [Absent(package), *sys.meta_path])

    return hide


@pytest.fixture
def folder(tmp_path, monkeypatch, astronaut):
    """A working directory with a picture, a table and a film by their names."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("picture.png", astronaut)
    Path("some.parquet").write_bytes(b"PAR1")
    Path("film.avi").write_bytes(b"RIFF")
    return tmp_path


def test_every_package_that_is_imported_when_needed_and_in_an_extra_is_tested():
    named = {package for _, packages in extras() for package in packages}
    assert imported_when_needed() & named == DOORS.keys() & named
    assert {package for _, package, _ in CASES} == imported_when_needed() & named


@pytest.mark.parametrize(("extra", "package", "door"), CASES, ids=["-".join(case) for case in CASES])
def test_absence_is_worded(extra, package, door, hide, folder, predictor):
    if package == "ray" or (package, door) == ("pandas", "annotate on ray"):
        pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'edge-landmarks[parquet]'")
    if (package, door) == ("pandas", "annotate on ray"):
        pytest.importorskip("ray", reason="Ray is missing: pip install 'edge-landmarks[ray]'")
    hide(package)
    with pytest.raises(DependencyError) as raised:
        DOORS[package][door](predictor)
    message = str(raised.value)
    assert f"needs {package}, which does not load" in message
    assert re.search(rf"pip install ('edge-landmarks\[\w+\]' \(or {package}\)|{package})$", message), message


def test_absence_of_what_reads_urls_is_worded(hide):
    pytest.importorskip("fsspec", reason="fsspec is missing: pip install fsspec")
    hide("s3fs")
    with pytest.raises(DependencyError, match=r"s3://bucket/photos: .*s3fs.*: pip install s3fs$"):
        list(list_entries(["s3://bucket/photos"]))
    hide("fsspec")
    with pytest.raises(DependencyError, match=r"s3:// needs fsspec, .*: pip install fsspec$"):
        list(list_entries(["s3://bucket/photos"]))


@pytest.mark.parametrize(
    ("package", "command"), [(package, command) for package, commands in COMMANDS.items() for command in commands]
)
def test_commands_end_with_the_words(package, command, hide, folder, capsys):
    if package == "ray":
        pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'edge-landmarks[parquet]'")
    hide(package)
    assert main(command.split()) in (1, 2)
    error = capsys.readouterr().err
    assert f"needs {package}" in error and "pip install" in error and "Traceback" not in error
