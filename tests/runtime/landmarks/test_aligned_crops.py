"""Crops lie where the templates' own code puts them, and masks where the parts are."""

from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np
import pytest

from runtime import FACE_PARTS, ImageError, OptionError
from runtime.landmarks.aligned_crops import ARCFACE_POINTS

EYES = ["right_eye", "left_eye"]


@pytest.fixture(scope="module", params=["astronaut", "grace_hopper", "upside down"])
def scene(request, predictor, astronaut, grace_hopper):
    """An image, and its face."""
    image = {"astronaut": astronaut, "grace_hopper": grace_hopper}.get(request.param)
    image = np.ascontiguousarray(astronaut[::-1, ::-1]) if image is None else image
    [face] = predictor(image)
    return image, face


def least_squares(source, target):
    """The similarity (2, 3) by a general solver: x' = a x - b y + c, y' = b x + a y + d."""
    zero, one = np.zeros(len(source)), np.ones(len(source))
    x, y = source.T
    rows = np.concatenate([np.stack([x, -y, one, zero], axis=1), np.stack([y, x, zero, one], axis=1)])
    a, b, c, d = np.linalg.lstsq(rows, target.T.ravel(), rcond=None)[0]
    return np.array([[a, -b, c], [b, a, d]])


def test_five_points_are_eyes_nose_and_mouth_corners(scene):
    _, face = scene
    five = face.five_points()
    assert five.shape == (5, 2) and five.dtype == np.float32
    np.testing.assert_allclose(five[:2], [face.part(eye)[:, :2].mean(axis=0) for eye in EYES], atol=1e-4)
    np.testing.assert_array_equal(five[2:], face.landmarks[[30, 48, 54], :2])


def test_arcface_template_is_the_published_one():
    """112 x 96 of SphereFace, moved right by 8: symmetric about nothing, so no constant checks another."""
    spheroid = [(30.2946, 51.6963), (65.5318, 51.5014), (48.0252, 71.7366), (33.5493, 92.3655), (62.7299, 92.2041)]
    np.testing.assert_allclose(ARCFACE_POINTS - (8, 0), spheroid, atol=1e-9)


def test_arcface_is_the_crop_of_insightface(scene):
    image, face = scene
    aligned = face.align(image)
    other = least_squares(face.five_points().astype(np.float64), ARCFACE_POINTS)  # as face_align.estimate_norm
    np.testing.assert_allclose(aligned.transform, other, atol=1e-6)
    assert aligned.image.shape == (112, 112, 3)
    if math.hypot(*aligned.transform[0, :2]) > 0.5:  # no averaging before
        warped = cv2.warpAffine(image, other, (112, 112), borderValue=0.0)
        assert np.abs(aligned.image.astype(int) - warped).max() <= 2
    assert np.abs(aligned.to_crop(face.five_points()) - ARCFACE_POINTS).max() < 8


@pytest.mark.parametrize("size", [56, 112, 224, 300])
def test_every_size_shows_the_same(scene, size):
    image, face = scene
    nose = face.align(image, size).to_crop(face.five_points()[2])
    np.testing.assert_allclose((nose + 0.5) / size, (face.align(image).to_crop(face.five_points()[2]) + 0.5) / 112)


@pytest.mark.parametrize(("size", "narrower"), [(256, 1.0), (512, 1.0), (256, 0.5)])
def test_ffhq_is_the_square_of_the_data_set(scene, size, narrower):
    """The corners as ``recreate_aligned_images`` of NVlabs/ffhq-dataset has them; PIL counts from pixel corners.

    In a narrow face the way to the mouth decides on the size.
    """
    image, face = scene
    face = dataclasses.replace(face, landmarks=face.landmarks * np.float32([narrower, 1, 1]))
    points = face.landmarks[:, :2].astype(np.float64)
    eye_left, eye_right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    eye_to_eye, eye_avg = eye_right - eye_left, (eye_left + eye_right) * 0.5
    eye_to_mouth = (points[48] + points[54]) * 0.5 - eye_avg
    x = eye_to_eye - np.flipud(eye_to_mouth) * [-1, 1]
    x /= np.hypot(*x)
    x *= max(np.hypot(*eye_to_eye) * 2.0, np.hypot(*eye_to_mouth) * 1.8)
    y = np.flipud(x) * [-1, 1]
    c = eye_avg + eye_to_mouth * 0.1
    quad = np.stack([c - x - y, c - x + y, c + x + y, c + x - y])
    aligned = face.align(image, size, "ffhq")
    low, high = -0.5, size - 0.5
    np.testing.assert_allclose(aligned.to_crop(quad), [[low, low], [low, high], [high, high], [high, low]], atol=1e-3)
    assert aligned.image.shape == (size, size, 3)


def test_one_point_that_is_not_finite_is_enough(scene):
    image, face = scene
    points = face.landmarks.copy()
    points[7, 0] = np.nan
    with pytest.raises(OptionError, match="not finite"):
        dataclasses.replace(face, landmarks=points).align(image)


