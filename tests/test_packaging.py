"""The wheel: what is in it, how large it is, and which OpenCV it asks for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pip
import pytest

import hatch_build
import runtime
from runtime.engine.model_registry import list_models
from runtime.web.vendor import SCRIPTS, VENDOR, WASM

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # the tools are installed already: no isolation, so no network
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_wheel_is_under_eight_megabytes(wheel):  # four landmark networks, two detectors, the engine of the page
    assert wheel.stat().st_size < 8e6


def test_wheel_holds_the_weights_their_cards_and_the_type_marker(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {entry.file for entry in list_models()}
    wanted = {f"runtime/weights/{file}" for file in files | {Path(file).stem + ".md" for file in files}}
    assert wanted | {"runtime/weights/manifest.json", "runtime/weights/LICENSES.md", "runtime/py.typed"} <= names


def test_wheel_holds_the_runtime_alone(wheel):
    top = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"runtime"}


def test_wheel_holds_the_page_and_nothing_that_it_was_made_with(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("runtime/web/")}
    assert {"runtime/web/static/index.html", "runtime/web/static/js/main.js", "runtime/web/static/sample.jpg"} <= names
    assert {name for name in names if "node_modules" in name or Path(name).name.startswith((".", "package"))} == set()
    if not (VENDOR / f"{WASM}.xz").is_file():
        pytest.skip("onnxruntime-web is not there: run `make web`, which needs npm")
    assert {f"runtime/web/vendor/{name}" for name in (*SCRIPTS, f"{WASM}.xz")} <= names


def test_wheel_carries_licence_and_notice(wheel):
    names = {Path(name).name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/licenses/" in name}
    assert {"LICENSE", "NOTICE"} <= names


@pytest.fixture(scope="module")
def metadata(wheel):
    archive = zipfile.ZipFile(wheel)
    text = archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))).decode()
    return Parser().parsestr(text)


def test_metadata_name_version_authors_and_extras(metadata):
    assert metadata["Version"] == runtime.__version__
    assert metadata["Author"] == "the edge-landmarks authors" and "head pose" in metadata["Keywords"]
    assert {"completion", "parquet", "service"} <= set(metadata.get_all("Provides-Extra"))


def test_long_description_has_no_link_to_a_file(metadata):
    text = metadata.get_payload()
    assert metadata["Description-Content-Type"] == "text/markdown" and text.startswith("# edge-landmarks")
    assert [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link] == []


def test_long_description_links_to_the_repository_where_there_is_one():
    text = "![a](docs/a.jpg) [b](docs/b.md) [c](https://d.example/e) [f](#g)"
    assert hatch_build.long_description(text, "https://h.example/i/") == (
        "![a](https://h.example/i/raw/HEAD/docs/a.jpg) [b](https://h.example/i/blob/HEAD/docs/b.md) "
        "[c](https://d.example/e) [f](#g)"
    )


def test_notice_names_every_weight_the_engine_of_the_page_and_the_dependencies():
    notice = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    package = json.loads((ROOT / "runtime" / "web" / "package.json").read_text(encoding="utf-8"))
    wanted = [entry.file for entry in list_models()]
    wanted += [f"ONNX Runtime Web {package['dependencies']['onnxruntime-web']} (runtime/web/vendor)"]
    wanted += ["NumPy (BSD-3-Clause)", "OpenCV (Apache-2.0;", "ONNX Runtime (MIT License)"]
    assert [name for name in wanted if name not in notice] == []
    assert all(entry.license for entry in list_models())


def test_development_dependencies_are_locked_with_hashes():
    text = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)[^\n]*\\\n    --hash=sha256:", text, re.M))
    assert locked.keys() == set(re.findall(r"^([a-z0-9-]+)(?:\[|==)", text, re.M))
    pinned = re.findall(r"^([\w-]+)==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)
    assert {name: locked.get(name) for name, _ in pinned} == dict(pinned)


def test_metadata_say_which_networks_are_for_research_only(metadata):
    assert metadata["License-Expression"] == "Apache-2.0 AND LicenseRef-Research-Only-Weights"
    assert "weights/LICENSES.md" in metadata.get_all("License-File")
    free, _, research = metadata["Summary"].partition(": ")[2].partition(" are Apache-2.0, ")
    networks = [entry for entry in list_models() if entry.role == "landmarks"]
    for words, wanted in ((free, False), (research, True)):
        named = {entry.name for entry in networks if entry.license.startswith("research") == wanted}
        assert named == set(words.removesuffix(" for research only").split(" and "))


def test_runtime_depends_on_numpy_opencv_and_onnxruntime_only(wheel):
    archive = zipfile.ZipFile(wheel)
    metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    requirements = Parser().parsestr(archive.read(metadata).decode()).get_all("Requires-Dist")
    plain = {re.match(r"[\w-]+", line)[0] for line in requirements if "extra ==" not in line}
    flavours = {hatch_build.installed_flavour(kind) for kind in (hatch_build.OPENCV, hatch_build.ONNXRUNTIME)}
    assert plain == {"numpy"} | flavours


def test_wheel_runs_from_an_empty_folder(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = (
        "import numpy, runtime, pathlib; p = runtime.Predictor(); "
        "assert p(numpy.zeros((48, 64, 3), numpy.uint8)) == []; print(p.report().landmarks.file)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(shown.stdout.strip()).is_relative_to(tmp_path / "site")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """A folder with stand-ins for what is installed from an index."""
    index = tmp_path_factory.mktemp("index")
    for name in ("numpy", "onnxruntime", "opencv-python", "opencv-python-headless"):
        info = f"{name.replace('-', '_')}-99.0"
        with zipfile.ZipFile(index / f"{info}-py3-none-any.whl", "w") as archive:
            archive.writestr(f"{info}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 99.0\n")
            archive.writestr(
                f"{info}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr(f"{info}.dist-info/RECORD", "")
    return index


@pytest.fixture
def clean(tmp_path, index):
    """An empty environment, into which one of README's commands is run."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    [packages] = (tmp_path / "venv").rglob("site-packages")

    def install(tool, *arguments, present=()):
        """Run the command with these stand-ins installed before; gives the OpenCVs that are installed then."""
        for name in present:
            zipfile.ZipFile(index / f"{name.replace('-', '_')}-99.0-py3-none-any.whl").extractall(packages)
        # what `pip --python` starts; --no-compile, since nothing is imported from there
        runner = Path(pip.__file__).with_name("__pip-runner__.py")
        by_pip = [str(python), str(runner), "--disable-pip-version-check", "install", "--no-compile"]
        by_uv = [sys.executable, "-m", "uv", "pip", "install", "--python", str(python), "--offline"]
        command = {"pip": by_pip, "uv": by_uv}[tool]
        command += ["--quiet", "--no-index", "--find-links", str(index), *arguments]
        subprocess.run(command, check=True, capture_output=True)
        found = {path.name.partition("-")[0] for path in packages.glob("*.dist-info")}
        assert {"onnxruntime", "edge_landmarks"} <= found
        return {name for name in found if name.startswith("opencv")}

    return install


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_wheel_keeps_another_opencv_with_the_command_of_the_readme(clean, wheel, tool):
    if tool == "uv":
        pytest.importorskip("uv")
    present = ("opencv-python-headless", "onnxruntime")
    assert clean(tool, "--no-deps", str(wheel), present=present) == {"opencv_python_headless"}
    assert "pip install --no-deps edge_landmarks-*.whl" in (ROOT / "docs" / "installation.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_wheel_brings_an_opencv_where_there_is_none(clean, wheel, tool):
    if tool == "uv":
        pytest.importorskip("uv")
    expected = {hatch_build.installed_flavour(hatch_build.OPENCV).replace("-", "_")}
    assert clean(tool, str(wheel)) == expected


@pytest.mark.parametrize("kind", [hatch_build.OPENCV, hatch_build.ONNXRUNTIME])
@pytest.mark.parametrize("index", range(4))
def test_flavour_that_is_installed_already_is_the_one_required(kind, index, tmp_path, monkeypatch):
    folder = tmp_path / f"{kind[index].replace('-', '_')}-5.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {kind[index]}\nVersion: 5.0\n")
    paths = {"purelib": str(tmp_path), "platlib": str(tmp_path)}
    monkeypatch.setattr(hatch_build.sysconfig, "get_paths", lambda: paths)
    assert hatch_build.installed_flavour(kind) == kind[index]


@pytest.mark.parametrize("kind", [hatch_build.OPENCV, hatch_build.ONNXRUNTIME])
def test_default_flavour_is_required_in_an_empty_environment(kind, tmp_path, monkeypatch):
    paths = {"purelib": str(tmp_path), "platlib": str(tmp_path)}
    monkeypatch.setattr(hatch_build.sysconfig, "get_paths", lambda: paths)
    assert hatch_build.installed_flavour(kind) == kind[0]
