"""Means over faces: right, with intervals that hold what they promise."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.evaluation.intervals import bootstrap_mean, markdown_rows, plain_rows, summarise

FINITE = st.floats(-100, 100)


@given(st.lists(FINITE, min_size=2, max_size=30))
def test_interval_lies_around_the_mean_and_within_the_values(values):
    mean = bootstrap_mean(np.array(values), draws=50)
    assert mean.value == pytest.approx(np.mean(values), abs=1e-9)
    assert min(values) - 1e-9 <= mean.low <= mean.high <= max(values) + 1e-9


def test_interval_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    means = [bootstrap_mean(rng.normal(3, 1, 60), draws=200) for _ in range(200)]
    assert 0.88 < np.mean([mean.low < 3 < mean.high for mean in means]) < 0.99


def test_interval_is_that_of_the_normal_distribution_for_many_faces():
    """The central limit theorem's: 1.96 standard errors to either side."""
    values = np.random.default_rng(1).gamma(2, 3, 500)
    mean = bootstrap_mean(values, draws=4000)
    half = 1.96 * values.std() / math.sqrt(500)
    assert (mean.value - mean.low, mean.high - mean.value) == pytest.approx((half, half), rel=0.1)


def test_faces_without_a_value_do_not_count():
    mean = bootstrap_mean(np.array([1.0, math.nan, 3.0]))
    assert (mean.value, mean.faces) == (2.0, 2)


def test_one_face_has_no_interval_and_none_no_mean():
    assert str(bootstrap_mean(np.array([4.0]))) == "4.00"
    assert str(bootstrap_mean(np.array([]))) == "-"


def test_two_faces_have_an_interval():
    assert str(bootstrap_mean(np.array([1.0, 2.0]))) == "1.50 [1.00, 2.00]"


def test_an_interval_is_the_same_each_time():
    values = np.random.default_rng(2).normal(size=20)
    assert bootstrap_mean(values) == bootstrap_mean(values, draws=1000, seed=0)
    assert bootstrap_mean(values) != bootstrap_mean(values, seed=1)


def test_a_table_may_have_one_group_and_json_has_four_decimals():
    rows = summarise({"error": np.array([1 / 3, 1 / 3])}, {"all": np.ones(2, bool)})
    assert markdown_rows(rows, "group").splitlines()[2] == "| all | 2 | 0.33 [0.33, 0.33] |"
    assert plain_rows(rows)[0]["error"] == {"value": 0.3333, "low": 0.3333, "high": 0.3333}


def test_tables_name_groups_and_count_faces():
    groups = {"few": np.array([True, False, False]), "none": np.zeros(3, bool), "all": np.ones(3, bool)}
    rows = summarise({"error": np.array([1.0, 2.0, 3.0])}, groups)
    assert markdown_rows(rows, "group").splitlines()[:4] == [
        "| group | faces | error |",
        "|---|---|---|",
        "| few | 1 | 1.00 |",
        "| none | 0 | - |",
    ]
    plain = json.loads(json.dumps(plain_rows(rows)))
    assert plain[1] == {"group": "none", "faces": 0, "error": {"value": None, "low": None, "high": None}}
    assert plain[2]["error"]["value"] == 2
