"""Panoramas: what they hold, how they turn, and that no light is lost or counted twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.synthesis.lighting.environment import (
    Environments,
    directions,
    extract_keys,
    harmonics_basis,
    irradiance_harmonics,
    locate,
    solid_angles,
    turn,
    view,
)


@pytest.fixture(scope="module")
def environments():
    return Environments()


def irradiance(panorama, normal):
    """Irradiance over pi by summing the panorama."""
    height = panorama.shape[0]
    cosine = np.maximum(directions(height) @ np.asarray(normal, np.float32), 0) * solid_angles(height)
    return (panorama * cosine[..., None]).sum(axis=(0, 1)) / np.pi


def sun(row, column, height=64):
    panorama = np.full((height, 2 * height, 3), 0.2, np.float32)
    panorama[row, column] = [900, 800, 600]
    return panorama


def test_every_map_is_finite_light_with_bright_places(environments):
    for name in environments.names:
        panorama = environments.panorama(name)
        assert panorama.shape == (256, 512, 3) and panorama.dtype == np.float32
        assert np.isfinite(panorama).all() and panorama.min() >= 0
        assert panorama.max() > 3  # far above white: the range of lamps and skies survived


def test_the_sun_outshines_the_sky_a_thousandfold(environments):
    park = environments.panorama("park")
    assert park.max() > 1000 * np.median(park)


def test_a_map_is_decoded_once(environments):
    assert environments.panorama("city") is environments.panorama("city")


def test_an_unknown_map_is_named_with_the_choices(environments):
    with pytest.raises(ValueError, match=r"'moonbase'.*apartment"):
        environments.panorama("moonbase")


def test_a_folder_without_maps_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="environment maps"):
        Environments(tmp_path)


def test_pixels_cover_the_sphere_once():
    assert solid_angles(32).sum() == pytest.approx(4 * np.pi, rel=1e-5)


def test_the_middle_of_a_panorama_is_where_the_camera_looks():
    middle = directions(64)[31:33, 63:65].mean(axis=(0, 1))
    np.testing.assert_allclose(middle, [0, 0, -1], atol=0.01)
    np.testing.assert_allclose(directions(64)[0, 0], [0, 1, 0], atol=0.05)


def test_locate_undoes_directions():
    column, row = locate(directions(16), 16)
    np.testing.assert_allclose(column, np.broadcast_to(np.arange(32), (16, 32)), atol=1e-3)
    np.testing.assert_allclose(row, np.broadcast_to(np.arange(16)[:, None], (16, 32)), atol=1e-3)


def test_turning_moves_the_view_to_the_right():
    turned = turn(sun(30, 64), 90)
    assert np.unravel_index(turned[..., 0].argmax(), (64, 128)) == (30, 96)


def test_light_from_everywhere_gives_one_at_every_normal():
    coefficients = irradiance_harmonics(np.ones((64, 128, 3), np.float32))
    normals = directions(8).reshape(-1, 3)
    np.testing.assert_allclose(harmonics_basis(normals) @ coefficients, 1, atol=0.01)


@settings(max_examples=20, deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_harmonics_agree_with_the_sum_over_a_smooth_panorama(x, y, z):
    normal = np.array([x, y, z], np.float32)
    length = float(np.linalg.norm(normal))
    normal = normal / length if length > 0.1 else np.array([0, 0, 1], np.float32)
    d = directions(32)
    panorama = np.stack([1 + 0.6 * d[..., 0], 1 + 0.5 * d[..., 1] ** 2, 1 + d[..., 2] * d[..., 0]], axis=-1)
    fitted = harmonics_basis(normal[None]) @ irradiance_harmonics(panorama.astype(np.float32))
    np.testing.assert_allclose(fitted[0], irradiance(panorama, normal), atol=0.02)


def test_a_sun_becomes_a_small_key_light_in_its_direction():
    keys, _ = extract_keys(sun(20, 90))
    assert len(keys) == 1
    assert float(keys[0].direction @ directions(64)[20, 90]) > 0.999
    assert keys[0].softness < 0.05


def test_a_wide_light_becomes_a_soft_key():
    panorama = np.full((64, 128, 3), 0.2, np.float32)
    panorama[directions(64) @ np.array([0, 0.6, 0.8], np.float32) > np.cos(np.radians(20))] = 10
    keys, _ = extract_keys(panorama)
    assert np.tan(np.radians(15)) < keys[0].softness < np.tan(np.radians(25))


def test_an_even_sky_has_no_key_light():
    keys, rest = extract_keys(np.ones((64, 128, 3), np.float32))
    assert keys == ()
    np.testing.assert_allclose(rest, 1)


def test_extraction_neither_loses_light_nor_counts_it_twice(environments):
    panorama = turn(environments.panorama("sunrise"), 150)
    keys, rest = extract_keys(panorama)
    for key in keys:
        total = irradiance(rest, key.direction)
        for other in keys:
            total = total + max(float(other.direction @ key.direction), 0) * other.colour
        np.testing.assert_allclose(total, irradiance(panorama, key.direction), rtol=0.06)


def test_the_view_shows_the_middle_of_the_panorama():
    panorama = sun(32, 64, 64)
    picture = view(panorama, 65, 40)
    row, column = np.unravel_index(picture[..., 0].argmax(), (65, 65))
    assert picture.shape == (65, 65, 3)
    assert abs(row - 32) <= 2 and abs(column - 32) <= 2
