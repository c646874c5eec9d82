"""Missing frames are reported for damaged videos, and for no others."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.media.video.containers import ContainerFacts
from runtime.media.video.missing_frames import VideoGaps

FPS = 25.0


def warning(times, facts=None, announced=None, start=0.0, lost=()):
    gaps = VideoGaps(FPS)
    for index, time in enumerate(times):
        gaps.add(time, dict(lost).get(index, 0))
    return gaps.warning(facts, announced, start, None)


def constant(frames):
    return np.arange(frames) / FPS


def without(frames, first, last):
    return np.delete(constant(frames), slice(first, last))


MP4, MATROSKA, AVI = (ContainerFacts(kind, "", frames=None) for kind in ("mp4", "matroska", "avi"))


@pytest.mark.parametrize(
    ("times", "facts", "announced", "start"),
    [
        (constant(50), ContainerFacts("mp4", "avc1", frames=50), 50, 0.0),
        (constant(50), MATROSKA, 50, 0.0),
        (constant(50), None, None, 0.0),
        (constant(50), MATROSKA, 175, 5.0),
        (np.concatenate([constant(30), 1.2 + np.arange(60) * 0.16]), MATROSKA, 270, 0.0),
        (constant(60), MP4, 100, 0.0),
        (constant(50) * 2, AVI, 99, 0.0),
        (constant(50), MATROSKA, 70, 0.0),
        (without(50, 20, 21), MATROSKA, 50, 0.0),
        (constant(1), None, None, 0.0),
    ],
    ids=[
        "whole MP4",
        "whole Matroska",
        "nothing announced",
        "begins late",
        "variable rate",
        "MP4 of which a part is shown",
        "AVI with repeated frames",
        "sound a little longer",
        "a frame that came late",
        "one frame",
    ],
)
def test_nothing_is_said_of_a_video_that_is_whole(times, facts, announced, start):
    assert warning(times, facts, announced, start) == ""


@pytest.mark.parametrize(
    ("times", "facts", "announced", "lost", "said"),
    [
        (without(90, 8, 12), ContainerFacts("mp4", "avc1", frames=90), 90, (), "4 of 90 frames are missing"),
        (without(90, 8, 9), ContainerFacts("mp4", "avc1", frames=90), 90, (), "1 of 90 frames is missing"),
        (without(90, 8, 12), None, 90, {8: 4}, "about 4 frames beside 86 are missing"),
        (without(90, 8, 20), MATROSKA, 90, (), "about 12 frames beside 78 are missing"),
        (constant(20), MATROSKA, 90, (), "end at 0.8 of 3.6 s after 20 frames: it may be truncated"),
        (constant(80), AVI, 90, (), "10 of 90 frames are missing"),
        (constant(20), ContainerFacts("avi", "", missing_bytes=1234), 90, (), "truncated, its last 1,234 bytes"),
    ],
)
def test_damage_is_counted(times, facts, announced, lost, said):
    assert said in warning(times, facts, announced, 0.0, lost)
