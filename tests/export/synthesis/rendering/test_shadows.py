"""Shadows of a square that floats above a floor, and of hairs; y is up and the lights come from above."""

import numpy as np
import pytest

from export.synthesis.lighting.environment import KeyLight
from export.synthesis.mesh.surface import StrandKind, Strands
from export.synthesis.rendering.shadows import cast_shadows, screen_space_occlusion

SQUARE = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]], np.float32)
SIDES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def lamp(softness=0.005, direction=(0, 1, 0)):
    vector = np.array(direction, np.float32)
    return KeyLight(vector / np.linalg.norm(vector), np.ones(3, np.float32), softness)


def floor(x, y=0.0):
    """Points along x on a floor, with normals up."""
    points = np.stack([x, np.full_like(x, y), np.zeros_like(x)], axis=1).astype(np.float32)
    return points, np.tile(np.array([0, 1, 0], np.float32), (len(points), 1))


def hairs(count=400):
    rng = np.random.default_rng(0)
    start = rng.uniform(-0.3, 0.3, (count, 1, 3)) * [1, 0, 1] + [0, 0.2, 0]
    points = (start + np.linspace(0, 0.3, 6)[None, :, None] * [1, 0, 0]).astype(np.float32)
    row = np.ones(count, np.float32)
    return Strands(StrandKind.HAIR, points, 0.02 * row, np.zeros((count, 3), np.float32), row)


def test_a_square_shades_what_is_below_it_and_nothing_else():
    shadow = cast_shadows(lamp(), SQUARE, SIDES)
    points, normals = floor(np.array([-3, -1.2, -0.8, 0, 0.8, 1.2, 3]), -1.0)
    np.testing.assert_array_equal(shadow.visibility(points, normals), [1, 1, 0, 0, 0, 1, 1])


def test_what_is_above_stays_lit():
    shadow = cast_shadows(lamp(), SQUARE, SIDES)
    assert shadow.visibility(*floor(np.linspace(-1, 1, 9), 0.5)).min() == 1


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.5, 3.0])
def test_a_slanted_surface_does_not_shade_itself(slope):
    key = lamp(direction=(slope, 1, 0))
    shadow = cast_shadows(key, SQUARE, SIDES)
    points, normals = floor(np.linspace(-0.95, 0.95, 500))
    assert shadow.visibility(points, normals).min() > 0.99


def test_larger_lights_and_larger_gaps_make_softer_shadows():
    def width(softness, gap):
        shadow = cast_shadows(lamp(softness), SQUARE, SIDES)
        shown = shadow.visibility(*floor(np.linspace(0, 2, 2000), -gap))
        return np.count_nonzero((shown > 0.05) & (shown < 0.95))

    assert width(0.3, 1.0) > 3 * width(0.02, 1.0)
    assert width(0.3, 1.0) > 1.5 * width(0.3, 0.3)


def test_thin_hair_dims_and_thick_hair_darkens():
    points, normals = floor(np.linspace(0.0, 0.2, 50), -0.1)
    aside = np.array([[5, -2, 5], [5.1, -2, 5], [5, -2, 5.1]], np.float32)
    triangle = np.array([[0, 1, 2]], np.int32)
    thin, thick = (
        float(cast_shadows(lamp(), aside, triangle, [hairs(count)]).visibility(points, normals).mean())
        for count in (60, 2000)
    )
    assert 0.3 < thin < 0.95
    assert thick < 0.5 * thin


def test_the_topmost_hairs_are_lit():
    worn = hairs()
    shadow = cast_shadows(lamp(), SQUARE, SIDES, [worn])
    tops = worn.points[:, 3] + np.array([0, 0.05, 0], np.float32)
    assert shadow.visibility(tops).min() > 0.95


def test_the_same_seed_gives_the_same_shadow():
    shadow = cast_shadows(lamp(0.3), SQUARE, SIDES)
    points, normals = floor(np.linspace(0, 2, 100), -1.0)
    first, second = (shadow.visibility(points, normals, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_no_casters_are_refused():
    with pytest.raises(ValueError, match="vertices is empty"):
        cast_shadows(lamp(), np.zeros((0, 3), np.float32), SIDES)


def test_a_plane_has_no_crevices_and_a_pit_is_one():
    depth = np.full((64, 64), 10, np.float32)
    flat = screen_space_occlusion(depth, 0.02)
    depth[28:36, 28:36] += 0.3
    pit = screen_space_occlusion(depth, 0.02)
    assert flat.min() > 0.99
    assert pit[31, 31] < 0.6
    assert pit[4, 4] > 0.99


def test_the_background_takes_no_light_away():
    depth = np.full((64, 64), np.inf, np.float32)
    depth[20:40, 20:40] = 10
    assert screen_space_occlusion(depth, 0.02).min() > 0.99
