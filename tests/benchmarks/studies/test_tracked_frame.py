"""The profile of a tracked frame counts every step, and providers are compared face by face."""

from __future__ import annotations

import math

from benchmarks.studies import providers, tracked_frame
from runtime import Predictor
from runtime.bench.scenes import frame_with_faces


def test_every_step_runs_and_the_network_takes_all_faces_in_one_call():
    one, five = (tracked_frame.profile(faces, rounds=2) for faces in (1, 5))
    for spent, calls in (one, five):
        assert set(calls) == set(spent) == {step for step, _ in tracked_frame.STEPS}
        assert all(seconds > 0 for seconds in spent.values())
    assert one[1][tracked_frame.NETWORK] == five[1][tracked_frame.NETWORK]


def test_a_frame_of_one_face_makes_no_more_calls_than_before():
    _, calls = tracked_frame.profile(1, rounds=1)
    assert sum(calls.values()) <= 320


def test_table_has_both_frames():
    text = tracked_frame.table(2, rounds=2)
    assert "calls, 1" in text and "us, 2" in text and "A face of 2 in one call" in text


def test_devices_that_do_not_start_are_named():
    text = providers.measure(["openvino:GPU"], rounds=1)
    assert "| cpu " in text and "openvino:GPU was not measured" in text


def test_faces_are_compared_one_by_one():
    with Predictor(device="cpu") as predictor:
        faces = predictor(frame_with_faces(2, 640, 480))
    assert providers.differences(faces, faces) == (0, 0)
    assert providers.differences(faces, faces[:1]) == (math.inf, math.inf)
    assert providers.differences(faces, faces[::-1])[0] > 10
