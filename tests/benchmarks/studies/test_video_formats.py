"""docs/video_formats.md states how VideoSource reads each kind of video."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import cv2
import pytest

from benchmarks.studies.video_formats import CASES, make, read_by_video_source, verdict

ROWS = {
    cells[1]: cells[3]
    for line in (Path(__file__).parents[3] / "docs" / "video_formats.md").read_text().splitlines()
    if line.startswith("|") and (cells := [cell.strip() for cell in line.split("|")])
}


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="videos are made with ffmpeg")
@pytest.mark.parametrize("video", CASES, ids=lambda video: video.kind)
def test_video_is_read_as_the_table_says(video, tmp_path, monkeypatch):
    if video.file.endswith(".webp") and not hasattr(cv2, "imdecodeanimation"):
        pytest.skip("animated WebP needs OpenCV 4.11")
    path = make(video, tmp_path)
    monkeypatch.chdir(tmp_path)
    if video.pipe:
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
            found = verdict(video, path, read_by_video_source(f"/dev/fd/{cat.stdout.fileno()}"))
    else:
        found = verdict(video, path, read_by_video_source(os.fspath(path.name)))
    assert found.partition(":")[0] == ROWS[video.kind]
