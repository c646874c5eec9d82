"""The verdict: which network to take, and what limits it, from figures of slow and fast machines."""

from __future__ import annotations

import pytest

from runtime.bench.machine import this_machine
from runtime.bench.results import Results, Row
from runtime.bench.tables import verdict


def results(full, trimmed, *rows, load=0.0):
    """Results with these 95th percentiles of a tracked frame; the median is half of it."""
    tracked = [
        Row("tracking", "whole pipeline", model, 1, 640, 480, value=late / 2, p95=late, per_second=2000 / late)
        for model, late in (("full", full), ("trimmed", trimmed))
    ]
    return Results(this_machine(), "cpu", 1, "float32", load, (*tracked, *rows))


@pytest.mark.parametrize(
    ("full", "trimmed", "words"),
    [
        (4.0, 3.0, "Take full: one face takes at most 4.0 ms"),
        (16.6, 9.0, "Take full"),
        (16.7, 9.0, "Take trimmed: one face takes at most 9.0 ms"),
        (60.0, 40.0, "Take trimmed, and a camera of fewer frames a second"),
    ],
)
def test_network_leaves_half_of_the_time_to_the_app(full, trimmed, words):
    assert words in verdict(results(full, trimmed))


def test_rates_of_one_face_and_of_five():
    five = Row("tracking", "whole pipeline", "full", 5, 640, 480, value=20, p95=22, per_second=50)
    every = Row("every frame", "whole pipeline", "full", 1, 640, 480, value=12, p95=13, per_second=83.4)
    text = verdict(results(4.0, 3.0, five, every))
    assert (
        "full follows one face at 500 frames a second (83 with the detector in every frame) "
        "and five faces at 50 frames a second."
    ) in text


def test_slowest_stage_is_named():
    stages = [Row("stage", "detector network", "full", value=9), Row("stage", "landmark network", "full", value=3)]
    assert "A single image takes 12.0 ms; 75 % of that is the detector network." in verdict(results(4.0, 3.0, *stages))


@pytest.mark.parametrize(("load", "told"), [(0.1, False), (0.9, True)])
def test_busy_machine_is_mentioned(load, told):
    stages = [Row("stage", "detector network", "full", value=9)]
    assert ("Other programs were running" in verdict(results(4.0, 3.0, *stages, load=load))) is told


def test_cpu_share_is_that_of_the_network_to_take():
    shares = [Row("CPU share", "", model, unit="%", value=value) for model, value in (("full", 12), ("trimmed", 7))]
    assert "7 % of a core at 30 frames a second" in verdict(results(20.0, 3.0, *shares))


def test_what_was_not_measured_is_left_out():
    assert verdict(Results(this_machine(), "cpu", 1, "float32", None, ())) == ""
