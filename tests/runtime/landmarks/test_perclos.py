"""The share of time with closed eyes."""

from __future__ import annotations

import math

import pytest

from runtime import OptionError, Perclos
from tests.runtime.landmarks.moved_lids import with_eyes


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    return predictor(astronaut)[0]


@pytest.fixture(scope="module")
def shut(face):
    return with_eyes(face, 0.6)


def test_half_of_the_time_is_a_half(face, shut):
    perclos = Perclos(window=20)
    for index in range(50 * 10):
        value = perclos(shut if index // 20 % 2 else face, index / 10)
    assert value == pytest.approx(0.5, abs=0.01) and perclos.observed == pytest.approx(20, abs=0.2)


def test_sleep_fills_the_window(face, shut):
    perclos = Perclos(window=10)
    for index in range(30 * 10):
        value = perclos(shut if index > 100 else face, index / 10)
    assert value == pytest.approx(1)


def test_what_is_older_than_the_window_is_forgotten(face, shut):
    perclos = Perclos(window=5)
    values = [perclos(shut if 20 <= index < 40 else face, index / 10) for index in range(100)]
    assert values[45] > 0.3 and values[-1] == 0


def test_time_counts_and_not_frames(face, shut):
    perclos = Perclos()
    times = [0.0, 0.5, 1.0, 1.5, *(1.5 + index / 100 for index in range(1, 51))]
    for time in times:
        value = perclos(shut if time > 1.5 else face, time)
    assert value == pytest.approx(0.25, abs=0.01)


def test_time_out_of_sight_does_not_count(face, shut):
    perclos = Perclos()
    for time in (0.0, 0.5, 1.0, 31.0, 31.5):
        value = perclos(face if time < 31 else shut, time)
    assert (perclos.observed, value) == (pytest.approx(1.5), pytest.approx(1 / 3))


def test_half_closed_eyes_are_not_closed(face):
    perclos = Perclos()
    values = [perclos(with_eyes(face, 0.25 if index > 9 else 0), index / 10) for index in range(60)]
    assert max(values) == 0


def test_nothing_is_known_at_first(face):
    perclos = Perclos()
    assert (perclos.value, perclos.observed) == (0, 0)
    assert perclos(face, 3.0) == 0


def test_another_video_restarts(face, shut):
    perclos = Perclos()
    for time in (0.0, 0.5, 1.0, 1.5):
        perclos(shut if time else face, time)
    assert perclos.value > 0
    assert perclos(face, 0.0) == 0 and perclos.observed == 0


@pytest.mark.parametrize("options", [{"window": 0}, {"window": math.inf}, {"closure": 0}, {"closure": 1}])
def test_value_out_of_range_is_named(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        Perclos(**options)
