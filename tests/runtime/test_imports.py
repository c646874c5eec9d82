"""Importing and using the runtime touches nothing else. Each in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.engine.user_cache import VARIABLE

ROOT = Path(__file__).parents[2]
PREDICT = "from runtime import Predictor; import numpy; Predictor()(numpy.zeros((80, 60, 3), numpy.uint8))"


def run(code, *path, **environment):
    """Run code with these folders, and the checkout, in front of the import path."""
    paths = os.pathsep.join(map(str, [*path, ROOT]))
    inherited = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    variables = inherited | {"PYTHONPATH": paths} | environment
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables, cwd="/")


@pytest.mark.parametrize("code", ["import runtime", "import runtime.cli", PREDICT])
def test_loads_nothing_of_the_training_side(code):
    others = [
        "torch",
        "onnx",
        "onnxsim",
        "tqdm",
        "matplotlib",
        "skimage",
        "scipy",
        "PIL",
        "tflite",
        "ai_edge_litert",
        "export",
        "pandas",
        "pyarrow",
        "supervision",
        "IPython",
        "ray",
        "fsspec",
    ]
    result = run(f"{code}\nimport sys; print([name for name in {others} if name in sys.modules])")
    assert result.stdout == "[]\n", result.stderr


def test_loads_no_library_but_its_dependencies():
    """Whatever numpy, OpenCV and onnxruntime load themselves, ``import runtime`` loads nothing beside them."""
    top = "print(sorted({name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    alone = run(f"import sys, numpy, cv2, onnxruntime; {top}", ORT_DISABLE_TELEMETRY="1").stdout
    with_it = run(f"import sys, runtime; {top}").stdout
    assert set(eval(with_it)) - set(eval(alone)) == {"runtime"}


def test_loads_nothing_that_only_the_commands_need():
    folders = [f"runtime.{name}" for name in ("archives", "bench", "cli", "live", "web")]
    others = [*folders, "runtime.media.progress", "runtime.media.text", "runtime.media.files.result_tables"]
    others += ["runtime.tables", "runtime.media.files.parquet_tables", "runtime.media.files.table_reader", "csv"]
    result = run(f"import runtime, sys; print([name for name in {others} if name in sys.modules])")
    assert result.stdout == "[]\n", result.stderr


@pytest.mark.parametrize(
    "code", ["import runtime", "import runtime.cli", "from runtime.landmarks.region_of_interest import crop"]
)
def test_opencv_without_opengl_names_the_remedy(tmp_path, code):
    (tmp_path / "cv2").mkdir()
    (tmp_path / "cv2" / "__init__.py").write_text(
        'raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")\n'
    )
    result = run(code, tmp_path)
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("runtime.errors.DependencyError: OpenCV does not load (libGL.so.1: cannot open")
    assert "opencv-python-headless" in last and "apt-get install libgl1" in last


def test_never_touches_the_network():
    code = f"""
import socket, urllib.request
def refuse(*args, **kwargs):
    raise SystemExit(f"network access: {{args}}")
for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
    setattr(socket, name, refuse)
{PREDICT}
print("offline")
"""
    result = run(code)
    assert result.stdout == "offline\n", result.stderr


def test_writes_nothing(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    result = run(PREDICT, HOME=str(home), XDG_CACHE_HOME=str(home), TMPDIR=str(home), PYTHONDONTWRITEBYTECODE="1")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert list(home.iterdir()) == []


def test_usage_data_stay_off_unless_wanted():
    code = "import os, runtime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    assert run(code).stdout == "1\n"
    assert run(code, ORT_DISABLE_TELEMETRY="0").stdout == "0\n"


@pytest.mark.parametrize("command", ["runtime models", "export networks", "benchmarks.targets --help"])
def test_commands_leave_nothing_in_an_empty_home(tmp_path, command):
    variables = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", VARIABLE)}
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": "", "MPLCONFIGDIR": ""}
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        env={**variables, **home, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    left = [path for path in tmp_path.rglob("*") if path.is_file() and "matplotlib" not in path.parts]  # its fonts
    assert left == []


def test_usage_data_end_where_onnxruntime_was_imported_before():
    code = "import onnxruntime\nonnxruntime.disable_telemetry_events = lambda: print('off')\nimport runtime"
    assert run(code, ORT_DISABLE_TELEMETRY="1").stdout == "off\n"
    assert run(code, ORT_DISABLE_TELEMETRY="0").stdout == ""


def test_lists_exactly_what_it_offers():
    result = run("import runtime; print([name for name in runtime.__all__ if not hasattr(runtime, name)])")
    assert result.stdout == "[]\n", result.stderr
