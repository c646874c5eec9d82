"""The rasteriser: coverage, depth, perspective."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.synthesis.mesh.raster import interpolate, rasterize, vertex_normals

TRIANGLE = np.array([[0, 1, 2]], np.int32)


def square(depth: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pixels = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float32)
    return pixels, np.full(4, depth, np.float32), np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def test_two_triangles_cover_a_square_without_a_gap_on_their_common_edge():
    nearest, weights, depth = rasterize(*square(2.0), 10, 10)
    assert (nearest >= 0).all()
    assert weights.sum(axis=2) == pytest.approx(1, abs=1e-4)
    assert depth == pytest.approx(2, abs=1e-4)


def test_the_nearer_triangle_wins_whatever_the_order():
    pixels = np.tile(np.array([[0, 0], [8, 0], [0, 8]], np.float32), (2, 1))
    depth = np.repeat(np.array([3, 2], np.float32), 3)
    for triangles in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        *_, buffer = rasterize(pixels, depth, np.array(triangles, np.int32), 9, 9)
        assert buffer[2, 2] == pytest.approx(2)


def test_a_triangle_at_the_lens_is_not_drawn():
    pixels = np.array([[0, 0], [8, 0], [0, 8]], np.float32)
    nearest, *_ = rasterize(pixels, np.array([0.05, 1, 1], np.float32), TRIANGLE, 9, 9)
    assert (nearest == -1).all()


def test_interpolation_is_perspective_correct():
    """Half way in the picture is a third of the way in space when the far end is twice as far."""
    pixels = np.array([[0, 0], [8, 0], [0, 8]], np.float32)
    _, weights, depth = rasterize(pixels, np.array([1, 2, 1], np.float32), TRIANGLE, 9, 9)
    x = interpolate(np.array([[0.0], [1.0], [0.0]], np.float32), TRIANGLE[[0]], weights[0, 4][None])
    assert x[0, 0] == pytest.approx(1 / 3, abs=1e-5)
    assert depth[0, 4] == pytest.approx(4 / 3, abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-40, 60, width=32), min_size=6, max_size=6))
def test_triangles_partly_or_wholly_outside_stay_within_the_picture(values):
    pixels = np.array(values, np.float32).reshape(3, 2)
    nearest, weights, depth = rasterize(pixels, np.ones(3, np.float32), TRIANGLE, 12, 16)
    seen = nearest >= 0
    assert np.isfinite(depth[seen]).all() and np.isinf(depth[~seen]).all()
    place = weights[seen] @ pixels
    rows, columns = np.nonzero(seen)
    assert np.abs(place - np.stack([columns, rows], axis=1)).max(initial=0) < 0.01


def test_normals_point_out_of_a_counter_clockwise_triangle():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]], np.float32)
    normals = vertex_normals(vertices, TRIANGLE)
    assert normals[:3] == pytest.approx(np.tile([0, 0, 1], (3, 1)))
    assert (normals[3] == 0).all(), "a vertex without a triangle has none"
