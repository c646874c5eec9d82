"""Shading of a surface, one property at a time, on a row of normals that turn away from the light."""

from dataclasses import replace

import numpy as np
import pytest

from export.synthesis.lighting.environment import KeyLight, irradiance_harmonics
from export.synthesis.lighting.lighting import Illumination
from export.synthesis.lighting.reflection import mip_stack
from export.synthesis.mesh.surface import Fragments, Material
from export.synthesis.rendering.shading import shade

EYE = np.array([0, 0, 100], np.float32)
ANGLES = np.radians(np.arange(0, 180, 5))
NORMALS = np.stack([np.sin(ANGLES), 0 * ANGLES, np.cos(ANGLES)], axis=1).astype(np.float32)


def illumination(level=0.0, *keys):
    panorama = np.full((32, 64, 3), level, np.float32)
    return Illumination("test", irradiance_harmonics(panorama), keys, mip_stack(panorama), panorama)


def key(direction=(0, 0, 1), softness=0.005):
    return KeyLight(np.array(direction, np.float32), np.ones(3, np.float32), softness)


def material(**changes):
    n = len(NORMALS)
    fragments = Fragments(np.arange(n), np.zeros((n, 3), np.float32), NORMALS, np.zeros(n, np.int32), NORMALS, 0.01)
    plain = Material.plain(fragments, np.full(3, 0.5, np.float32), 1.0, 0.0)
    rows = {name: np.full(n, value, np.float32) for name, value in changes.items()}
    return replace(plain, **rows)


def look(surface, light, visibility=1.0):
    shown = np.full((len(light.keys), len(NORMALS)), visibility, np.float32)
    return shade(np.zeros_like(NORMALS), NORMALS, surface, EYE, light, shown)


def test_a_matt_surface_under_one_key_is_lambertian():
    shown = look(material(), illumination(0.0, key()))[:, 1]
    np.testing.assert_allclose(shown, 0.5 * np.maximum(np.cos(ANGLES), 0), atol=0.02)


def test_an_even_world_shows_the_albedo():
    shown = look(material(), illumination(1.0))
    np.testing.assert_allclose(shown, 0.5, atol=0.03)


def test_a_shadow_takes_the_key_away():
    assert look(material(), illumination(0.0, key()), 0.0).max() == 0


def test_red_bleeds_across_the_terminator_of_skin_only():
    beyond = np.argmin(np.abs(ANGLES - np.radians(95)))
    skin = look(material(scatter=1.0), illumination(0.0, key()))[beyond]
    plaster = look(material(), illumination(0.0, key()))[beyond]
    assert skin[0] > 3 * skin[2] and skin[0] > 0.005
    assert plaster.max() < 0.005


def test_penumbras_on_skin_are_reddish():
    skin = look(material(scatter=1.0), illumination(0.0, key()), 0.3)[0]
    assert skin[0] > 1.15 * skin[1]


def test_crevices_are_darker_but_not_black():
    open_air, crevice = (look(material(occlusion=value), illumination(1.0))[0, 0] for value in (1.0, 0.3))
    assert 0.3 < crevice / open_air < 0.7


def test_smoother_surfaces_have_smaller_brighter_highlights():
    shown = {r: look(material(roughness=r, specular=0.04), illumination(0.0, key()))[:, 0] for r in (0.2, 0.6)}
    matt = look(material(), illumination(0.0, key()))[:, 0]
    assert shown[0.2][0] - matt[0] > 3 * (shown[0.6][0] - matt[0]) > 0
    assert shown[0.2][6] - matt[6] < shown[0.6][6] - matt[6]


def test_grazing_angles_mirror_the_world_more():
    glossy = material(roughness=0.1, specular=0.04)
    matt = material(roughness=0.1, specular=0.0)
    mirrored = (look(glossy, illumination(1.0)) - look(matt, illumination(1.0)))[:, 0]
    assert mirrored[16] > 3 * mirrored[0] > 0


def test_what_glows_is_added_as_it_is():
    surface = replace(material(), glow=np.full((len(NORMALS), 3), 0.7, np.float32))
    np.testing.assert_allclose(look(surface, illumination(0.0)), 0.7, atol=1e-5)


def test_visibility_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="one row for each key light"):
        shade(np.zeros_like(NORMALS), NORMALS, material(), EYE, illumination(0.0, key()), np.ones((2, 5), np.float32))
