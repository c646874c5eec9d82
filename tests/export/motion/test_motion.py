"""Measurements of ``python -m export motion``: known jitter and known delays come out as they went in."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.motion.clips import CLIPS, FPS, Clip, load_clip
from export.motion.measure import TrackedClip, jitter, lag, motion_rows, nme
from export.motion.report import draw_motion, motion_table, write_motion

TIMES = np.arange(60) / FPS
SHAPE = np.random.default_rng(0).uniform(0, 100, (68, 2))
SWAY = SHAPE + 30 * np.sin(2 * np.pi * 0.8 * TIMES)[:, None, None] * [1, 0.3]


def delayed(seconds):
    late = 30 * np.sin(2 * np.pi * 0.8 * (TIMES - seconds))
    return SHAPE + late[:, None, None] * [1, 0.3]


@settings(max_examples=20)
@given(st.floats(0, 0.15))
def test_lag_is_the_delay(seconds):
    assert lag(delayed(seconds), SWAY, TIMES) == pytest.approx(seconds, abs=0.002)


def test_lag_does_not_mind_points_that_lie_beside_the_truth():
    beside = np.random.default_rng(1).normal(0, 5, (68, 2))
    assert lag(delayed(0.05) + beside, SWAY, TIMES) == pytest.approx(0.05, abs=0.002)


def test_jitter_is_the_spread_of_the_noise():
    noise = np.random.default_rng(2).normal(0, 0.3, (90, 68, 2))
    assert jitter(SHAPE + noise) == pytest.approx(0.3 * 2**0.5, rel=0.03)
    assert jitter(np.ones((9, 68, 2))) == 0


def test_nme_is_in_percent_of_the_outer_eye_corners():
    eyes = np.linalg.norm(SHAPE[36] - SHAPE[45])
    assert nme(SWAY + [3, 4], SWAY) == pytest.approx(100 * 5 / eyes)


@pytest.mark.parametrize("name", CLIPS)
def test_clips_start_and_move_within_the_picture(name):
    _, moment = CLIPS[name]
    moments = [moment(time) for time in TIMES]
    assert all(abs(each.yaw) < 40 and abs(each.pitch) < 20 and abs(each.roll) < 20 for each in moments)
    assert all(max(map(abs, each.shift)) < 0.2 and 6 < each.distance < 10 for each in moments)
    steps = [abs(after.yaw - before.yaw) for before, after in itertools.pairwise(moments)]
    assert max(steps) < 6, "a head does not jump"


def test_finished_clip_is_read_and_not_rendered(tmp_path, monkeypatch, people):
    monkeypatch.setattr("export.synthesis.sequence.PersonFactory", lambda: people)
    monkeypatch.setattr("export.motion.clips.FRAMES", 2)
    monkeypatch.setattr("export.motion.clips.SIZE", 96)
    first = load_clip("talking", tmp_path)
    assert first.images[0].shape == (96, 96, 3) and first.points.shape == (2, 68, 2)
    monkeypatch.setattr("export.motion.clips.SequenceGenerator", None)
    again = load_clip("talking", tmp_path)
    np.testing.assert_array_equal(again.points, first.points)
    assert all(map(np.array_equal, again.images, first.images))


def test_report_has_all_ways(tmp_path):
    rng = np.random.default_rng(3)
    still = Clip("astronaut, medium", [], np.arange(40) / FPS, np.zeros((0, 68, 2)), np.zeros((0, 3)))
    shaken, steady = (SHAPE + rng.normal(0, size, (40, 68, 2)) for size in (0.4, 0.1))
    tracks = [TrackedClip(still, shaken, shaken, steady)]
    for name in ("swaying", "talking"):
        tracks.append(TrackedClip(Clip(name, [], TIMES, SWAY, np.zeros((60, 3))), SWAY, SWAY, delayed(0.02)))
    table = [row for track in tracks for row in motion_rows(track)]
    lines = motion_table(table).splitlines()
    assert "(0.25)" in lines[4] and "0 -> 0 -> 20" in lines[5] and len(lines) == 7
    write_motion(tmp_path / "motion.json", "full", table)
    content = json.loads((tmp_path / "motion.json").read_text())
    assert content["model"] == "full" and [row["way"] for row in content["rows"][:3]] == [
        "alone",
        "tracked",
        "smoothed",
    ]
    draw_motion(tmp_path / "motion.png", tracks)
    assert (tmp_path / "motion.png").stat().st_size > 10_000
