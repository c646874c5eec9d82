"""Points stay in place while the picture is shifted, mirrored, padded, darkened and tiled: bounds on real faces."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.trust.stability import found_near, measure_stability, mirrored, padded, shifted, tiled
from runtime import Predictor

BOUNDS = {
    "shift by 1 px": (1.3, 0.8),
    "shift by 33, 50 px": (1.1, 0.6),
    "mirror": (4.0, 0.9),
    "padding": (1.7, 0.6),
    "brightness x 0.15": (1.8, 1.8),
    "five tiles": (2.1, 0.8),
}
"""Percent of the eye distance that a face's points may move at most: with one pass; with two and the mirror."""


@pytest.fixture(scope="module")
def pictures(astronaut, grace_hopper, predictor):
    return [(each, predictor(each)[0].landmarks[:, :2].astype(np.float64)) for each in (astronaut, grace_hopper)]


@pytest.mark.parametrize(("passes", "mirror", "column"), [(1, False, 0), (2, True, 1)])
def test_points_move_less_than_the_documented_bounds(pictures, passes, mirror, column):
    with Predictor(passes=passes, mirror=mirror) as predictor:
        count, found = measure_stability(predictor, pictures)
    assert count == 2
    assert {name: result.lost for name, result in found.items()} == dict.fromkeys(BOUNDS, 0)
    beyond = {name: result.moved.max() for name, result in found.items() if result.moved.max() > BOUNDS[name][column]}
    assert beyond == {}


def test_way_there_and_back_is_no_way(pictures):
    image, face = pictures[0]
    for view in (shifted(image, 33, 50), mirrored(image), padded(image), *tiled(image, face)):
        np.testing.assert_allclose(view.back(view.forth(face)), face, atol=1e-9)
    x, y = face[30].round().astype(int)
    for view in (shifted(image, 33, 50), padded(image), *tiled(image, face)):
        moved_x, moved_y = (view.forth(face) - face)[30].astype(int) + (x, y)
        assert (view.image[moved_y, moved_x] == image[y, x]).all()


def test_face_that_is_gone_is_lost(predictor, pictures):
    assert found_near(predictor, np.zeros((200, 200, 3), np.uint8), pictures[0][1]) is None
