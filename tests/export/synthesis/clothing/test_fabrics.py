"""Cloth: patterns, relief and colours that can be worn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.synthesis.clothing.fabrics import Fabric, Pattern, sample_colours
from export.synthesis.clothing.noise import value_noise
from export.synthesis.clothing.weaving import weave
from export.synthesis.mesh import loft, posed_mesh
from export.synthesis.mesh.surface import Fragments

COLOURS = np.array([[0.05, 0.05, 0.3], [0.6, 0.1, 0.1], [0.1, 0.6, 0.1]], np.float32)


def woven(pattern, footprint=0.01, folds=0.03, count=4000):
    """A flat square decimetre of cloth that faces the camera."""
    rng = np.random.default_rng(1)
    x, y = np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 1, 5))
    shape = loft(np.stack([x, y, 0 * x], axis=-1).astype(np.float32), closed=False)
    shape = shape.with_attributes(shape.vertices[:, :2])
    mesh = posed_mesh(shape, shape.vertices)
    place = rng.uniform(0, 1, (count, 2)).astype(np.float32)
    normal = np.tile(np.array([0, 0, 1], np.float32), (count, 1))
    position = np.column_stack([place, np.zeros(count)]).astype(np.float32)
    fragments = Fragments(np.arange(count), position, normal, np.zeros(count, np.int32), place, footprint)
    fabric = Fabric(pattern, COLOURS, 0.3 if pattern not in ("knit", "ribbed") else 0.07, folds, 0.8, 3)
    return weave(fabric, mesh, fragments, place, np.ones(count, np.float32))


@pytest.mark.parametrize("pattern", Pattern)
def test_every_pattern_can_be_rendered(pattern):
    material = woven(pattern)
    assert (material.albedo > 0).all() and (material.albedo < 1).all()
    assert np.allclose(np.linalg.norm(material.normal, axis=1), 1, atol=1e-3)


@pytest.mark.parametrize("pattern", ["stripes", "plaid", "check", "floral", "dots", "zigzag"])
def test_patterns_show_more_than_one_colour(pattern):
    assert woven(pattern, folds=0.0).albedo.std(axis=0).max() > 0.05


def test_folds_bend_the_normals():
    assert woven("plain", folds=0.04).normal[:, 2].min() < 0.995
    assert woven("plain", folds=0.0).normal[:, 2].min() > 0.999


def test_ribs_too_fine_for_the_pixels_are_left_out():
    near, far = woven("ribbed", footprint=0.005, folds=0.0), woven("ribbed", footprint=0.05, folds=0.0)
    assert near.normal[:, 2].min() < 0.9 < 0.999 < far.normal[:, 2].min()


@settings(max_examples=30, deadline=None)
@given(x=st.floats(-500, 500), y=st.floats(-500, 500), seed=st.integers(0, 2**20))
def test_noise_is_bounded_and_repeats(x, y, seed):
    point = np.array([[x, y]], np.float32)
    value = value_noise(point, seed)
    assert -1 <= value[0] <= 1
    assert value_noise(point, seed)[0] == value[0]


def test_clothes_are_mostly_muted():
    colours = np.array([sample_colours(np.random.default_rng(seed))[0] for seed in range(400)])
    spread = (colours.max(axis=1) - colours.min(axis=1)) / colours.max(axis=1)
    assert np.median(spread) < 0.7
    assert (colours >= 0).all() and (colours <= 1).all()


def test_the_colour_is_the_fabrics():
    plain = replace(Fabric("plain", COLOURS, 0.1, 0.0, 0.8, 1))
    assert np.allclose(woven(plain.pattern, folds=0.0).albedo.mean(axis=0), COLOURS[0], rtol=0.15)
