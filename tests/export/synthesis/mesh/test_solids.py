"""Shapes: cutting, joining, thickening and smoothing them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.synthesis.mesh import border_edges, clip, ellipsoid, loft, merge, smooth, thicken, tube


def sheet(size=9):
    """A flat square from -1 to 1, attributes x and y."""
    x, y = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size))
    shape = loft(np.stack([x, y, x * 0], axis=-1).astype(np.float32), closed=False)
    return shape.with_attributes(shape.vertices[:, :2])


def area(shape):
    a, b, c = (shape.vertices[shape.triangles[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


@settings(max_examples=25, deadline=None)
@given(offset=st.floats(-0.9, 0.9), angle=st.floats(0, 6.28))
def test_a_cut_keeps_the_positive_side_and_nothing_else(offset, angle):
    def keep(rows):
        return rows[:, 0] * np.cos(angle) + rows[:, 1] * np.sin(angle) - offset

    kept, rest = clip(sheet(), keep), clip(sheet(), lambda rows: -keep(rows))
    assert (keep(kept.attributes) > -1e-3).all()
    assert area(kept) + area(rest) == pytest.approx(4, abs=1e-3)


def test_a_curved_cut_lies_on_the_curve():
    def disc(rows):
        return 0.7 - np.hypot(rows[:, 0], rows[:, 1])

    border = clip(sheet(), disc)
    rim = border.attributes[np.unique(border_edges(border))]
    assert np.abs(disc(rim)).max() < 0.01


def test_a_sheet_has_a_border():
    assert len(border_edges(sheet(5))) == 16


def test_a_closed_tube_lies_around_its_path():
    ring = tube(
        np.array([[np.cos(a), np.sin(a), 0] for a in np.linspace(0, 6.28, 24, endpoint=False)]), 0.1, closed=True
    )
    joined = ring.vertices[ring.triangles].mean(axis=1)
    assert np.abs(np.hypot(joined[:, 0], joined[:, 1]) - 1).max() < 0.12


def test_a_rim_goes_inwards_by_its_depth():
    rimmed = thicken(sheet(), 0.2)
    assert rimmed.vertices[:, 2].min() == pytest.approx(-0.2) or rimmed.vertices[:, 2].max() == pytest.approx(0.2)


def test_merged_shapes_keep_their_triangles_apart():
    a, b = ellipsoid(np.zeros(3), np.ones(3)), ellipsoid(np.full(3, 9.0), np.ones(3))
    both = merge([a, b])
    centres = both.vertices[both.triangles].mean(axis=1)
    assert area(both) == pytest.approx(area(a) + area(b), rel=1e-5)
    assert ((np.linalg.norm(centres, axis=1) < 1.1) | (np.linalg.norm(centres - 9, axis=1) < 1.1)).all()


def test_smoothing_flattens_bumps_and_leaves_the_border():
    shape = sheet()
    bumpy = shape.vertices + np.array([0, 0, 0.3]) * (np.arange(len(shape.vertices)) % 2)[:, None]
    result = smooth(shape, bumpy, 20)
    border = np.unique(border_edges(shape))
    inner = np.setdiff1d(np.arange(len(bumpy)), border)
    assert np.allclose(result[border], bumpy[border])
    assert result[inner, 2].std() < 0.2 * bumpy[inner, 2].std()


def test_a_tube_has_the_radius_it_was_given():
    path = np.column_stack([np.zeros(10), np.linspace(0, 1, 10), np.zeros(10)])
    shape = tube(path, 0.25, 12)
    ring = shape.vertices[:-2]
    assert np.allclose(np.hypot(ring[:, 0], ring[:, 2]), 0.25, atol=1e-5)
