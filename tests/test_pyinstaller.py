"""Programs packed by PyInstaller: they carry the networks, or say what is missing."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from runtime import ModelError, list_models
from runtime.__pyinstaller import get_hook_dirs
from runtime.engine.model_registry import weights_directory
from runtime.web.site import STATIC

ROOT = Path(__file__).resolve().parents[1]
PACK = "import gc, sys, PyInstaller.__main__; gc.disable(); PyInstaller.__main__.run(sys.argv[1:])"
"""PyInstaller without garbage collection, which takes a tenth of its time."""
SPARE = [
    *("_pydecimal", "asyncio", "difflib", "doctest", "multiprocessing", "numpy.f2py", "numpy.testing", "pdb", "pydoc"),
    *("pydoc_data", "tarfile", "unittest", "xml", "xmlrpc"),
]
"""Modules that are referred to but not imported; it takes time to find what they refer to."""


@pytest.fixture(scope="module")
def datas():
    """Files that the hook collects, by the folder that they are put into."""
    [folder] = get_hook_dirs()
    return runpy.run_path(str(Path(folder) / "hook-runtime.py"))["datas"]


def test_hook_collects_every_network_with_its_card_and_licence(datas):
    collected = {Path(source) for source, target in datas if target == "runtime/weights"}
    assert collected == {path for path in weights_directory().iterdir() if path.is_file()}
    assert {entry.file for entry in list_models()} <= {path.name for path in collected}


def test_hook_collects_the_page_as_it_lies_in_the_package(datas):
    targets = {Path(target) / Path(source).name for source, target in datas}
    page = {Path("runtime/web/static") / path.relative_to(STATIC) for path in STATIC.rglob("*") if path.is_file()}
    assert page <= targets
    assert not [source for source, _ in datas if "node_modules" in source]


def test_packed_program_finds_a_face(tmp_path, astronaut):
    pytest.importorskip("PyInstaller")
    (tmp_path / "app.py").write_text(
        "import sys\nfrom runtime import Predictor, read_image\nprint(len(Predictor()(read_image(sys.argv[1]))))\n"
    )
    cv2.imwrite(str(tmp_path / "a.png"), astronaut)
    # the hook's folder is named, since the tests do not ask whether this checkout is the package that is installed
    command = [sys.executable, "-c", PACK, "--log-level", "ERROR", "--noconfirm", "--noupx", "--paths", str(ROOT)]
    command += [f"--exclude-module={name}" for name in SPARE]
    command += ["--additional-hooks-dir", *get_hook_dirs(), "app.py"]
    packing = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert packing.returncode == 0, packing.stderr[-2000:]
    program = next((tmp_path / "dist" / "app").glob("app*"))
    done = subprocess.run([program, "a.png"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr


def test_optional_packages_are_packed_only_where_the_program_imports_them():
    [folder] = get_hook_dirs()
    hook = runpy.run_path(str(Path(folder) / "hook-runtime.py"))
    assert {"pandas", "pyarrow", "supervision"} <= set(hook["excludedimports"])


def test_packed_program_without_the_networks_names_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(ModelError, match=r"packed without the networks.*--collect-data runtime"):
        list_models(tmp_path)


def test_pyinstaller_is_told_where_the_hook_is():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points.pyinstaller40]\nhook-dirs = "runtime.__pyinstaller:get_hook_dirs"\n' in text
