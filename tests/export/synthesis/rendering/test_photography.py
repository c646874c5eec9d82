"""The camera: exposes for the face, never moves it, repeats itself with the same seed."""

import numpy as np
import pytest

from export.synthesis.rendering.photography import photograph


def scene(level=0.2, size=128):
    return np.full((size, size, 3), level, np.float32)


def mean_over_seeds(linear, face=None, seeds=30):
    return np.mean([photograph(linear, 64, face, np.random.default_rng(seed)).mean() for seed in range(seeds)])


def test_a_photograph_is_8_bit_at_the_size_asked_for():
    picture = photograph(scene(), 64, None, np.random.default_rng(0))
    assert picture.shape == (64, 64, 3) and picture.dtype == np.uint8


def test_channels_are_blue_green_red():
    red = scene() * np.array([2.0, 0.2, 0.1], np.float32)
    shown = [photograph(red, 64, None, np.random.default_rng(seed)).mean(axis=(0, 1)) for seed in range(10)]
    blue, green, red_level = np.median(shown, axis=0)
    assert red_level > green > blue


def test_the_same_seed_gives_the_same_bytes():
    linear = np.random.default_rng(1).uniform(0, 1, (128, 128, 3)).astype(np.float32)
    first, second = (photograph(linear, 64, None, np.random.default_rng(2)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_exposure_makes_up_for_most_of_the_darkness():
    bright, dark = mean_over_seeds(scene(0.4)), mean_over_seeds(scene(0.1))
    assert bright > dark  # dark skin stays darker ...
    assert bright < 1.6 * dark  # ... though the light differs four times


def test_the_face_is_exposed_for_whatever_is_behind_it():
    linear = scene(3.0)
    face = np.zeros((128, 128), bool)
    face[32:96, 32:96] = True
    linear[face] = 0.1
    shown = np.median(
        [photograph(linear, 64, face, np.random.default_rng(seed))[24:40, 24:40].mean() for seed in range(15)]
    )
    assert 60 < shown < 150


def test_no_step_moves_the_content():
    axis = np.arange(256)
    spot = np.exp(-((axis[:, None] - 127.5) ** 2 + (axis[None] - 127.5) ** 2) / (2 * 12**2))
    linear = (0.05 + spot[..., None] * np.ones(3)).astype(np.float32)
    for seed in range(60):
        green = photograph(linear, 128, None, np.random.default_rng(seed))[..., 1].astype(float)
        weight = np.maximum(green - np.median(green) - 12, 0)
        centre = [(weight.sum(axis=1 - k) * np.arange(128)).sum() / weight.sum() for k in (0, 1)]
        np.testing.assert_allclose(centre, 63.5, atol=0.25, err_msg=f"seed {seed}")


def test_pictures_are_not_noise():
    flat = [photograph(scene(), 64, None, np.random.default_rng(seed)).std(axis=(0, 1)).mean() for seed in range(30)]
    assert np.median(flat) < 8


def test_a_rendering_that_does_not_reduce_is_refused():
    with pytest.raises(ValueError, match="make it a multiple"):
        photograph(scene(size=100), 64, None, np.random.default_rng(0))
