"""Threads, processes and forks: a small part of the campaign, and what the campaign counts as a fault."""

from __future__ import annotations

import os
import time

import pytest

from benchmarks.trust import concurrent_work
from benchmarks.trust.concurrency import try_scenario
from benchmarks.trust.concurrent_work import SCENARIOS, Agreement, Load

SMALL = Load(threads=3, frames=6, processes=2, forks=1, model="trimmed")


@pytest.mark.parametrize("name", ["threads, closed meanwhile", "threads, trackers of one predictor"])
def test_threads_find_what_one_finds(name):
    agreement = SCENARIOS[name](SMALL)
    assert (agreement.same, agreement.faults) == (18, [])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_child_finds_what_its_parent_finds():
    agreement = SCENARIOS["forked while threads use the predictor"](SMALL)
    assert (agreement.same, agreement.faults) == (3, [])


def test_another_result_is_a_fault(monkeypatch):
    digests = iter(range(10**6))
    monkeypatch.setattr(concurrent_work, "digest", lambda _: str(next(digests)))
    agreement = SCENARIOS["threads, one predictor"](SMALL)
    assert agreement.same == 0 and len(agreement.faults) == 18


def _hangs(load):
    time.sleep(60)
    return Agreement()


def _crashes(load):
    os.abort()


@pytest.mark.parametrize(
    ("work", "seconds", "fault"), [(_hangs, 1.0, "no end within 1 s"), (_crashes, 60.0, "ended with -6")]
)
def test_hang_and_crash_are_faults(monkeypatch, capfd, work, seconds, fault):
    monkeypatch.setitem(SCENARIOS, "made up", work)
    assert try_scenario("made up", SMALL, seconds).faults == [fault]


def test_error_in_a_thread_is_a_fault(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("no")

    monkeypatch.setattr(concurrent_work, "_predict", broken)
    assert SCENARIOS["threads, one predictor"](SMALL).faults == ["ZeroDivisionError: no"] * 3
