"""Random inputs at every door: a short part of the campaign, and what the campaign counts as a fault."""

from __future__ import annotations

import random
import warnings

import pytest

from benchmarks.trust.fuzz import Doors, changed, run_fuzz


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    return Doors(tmp_path_factory.mktemp("fuzz"))


def test_random_inputs_give_results_or_typed_errors(doors, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # command lines write here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outcomes, faults = run_fuzz(doors, 400, seed=1, seconds=10)
    assert faults == []
    assert outcomes.total()


def test_bare_error_is_a_fault(doors, monkeypatch):
    monkeypatch.setitem(doors.doors, "picture", lambda _: 1 / 0)
    outcomes, faults = run_fuzz(doors, 2, names=["picture"])
    assert outcomes["picture", "fault"] == len(faults) == 2
    assert faults[0].startswith("picture: ZeroDivisionError")


def test_changes_are_those_of_the_seed():
    content = bytes(range(200))
    one, two = ([changed(content, random.Random(seed)) for seed in range(50)] for _ in range(2))
    assert one == two
    assert sum(each != content for each in one) > 45
