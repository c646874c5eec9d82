"""Masks and dark glasses lie where the keypoints say, at any angle, also at the picture's edge."""

from __future__ import annotations

import numpy as np
import pytest

from export.detector.data.composite_config import CompositeConfig
from export.detector.data.composites import Composer
from export.detector.data.face_wear import draw_dark_glasses, draw_mask
from tests.export.detector.pictures_of_faces import face, few_sources

GREY = 128


def drawn(wear, points, size=100, seed=0):
    """Return where a thing covers a grey picture."""
    canvas = np.full((size, size, 3), GREY, np.uint8)
    wear(canvas, points, np.random.default_rng(seed))
    return (canvas != GREY).any(axis=2)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("turns", range(4))
def test_a_mask_covers_the_mouth_and_leaves_the_eyes(seed, turns):
    points = (face(20, 20, 60, 60).keypoints[0] - 50) @ np.linalg.matrix_power([[0, -1], [1, 0]], turns) + 50
    covered = drawn(draw_mask, points.astype(np.float32), seed=seed)
    right_eye, left_eye, _, right_mouth, left_mouth = points.astype(int)
    mouth = (right_mouth + left_mouth) // 2
    assert covered[mouth[1], mouth[0]]
    assert not covered[right_eye[1], right_eye[0]]
    assert not covered[left_eye[1], left_eye[0]]


@pytest.mark.parametrize("seed", range(5))
def test_dark_glasses_cover_the_eyes_and_leave_the_mouth(seed):
    points = face(20, 20, 60, 60).keypoints[0]
    covered = drawn(draw_dark_glasses, points, seed=seed)
    for x, y in points[:2].astype(int):
        assert covered[y, x]
    for x, y in points[3:].astype(int):
        assert not covered[y, x]


@pytest.mark.parametrize("wear", [draw_mask, draw_dark_glasses])
def test_nothing_is_drawn_outside_the_picture(wear):
    assert not drawn(wear, face(-90, -90, 40, 40).keypoints[0]).any()


def test_composites_with_occlusions_keep_their_labels():
    pictures = [
        Composer(few_sources(), CompositeConfig(size=96, largest=80, occluded=share)).close(np.random.default_rng(2))
        for share in (0.0, 1.0)
    ]
    (plain, labels), (occluded, same) = pictures
    assert (labels.boxes == same.boxes).all()
    assert labels.certain.tolist() == same.certain.tolist()
    assert (plain != occluded).any()
