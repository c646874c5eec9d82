"""Labels follow what is done to pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from export.detector.data.composite_config import CompositeConfig
from export.detector.data.composites import Composer
from export.detector.data.degradation import degrade, toned_as
from export.detector.data.labels import FaceLabels
from export.detector.data.pasting import cover, cut, ellipse, paste, similarity
from export.detector.data.sources import Sources
from tests.export.detector.pictures_of_faces import face, few_sources, picture, source

KINDS = ("scene", "pasted", "mosaic", "close", "plain")


@pytest.fixture(scope="module")
def composer():
    return Composer(few_sources(), CompositeConfig(size=96, largest=80))


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(composer, kind):
    random = np.random.default_rng(3)
    certain = []
    for _ in range(5):
        image, labels = getattr(composer, kind)(random)
        assert image.shape == (96, 96, 3)
        assert image.dtype == np.uint8
        if kind == "plain":
            assert not len(labels)
        certain.append(labels.certain.any())
    # a face may be cut off or covered so far that it counts as doubtful, but hardly all of them
    assert sum(certain) >= 3 or kind not in ("mosaic", "close")


def test_the_same_seed_gives_the_same_picture(composer):
    (first, labels), (second, again) = (composer(np.random.default_rng(7)) for _ in range(2))
    assert (first == second).all()
    assert (labels.boxes == again.boxes).all()


def test_faces_of_a_crowd_are_swapped_where_they_were_shown():
    """A face pasted over one may cover its neighbour, which is then no longer among the labels."""
    crowd = FaceLabels.join([face(40 + 6 * column, 30 + 10 * row, 24, 30) for column in range(4) for row in range(4)])
    sources = few_sources()
    scenes = Sources((source([crowd], (140, 160)),), sources.portraits, sources.plain)
    composer = Composer(scenes, CompositeConfig(size=96, largest=80, swapped=1.0))
    for seed in range(8):
        _, labels = composer.scene(np.random.default_rng(seed))
        assert len(labels) <= len(crowd) + len(sources.portraits[0]) * len(crowd)


@pytest.mark.parametrize("angle", [0.0, 0.5, math.pi / 2, math.pi])
@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0])
def test_a_cut_face_lies_where_its_label_says(angle, mirror, scale):
    labels = face(40, 30, 36, 36)
    image = np.zeros((120, 140, 3), np.uint8)
    image[30:66, 40:76] = 255
    matrix = similarity(np.array([58.0, 48.0]), np.array([50.0, 52.0]), scale, angle, mirror)
    shown = cut(image, matrix, 100, 100, border=0)
    y, x = np.nonzero(shown[..., 0] > 127)
    moved = labels.warped(matrix)
    assert (moved.boxes[0, :2] + moved.boxes[0, 2:]) / 2 == pytest.approx([50, 52], abs=1e-4)
    assert [x.mean() + 0.5, y.mean() + 0.5] == pytest.approx([50, 52], abs=0.3)
    assert shown[..., 0].sum() / 255 == pytest.approx((36 * scale) ** 2, rel=0.05)


def test_mirrored_faces_keep_their_right_eye_right():
    labels = face(10, 10, 20, 20)
    mirrored = labels.warped(similarity(np.array([20.0, 20.0]), np.array([20.0, 20.0]), 1.0, 0.0, mirror=True))
    assert mirrored.keypoints[0, 0, 0] < mirrored.keypoints[0, 1, 0]
    assert mirrored.boxes == pytest.approx(labels.boxes)
    assert mirrored.keypoints[0] == pytest.approx(labels.keypoints[0], abs=1e-4)


def test_a_turned_box_is_that_of_its_ellipse():
    turned = face(0, 0, 20, 40).warped(similarity(np.array([10.0, 20.0]), np.zeros(2), 1.0, math.pi / 2))
    assert turned.boxes[0] == pytest.approx([-20, -10, 20, 10], abs=1e-4)
    circle = face(0, 0, 20, 20).warped(similarity(np.array([10.0, 10.0]), np.zeros(2), 1.0, math.pi / 4))
    assert circle.boxes[0] == pytest.approx([-10, -10, 10, 10], abs=1e-4)


def test_cut_off_faces_are_doubted_and_then_gone():
    labels = FaceLabels.join([face(10, 10, 20, 20), face(90, 10, 20, 20), face(98, 40, 20, 20)])
    seen = labels.visible(100, 100)
    assert seen.certain.tolist() == [True, False]


def test_covered_faces_are_doubted_and_then_gone():
    labels = FaceLabels.join([face(0, 0, 20, 20), face(30, 0, 20, 20), face(60, 0, 20, 20)])
    assert cover(labels, np.array([0, 0, 42, 20], np.float32)).certain.tolist() == [False, True]


def test_pasting_blends_and_stays_inside():
    canvas = np.zeros((40, 40, 3), np.uint8)
    image = np.full((20, 20, 3), 200, np.uint8)
    mask = ellipse(20, 20, np.array([10.0, 10.0]), np.array([8.0, 8.0]), 0.1)
    paste(canvas, image, mask, similarity(np.array([10.0, 10.0]), np.array([2.0, 20.0]), 1.0, 0.3))
    assert canvas[20, 2, 0] == 200
    assert canvas[20, 15, 0] == 0
    before = canvas.copy()
    paste(canvas, image, mask, similarity(np.array([10.0, 10.0]), np.array([200.0, 20.0]), 1.0, 0.3))
    assert (canvas == before).all()


def test_degraded_pictures_keep_their_form():
    image = picture(64, 80, FaceLabels.none())
    random = np.random.default_rng(0)
    for _ in range(40):
        assert degrade(image, random).shape == image.shape


def test_colours_of_another_picture():
    random = np.random.default_rng(0)
    image = random.integers(90, 130, (20, 30, 3), np.uint8)
    reference = np.clip(random.normal((60, 100, 190), (10, 20, 30), (40, 40, 3)), 0, 255).astype(np.uint8)
    toned = toned_as(image, reference)
    assert toned.reshape(-1, 3).mean(axis=0) == pytest.approx(reference.reshape(-1, 3).mean(axis=0), abs=1)
    assert toned.reshape(-1, 3).std(axis=0) == pytest.approx(reference.reshape(-1, 3).std(axis=0), rel=0.1)
    # a plain surface gets the mean colour
    plain = toned_as(np.full((4, 4, 3), 7, np.uint8), reference)
    assert plain[0, 0].astype(float) == pytest.approx(reference.reshape(-1, 3).mean(axis=0), abs=1)
