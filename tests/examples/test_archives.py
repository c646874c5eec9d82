"""The example that annotates an archive runs as it is written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

ROOT = Path(__file__).parents[2]


def test_annotate_archive(tmp_path, astronaut):
    pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'edge-landmarks[parquet]'")
    (tmp_path / "photos").mkdir()
    cv2.imwrite(str(tmp_path / "photos" / "a.png"), astronaut)
    (tmp_path / "photos" / "b.jpg").write_bytes(b"no picture")
    command = [sys.executable, ROOT / "examples/archives/annotate_archive.py", "photos", "tables", "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[:2] == [
        "2 pictures, 0 videos, 1 faces, 1 errors",
        "1 faces of pictures look at the camera",
    ]
    assert done.stdout.splitlines()[2].startswith("photos/b.jpg: photos/b.jpg: not a picture")
