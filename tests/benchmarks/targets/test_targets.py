"""What the table of targets says is what was measured."""

from __future__ import annotations

import time

import numpy as np
import pytest
from onnxruntime import InferenceSession

from benchmarks.targets.fresh import HEIGHT, WIDTH, Stream, soak
from benchmarks.targets.network_clock import METHODS, NetworkClock
from benchmarks.targets.networks import ratio
from benchmarks.targets.process import wheel_bytes
from benchmarks.targets.target import Target, table
from runtime.bench.timing import CPU_CLOCK, Times, latency, take_turns, timed


@pytest.mark.parametrize(
    ("sense", "reached", "met"),
    [("<=", 1, True), ("<", 1, False), (">=", 1, True), (">", 1, False), ("<", 0.9, True), (">", 0.9, False)],
)
def test_a_target_is_met_on_its_side_of_the_limit(sense, reached, met):
    assert Target("speed", sense, 1, reached).met is met


def test_missed_targets_stand_out_in_the_table():
    lines = table(
        [Target("fast", "<", 2, 1, " s"), Target("small", "<", 8, 9.123, " MB"), Target("beside", "<", None, 3)]
    ).splitlines()
    assert [[cell.strip() for cell in line.split("|")[2:5]] for line in lines[2:]] == [
        ["< 2 s", "1 s", "yes"],
        ["< 8 MB", "9.12 MB", "NO"],
        ["", "3", ""],
    ]


def test_ratios_are_of_medians_of_cpu_time():
    busy = latency([1.0] * 3)  # by the clock on the wall everything takes a second
    times = {"new": Times(busy, latency([0.001, 0.002, 0.009])), "old": Times(busy, latency([0.004, 0.004, 0.001]))}
    target = ratio("speed", "<", 1, times, "new", "old")
    assert target.reached == pytest.approx(0.5)
    assert "new 2.000 ms, old 4.000 ms" in target.detail


def test_network_clock_counts_what_sessions_take(predictor, astronaut):
    started = CPU_CLOCK()
    with NetworkClock() as clock:
        assert predictor(astronaut)
    assert 0 < clock.seconds < CPU_CLOCK() - started


def test_network_clock_leaves_sessions_as_they_were():
    before = [getattr(InferenceSession, name) for name in METHODS]
    with NetworkClock() as clock:
        pass
    assert [getattr(InferenceSession, name) for name in METHODS] == before
    assert clock.seconds == 0


def test_waiting_costs_no_cpu_time():
    wall, cpu = timed(lambda: time.sleep(0.05))
    assert wall >= 0.05 > cpu


def test_turns_count_without_those_that_warm_up():
    calls = []

    def turn():
        calls.append(len(calls))
        return [(calls[-1], 2 * calls[-1])] * 3

    times = take_turns({"a": turn}, rounds=2, calls=3)["a"].summary()
    last = calls[-1]
    assert times.wall.rounds == times.cpu.rounds == 6
    assert times.wall.best == (last - 1) * 1000 and times.cpu.best == 2 * times.wall.best


def test_stream_shows_one_face_that_moves_and_copies_no_frame():
    stream = Stream()
    assert [stream() for _ in range(20)] == [1] * 20
    first, later = stream._window(0), stream._window(15)
    assert first.shape == later.shape == (HEIGHT, WIDTH, 3)
    assert np.shares_memory(first, later)
    assert (first != later).any()


def test_soak_tells_the_peak_early_and_late():
    result = soak(20)
    assert 1e7 < result["early"] <= result["late"]
    assert result["missed"] == 0


def test_wheel_is_measured_from_this_checkout():
    assert 1e6 < wheel_bytes() < 8e6
