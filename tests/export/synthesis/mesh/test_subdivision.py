"""One step of Catmull-Clark subdivision as a matrix."""

import numpy as np

from export.synthesis.mesh.subdivision import catmull_clark, subdivide_corners

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]], np.int32)
SHEET = np.array([[x, y, 0] for y in range(4) for x in range(4)], np.float32)
CELLS = np.array([[i, i + 1, i + 5, i + 4] for i in range(11) if i % 4 != 3], np.int32)


def test_a_cube_becomes_rounder_as_published():
    to_fine, quads = catmull_clark(SIDES, 8)
    fine = to_fine @ CUBE
    assert fine.shape == (8 + 12 + 6, 3) and quads.shape == (24, 4)
    np.testing.assert_allclose(np.abs(fine[:8]), 5 / 9, atol=1e-6)
    np.testing.assert_allclose(np.sort(np.abs(fine[8:20]), axis=1), [[0, 0.75, 0.75]] * 12, atol=1e-6)


def test_every_point_is_a_mean_of_control_points():
    for quads, count in ((SIDES, 8), (CELLS, 16)):
        np.testing.assert_allclose(catmull_clark(quads, count)[0].sum(axis=1), 1, atol=1e-6)


def test_a_flat_sheet_stays_flat_and_evenly_spaced():
    fine = catmull_clark(CELLS, 16)[0] @ SHEET
    np.testing.assert_array_equal(fine[:, 2], 0)
    np.testing.assert_allclose(fine[[5, 6, 9, 10]], SHEET[[5, 6, 9, 10]], atol=1e-6)


def test_points_without_a_face_stay():
    to_fine, _ = catmull_clark(SIDES, 9)
    lonely = np.concatenate([CUBE, [[7, 8, 9]]])
    np.testing.assert_array_equal((to_fine @ lonely)[8], [7, 8, 9])


def test_the_finer_quads_face_the_same_way():
    to_fine, quads = catmull_clark(CELLS, 16)
    a, b, _, d = (to_fine @ SHEET)[quads].transpose(1, 0, 2)
    assert (np.cross(b - a, d - a)[:, 2] > 0).all()


def test_texture_follows_the_corners():
    to_fine, quads = catmull_clark(CELLS, 16)
    inner = quads[16:20]  # the middle cell, whose corners the smoothing leaves alone
    np.testing.assert_allclose(subdivide_corners(SHEET[CELLS])[16:20], (to_fine @ SHEET)[inner], atol=1e-6)
