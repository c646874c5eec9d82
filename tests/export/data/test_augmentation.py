"""Augmentation changes pixels without moving the face, and regions as far as documented."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.data.augmentation import Jitter, _blur, _low_resolution, degrade, jitter_region, occlude, warp
from runtime.landmarks.region_of_interest import Region

SIZE = 192
seeds = st.integers(0, 2**32 - 1)


def spot(x, y, width=6.0):
    """A bright round spot on black."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    level = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * width**2))
    return np.repeat(level[..., None], 3, axis=2).astype(np.uint8)


def centre(image):
    """Centre of brightness, x and y."""
    level = image.astype(np.float64).sum(axis=2)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return np.array([(columns * level).sum(), (rows * level).sum()]) / level.sum()


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_jitter_stays_in_its_bounds(seed):
    jittered = jitter_region(Region(100, 200, 80, 0.1), Jitter(), np.random.default_rng(seed))
    assert abs(jittered.x - 100) <= 0.15 * 80 and abs(jittered.y - 200) <= 0.15 * 80
    assert 0.87 * 80 <= jittered.side <= 1.17 * 80


def test_jitter_is_as_wide_as_configured():
    rng = np.random.default_rng(0)
    regions = [jitter_region(Region(0, 0, 100), Jitter(), rng) for _ in range(3000)]
    assert np.std([math.degrees(region.rotation) for region in regions]) == pytest.approx(10, rel=0.05)
    assert np.std([region.x for region in regions]) == pytest.approx(3.5, rel=0.05)
    assert abs(np.mean([region.x for region in regions])) < 0.5


@settings(deadline=None, max_examples=20)
@given(seeds, st.integers(0, 67), st.lists(st.tuples(st.floats(30, 160), st.floats(30, 160)), min_size=68, max_size=68))
def test_bending_moves_points_with_the_picture(seed, shown, places):
    points = np.column_stack([places, np.full(68, 7)]).astype(np.float32)
    image = spot(*places[shown], width=2)  # small: a stretched spot's centre is not quite its middle
    warped, moved = warp(image, points, np.random.default_rng(seed))
    assert (warped.shape, warped.dtype) == (image.shape, np.uint8)
    assert (moved[:, 2] == 7).all()
    assert np.abs(centre(warped) - moved[shown, :2]).max() < 0.5


def test_bending_moves_features_apart():
    rng = np.random.default_rng(0)
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    points = np.column_stack([rng.uniform(40, 150, (68, 2)), np.zeros(68)]).astype(np.float32)
    moved = np.stack([warp(image, points, rng)[1] - points for _ in range(200)])
    assert 2 < moved[..., :2].std() < 3.5
    apart = np.corrcoef(moved[:, 0, 0], moved[:, np.linalg.norm(points[:, :2] - points[0, :2], axis=1).argmax(), 0])
    assert abs(apart[0, 1]) < 0.3


@settings(deadline=None, max_examples=30)
@given(seeds)
def test_degraded_crop_is_a_new_crop(seed):
    image = np.random.default_rng(seed).integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)
    before = image.copy()
    degraded = degrade(image, np.random.default_rng(seed))
    assert (degraded.shape, degraded.dtype) == (image.shape, np.uint8)
    assert not np.shares_memory(degraded, image)
    np.testing.assert_array_equal(image, before)


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_same_seed_gives_the_same_crop(seed):
    image, filler = spot(90, 100), spot(50, 50)
    first, second = (occlude(degrade(image, rng), filler, rng) for rng in map(np.random.default_rng, (seed, seed)))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("change", [_blur, _low_resolution])
@settings(deadline=None, max_examples=40)
@given(seed=seeds)
def test_softening_does_not_move_the_picture(change, seed):
    softened = change(spot(83.3, 101.6), np.random.default_rng(seed))
    assert np.abs(centre(softened) - centre(spot(83.3, 101.6))).max() < 0.25


@settings(deadline=None, max_examples=30)
@given(seeds)
def test_occlusion_covers_a_part(seed):
    image = np.full((SIZE, SIZE, 3), 255, np.uint8)
    before = image.copy()
    covered = occlude(image, np.zeros((40, 60, 3), np.uint8), np.random.default_rng(seed))
    np.testing.assert_array_equal(image, before)
    changed = (covered != image).any(axis=2)
    assert changed.mean() < 0.25


def test_occlusion_shows_plain_colours_and_other_pictures():
    rng = np.random.default_rng(1)
    stripes = np.zeros((SIZE, SIZE, 3), np.uint8)
    stripes[:, ::2] = 255
    colours = set()
    for _ in range(30):
        covered = occlude(np.full((SIZE, SIZE, 3), 77, np.uint8), stripes, rng)
        inside = covered[(covered != 77).any(axis=2)]
        colours.add(min(len(np.unique(inside, axis=0)), 2))
    assert colours == {1, 2}
