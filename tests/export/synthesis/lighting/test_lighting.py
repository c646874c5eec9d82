"""Lights of a scene: faces are visible, colours tamed, seeds repeat."""

import numpy as np
import pytest

from export.synthesis.lighting.environment import LUMINANCE, Environments, KeyLight
from export.synthesis.lighting.light_setups import LIGHT_ODDS, SETUPS, LightKind
from export.synthesis.lighting.lighting import sample_illumination
from export.synthesis.lighting.reflection import mip_stack, reflect


@pytest.fixture(scope="module")
def environments():
    return Environments()


@pytest.fixture(scope="module")
def lights(environments):
    return [sample_illumination(np.random.default_rng(seed), environments) for seed in range(40)]


def face_light(light, normal=(0, 0, 1)):
    normal = np.array([normal], np.float32)
    total = light.ambient(normal)[0]
    for key in light.keys:
        total = total + max(float(normal[0] @ key.direction), 0) * key.colour
    return total


def test_every_kind_has_a_setup_and_a_share():
    assert set(LIGHT_ODDS) == set(LightKind) == set(SETUPS)
    assert sum(LIGHT_ODDS.values()) == pytest.approx(1)


def test_faces_are_lit_but_not_flooded(lights):
    levels = np.array([float(face_light(light) @ LUMINANCE) for light in lights if light.kind != "dim"])
    assert 0.6 < np.median(levels) < 1.3
    assert (levels > 0.15).all() and (levels < 2.5).all()


def test_most_light_is_nearly_white(lights):
    colours = np.array([face_light(light) / face_light(light).mean() for light in lights if light.kind != "neon"])
    assert np.median(np.ptp(colours, axis=1)) < 0.35


def test_keys_are_sorted_unit_vectors_in_positive_colours(lights):
    for light in lights:
        levels = [float(key.colour @ LUMINANCE) for key in light.keys]
        assert levels == sorted(levels, reverse=True)
        assert len(light.keys) <= 3
        for key in light.keys:
            assert isinstance(key, KeyLight)
            assert float(np.linalg.norm(key.direction)) == pytest.approx(1, abs=1e-4)
            assert (key.colour >= 0).all()


def test_ambient_light_is_never_negative(lights):
    normals = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    for light in lights:
        assert light.ambient(normals).min() > 0


def test_the_same_seed_gives_the_same_light(environments):
    first, second = (sample_illumination(np.random.default_rng(7), environments) for _ in range(2))
    np.testing.assert_array_equal(first.mirror, second.mirror)
    np.testing.assert_array_equal(first.harmonics, second.harmonics)
    assert first.kind == second.kind


def test_a_mirror_shows_where_a_vector_points():
    panorama = np.zeros((128, 256, 3), np.float32)
    panorama[:, 128:] = [1, 0, 0]  # the image's right
    panorama[:, :128] = [0, 1, 0]
    stack = mip_stack(panorama)
    seen = reflect(stack, np.array([[1, 0, 0], [-1, 0, 0]], np.float32), 0.0)
    np.testing.assert_allclose(seen, [[1, 0, 0], [0, 1, 0]], atol=1e-5)


def test_a_rough_mirror_blurs():
    panorama = np.zeros((128, 256, 3), np.float32)
    panorama[60:68, 124:132] = 100
    stack = mip_stack(panorama)
    ahead = np.array([[0, 0, -1]], np.float32)
    sharp, rough = float(reflect(stack, ahead, 0.0)[0, 0]), float(reflect(stack, ahead, 0.8)[0, 0])
    assert sharp == pytest.approx(100, rel=0.01)
    assert 0 < rough < 20
