"""Odds: checked, drawn as often as they say, restricted and mixed."""

from collections import Counter

import numpy as np
import pytest

from export.synthesis.sampling import Odds

THREE = Odds({"a": 0.5, "b": 0.3, "c": 0.2})


def test_kinds_are_drawn_as_often_as_the_odds_say():
    rng = np.random.default_rng(0)
    drawn = Counter(THREE.sample(rng) for _ in range(4000))
    assert {kind: drawn[kind] / 4000 for kind in THREE} == pytest.approx(dict(THREE), abs=0.03)


def test_a_draw_takes_one_number():
    one, other = np.random.default_rng(1), np.random.default_rng(1)
    THREE.sample(one)
    other.random()
    assert one.random() == other.random()


@pytest.mark.parametrize("wrong", [{"a": 0.5, "b": 0.4}, {"a": 0.8, "b": 0.3}, {}, {"a": float("nan")}])
def test_probabilities_that_do_not_sum_to_one_are_refused(wrong):
    with pytest.raises(ValueError, match=r"not to 1|negative"):
        Odds(wrong)


def test_a_negative_probability_is_refused():
    with pytest.raises(ValueError, match="negative"):
        Odds({"a": 1.5, "b": -0.5})


def test_excluded_kinds_are_never_drawn_and_the_others_keep_their_ratios():
    assert dict(THREE.without({"a", "z"})) == pytest.approx({"a": 0.0, "b": 0.6, "c": 0.4})
    with pytest.raises(ValueError, match="no kind is left"):
        THREE.without({"a", "b", "c"})


def test_a_mixture_lies_between():
    other = Odds({"a": 0.1, "b": 0.1, "c": 0.8})
    assert dict(THREE.mixed(other, 0.25)) == pytest.approx({"a": 0.4, "b": 0.25, "c": 0.35})
