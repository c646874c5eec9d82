"""Identities: how often each is drawn, and that every head is plausible."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.synthesis.head.assets import load_assets
from export.synthesis.head.identity import control_points, macro_weights, mean_identity, sample_age, sample_identity

ASSETS = load_assets()


def people(count, seed=0):
    rng = np.random.default_rng(seed)
    return [sample_identity(rng, ASSETS) for _ in range(count)]


def test_the_same_seed_gives_the_same_person():
    one, other = people(1, seed=4)[0], people(1, seed=4)[0]
    assert one.weights == other.weights and one.melanin == other.melanin
    np.testing.assert_array_equal(one.ancestry, other.ancestry)


def test_a_tenth_are_children_and_a_third_is_past_fifty():
    rng = np.random.default_rng(1)
    ages = np.array([sample_age(rng) for _ in range(4000)])
    assert ages.min() >= 5 and ages.max() <= 85
    assert np.mean(ages < 15) == pytest.approx(0.1, abs=0.02)
    assert np.mean(ages > 50) == pytest.approx(0.3, abs=0.03)


def test_skin_covers_the_human_range_and_goes_with_ancestry():
    crowd = people(200)
    melanin = np.array([person.melanin for person in crowd])
    african = np.array([person.ancestry[2] for person in crowd])
    assert melanin.min() < 0.1 and melanin.max() > 0.8
    assert np.corrcoef(melanin, african)[0, 1] > 0.6


@settings(max_examples=25)
@given(
    sex=st.floats(0, 1), age=st.floats(5, 85), build=st.floats(-1, 1), muscle=st.floats(-1, 1), asian=st.floats(0, 1)
)
def test_bodies_are_mixed_from_weights_that_sum_to_one(sex, age, build, muscle, asian):
    weights = macro_weights(sex, age, np.array([1 - asian, asian, 0], np.float32), build, muscle)
    universal = sum(weight for name, weight in weights.items() if "universal" in name)
    assert universal == pytest.approx(1, abs=1e-5)
    assert sum(weights.values()) == pytest.approx(2, abs=1e-5)


def test_eyes_are_where_the_rest_head_has_them_however_tall_the_body():
    rows = np.concatenate(ASSETS.eye_rows)
    for person in people(5):
        eyes = control_points(ASSETS, person)[rows].mean(axis=0)
        np.testing.assert_allclose(eyes, ASSETS.control[rows].mean(axis=0), atol=1e-4)


def test_the_mean_person_is_the_rest_head_a_little_older():
    assert np.abs(control_points(ASSETS, mean_identity()) - ASSETS.control)[ASSETS.control[:, 1] > 6.3].max() < 0.1


def test_heads_are_plausible_and_differ():
    rows = ASSETS.local_of[[21, 4869, 297, 422, 5225, 870]]
    faces = np.stack([control_points(ASSETS, person)[rows] for person in people(60)])
    eye_right, _, nose, mouth, chin, _ = faces.transpose(1, 0, 2)
    height, width = (eye_right - chin)[:, 1], -2 * eye_right[:, 0]
    assert ((height / width > 0.9) & (height / width < 1.8)).all()
    assert ((chin[:, 1] < mouth[:, 1]) & (mouth[:, 1] < nose[:, 1]) & (nose[:, 1] < eye_right[:, 1])).all()
    assert np.std(height / width) > 0.04