def test_face_on_a_line_can_be_aligned(scene):
    image, face = scene
    line = dataclasses.replace(face, landmarks=face.landmarks * np.float32([0, 1, 1]))
    assert line.align(image, 64, "ffhq").image.shape == (64, 64, 3)


@pytest.mark.parametrize("part", ["left_eye", "right_eye", "mouth", "nose"])
def test_part_fills_its_crop_with_the_eyes_level(scene, part):
    image, face = scene
    cut = face.crop_part(image, part, size=96, scale=1.5)
    inside = cut.to_crop(face.part(part)[:, :2])
    low, high = inside.min(axis=0), inside.max(axis=0)
    assert (high - low).max() == pytest.approx(96 / 1.5, abs=0.01)
    np.testing.assert_allclose((low + high) / 2, 47.5, atol=0.01)
    right, left = (cut.to_crop(face.part(eye)[:, :2]).mean(axis=0) for eye in EYES)
    assert right[1] == pytest.approx(left[1], abs=0.01) and right[0] < left[0]


def test_transform_leads_there_and_back(scene):
    image, face = scene
    aligned = face.align(image, 256, "ffhq")
    np.testing.assert_allclose(aligned.to_image(aligned.to_crop(face.five_points())), face.five_points(), atol=1e-3)


def test_crops_are_black_outside_of_the_image(predictor, astronaut):
    image = np.ascontiguousarray(astronaut[60:])
    [face] = predictor(image)
    aligned = face.align(image, 256, "ffhq")
    assert not aligned.image[:20].any() and aligned.image[128].any()


@pytest.mark.parametrize("size", [0, -1, 112.5, "112", 10_000, True])
def test_size_that_is_none_is_refused(scene, size):
    image, face = scene
    with pytest.raises(OptionError, match="size="):
        face.align(image, size)


def test_wrong_arguments_are_named(scene):
    image, face = scene
    with pytest.raises(OptionError, match="template='dlib': 'arcface' or 'ffhq'"):
        face.align(image, template="dlib")
    with pytest.raises(OptionError, match="no part 'iris'"):
        face.crop_part(image, "iris")
    with pytest.raises(OptionError, match="scale=0"):
        face.crop_part(image, "mouth", scale=0)
    with pytest.raises(ImageError):
        face.align("photo.jpg")


@pytest.mark.parametrize("value", [np.nan, 7.0])
@pytest.mark.parametrize("template", ["arcface", "ffhq"])
def test_points_without_an_extent_cannot_be_aligned(scene, template, value):
    image, face = scene
    odd = dataclasses.replace(face, landmarks=np.full((68, 3), value, np.float32))
    with pytest.raises(OptionError, match="not finite or on one spot"):
        odd.align(image, template=template)


class TestMasks:
    def test_hold_their_points(self, scene):
        image, face = scene
        for part in ("nose", "right_eye", "left_eye", "right_brow", "left_brow", "mouth"):
            mask = face.mask(image.shape, part)
            assert mask.shape == image.shape[:2] and mask.dtype == np.uint8 and set(np.unique(mask)) == {0, 255}
            x, y = np.rint(face.part(part)[:, :2].mean(axis=0)).astype(int)
            assert mask[y, x] == 255
            area = cv2.contourArea(cv2.convexHull(np.ascontiguousarray(face.part(part)[:, :2])))
            assert (mask > 0).sum() == pytest.approx(area, rel=0.5, abs=40)

    def test_parts_of_the_face_lie_in_it_and_skin_is_the_rest(self, scene):
        image, face = scene
        whole = face.mask(image.shape) > 0
        holes = [face.mask(image.shape, part) > 0 for part in (*EYES, "right_brow", "left_brow", "mouth")]
        assert all((hole & ~whole).sum() <= 2 for hole in holes)
        np.testing.assert_array_equal(face.mask(image.shape, "skin") > 0, whole & ~np.any(holes, axis=0))

    def test_lips_and_what_is_between_them_are_the_mouth(self, scene):
        image, face = scene
        lips, inner, mouth = (face.mask(image.shape, part) > 0 for part in ("lips", "inner_mouth", "mouth"))
        assert not (lips & inner).any()
        np.testing.assert_array_equal(lips, mouth & ~inner)

    def test_face_outside_of_the_image_has_an_empty_mask(self, scene):
        image, face = scene
        far = dataclasses.replace(face, landmarks=face.landmarks + np.float32(1e9))
        assert not far.mask(image.shape).any()

    def test_wrong_arguments_are_named(self, scene):
        image, face = scene
        with pytest.raises(OptionError, match="part='jaw': one of face, skin, right_brow"):
            face.mask(image.shape, "jaw")
        with pytest.raises(OptionError, match="shape="):
            face.mask(image)
        assert "jaw" in FACE_PARTS
