"""Key frames found in the container."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest

from runtime.media.video import VideoSource, key_frames_near


@pytest.fixture(params=["film.mp4", "film.avi", b"gr\xfc\xdfe.avi"], ids=["mp4", "avi", "name that is not UTF-8"])
def film(request, tmp_path):
    """Ten seconds with a key frame every twelve of 250 frames."""
    name = request.param
    path = tmp_path / ("film.avi" if isinstance(name, bytes) else name)
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*"mp4v" if path.suffix == ".mp4" else "XVID"), 25, (64, 48)
    )
    picture = np.full((48, 64, 3), 90, np.uint8)
    for frame in range(250):
        picture[20:30, 10 + frame % 40] = 200  # an encoder puts another key frame where much changes at once
        writer.write(picture)
    writer.release()
    if isinstance(name, bytes):
        other = tmp_path / os.fsdecode(name)
        try:
            path.rename(other)
        except OSError:
            pytest.skip("this file system takes names in UTF-8 only")
        path = other
    return str(path)


def test_key_frames_are_those_before_and_have_the_times_of_the_frames(film):
    with VideoSource(film) as source:
        times = [frame.time for frame in source]
    found = key_frames_near(film, [0.0, 3.0, 5.0, 9.9])
    assert found == [times[0], times[72], times[120], times[240]]


def test_what_is_no_video_has_no_key_frames(tmp_path):
    (tmp_path / "notes.txt").write_text("no video")
    assert key_frames_near(str(tmp_path / "notes.txt"), [1.0]) is None
    with pytest.raises(OSError, match="missing"):
        key_frames_near(str(tmp_path / "missing.mp4"), [1.0])
