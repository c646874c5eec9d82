"""The long stream: its faces come and go, and what counts as growth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.trust.soak import SoakPart, frames, growing, soak

PART = SoakPart(100, 30, 200.0, 12, 2, 3.0, 9.0)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_faces_come_and_go():
    done = soak(200, parts=4, model="trimmed")
    assert [part.frames for part in done] == [50, 100, 150, 200]
    assert 0 < sum(part.faces for part in done) <= 200
    assert all(part.memory > 10 and part.handles >= 3 for part in done)


def test_frames_are_those_of_the_seed():
    assert all((one == two).all() for one, two in zip(frames(20), frames(20), strict=True))


def test_growth_is_named():
    assert growing([PART, PART, PART]) == []
    assert growing([PART, PART, replace(PART, handles=20, median=6.0)]) == ["handles", "median"]
