"""Depth of photographs: FaceMesh's z and its measured shifts."""

from __future__ import annotations

import numpy as np

from export.annotations.samples import MIRROR
from export.data import facemesh_depth
from export.data.facemesh_depth import depth_of, format_shifts, measure_shifts, read_shifts


def test_the_nose_is_in_front_and_the_ears_are_behind(astronaut_face, facemesh):
    z = depth_of(astronaut_face.image, astronaut_face.points[:, :2], facemesh)
    assert z.shape == (68,) and abs(float(z.mean())) < 1e-3
    assert z.argmin() in (29, 30, 33) and set(z.argsort()[-2:]) <= {0, 1, 2, 3, 13, 14, 15, 16}


def test_a_mirrored_picture_has_mirrored_depth(astronaut_face, facemesh):
    image, points = astronaut_face.image, astronaut_face.points[:, :2]
    flipped = points[MIRROR] * (-1, 1) + (image.shape[1] - 1, 0)
    straight = depth_of(image, points, facemesh)
    mirrored = depth_of(np.ascontiguousarray(image[:, ::-1]), flipped.astype(np.float32), facemesh)
    np.testing.assert_allclose(mirrored[MIRROR], straight, atol=1.5)


def test_shifts_are_symmetric_and_survive_their_file():
    shifts = read_shifts()
    assert shifts.shape == (68,) and np.abs(shifts).max() < 0.5
    np.testing.assert_allclose(shifts, shifts[MIRROR], atol=2e-4)
    rows = [line.split(",") for line in format_shifts(shifts).splitlines() if line[0].isdigit()]
    np.testing.assert_allclose([float(row[1]) for row in rows], shifts, atol=1e-4)


def test_measured_shifts_are_what_facemesh_lacks(synthetic_folder, facemesh, monkeypatch):
    """A known shift of each of FaceMesh's points is found."""
    known = np.random.default_rng(0).normal(0, 0.05, 68)
    known = (known + known[MIRROR]) / 2
    known -= known.mean()

    def seen(image, points, _):
        table = facemesh_depth.read_labels(synthetic_folder)
        [row] = np.flatnonzero(np.isclose(table["points2d"][:, 0], points[0], atol=1e-3).all(axis=1))[:1]
        exact = table["points3d"][row]
        size = np.linalg.norm(exact[36] - exact[45])
        return exact[:, 2] - exact[:, 2].mean() - known * size

    monkeypatch.setattr(facemesh_depth, "_facemesh_depth", seen)
    np.testing.assert_allclose(measure_shifts(synthetic_folder, facemesh), known, atol=1e-4)
