"""Backgrounds: every scene is a plausible picture, blurred, in the scene's light."""

import numpy as np
import pytest

from export.synthesis.lighting.backgrounds import Backgrounds
from export.synthesis.lighting.drawn_backgrounds import backdrop, foliage, lights, sky, wall
from export.synthesis.lighting.environment import LUMINANCE, Environments
from export.synthesis.lighting.lighting import sample_illumination
from export.synthesis.lighting.rooms import room

DRAWN = [backdrop, wall, room, foliage, lights, sky]


@pytest.fixture(scope="module")
def environments():
    return Environments()


@pytest.fixture(scope="module")
def backgrounds():
    return Backgrounds()


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_drawn_scenes_hold_light_of_ordinary_strength(draw):
    for seed in range(12):
        picture = draw(np.random.default_rng(seed), 48)
        assert picture.shape == (48, 48, 3) and picture.dtype == np.float32
        assert np.isfinite(picture).all() and picture.min() >= 0
        assert 0.005 < picture.mean() < 4


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_no_two_scenes_are_alike(draw):
    first, second = (draw(np.random.default_rng(seed), 32) for seed in (1, 2))
    assert np.abs(first - second).mean() > 0.001


def test_backgrounds_are_out_of_focus(environments, backgrounds):
    for seed in range(12):
        rng = np.random.default_rng(seed)
        picture = backgrounds.sample(sample_illumination(rng, environments), 128, rng) @ LUMINANCE
        steps = np.abs(np.diff(picture, axis=1)).mean()
        assert steps < 0.25 * picture.std() + 0.02 * picture.mean()


def test_backgrounds_follow_the_light(environments, backgrounds):
    light = sample_illumination(np.random.default_rng(3), environments)
    dimmed = type(light)("dim", light.harmonics * 0.1, (), light.mirror, light.panorama * 0.1)
    bright = type(light)("dim", light.harmonics, (), light.mirror, light.panorama)
    levels = []
    for shown in (dimmed, bright):
        drawn = [backgrounds._lit(shown, "wall", np.random.default_rng(seed)).mean() for seed in range(5)]
        levels.append(np.mean(drawn))
    assert levels[1] == pytest.approx(10 * levels[0], rel=1e-3)


def test_the_same_seed_gives_the_same_background(environments, backgrounds):
    light = sample_illumination(np.random.default_rng(3), environments)
    first, second = (backgrounds.sample(light, 64, np.random.default_rng(5)) for _ in range(2))
    assert first.shape == (64, 64, 3) and first.dtype == np.float32
    np.testing.assert_array_equal(first, second)
