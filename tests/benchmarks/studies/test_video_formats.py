"""docs/video_formats.md says what VideoSource makes of each kind of film."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import cv2
import pytest

from benchmarks.studies.video_formats import FILMS, make, read_by_us, verdict

ROWS = {
    cells[1]: cells[3]
    for line in (Path(__file__).parents[3] / "docs" / "video_formats.md").read_text().splitlines()
    if line.startswith("|") and (cells := [cell.strip() for cell in line.split("|")])
}


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="films are made with ffmpeg")
@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.kind)
def test_film_is_read_as_the_table_says(film, tmp_path, monkeypatch):
    if film.file.endswith(".webp") and not hasattr(cv2, "imdecodeanimation"):
        pytest.skip("animated WebP needs OpenCV 4.11")
    path = make(film, tmp_path)
    monkeypatch.chdir(tmp_path)
    if film.pipe:
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
            found = verdict(film, path, read_by_us(f"/dev/fd/{cat.stdout.fileno()}"))
    else:
        found = verdict(film, path, read_by_us(os.fspath(path.name)))
    assert found.partition(":")[0] == ROWS[film.kind]
