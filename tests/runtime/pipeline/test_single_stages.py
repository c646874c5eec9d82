"""The networks apart: the detector alone, and points of faces that are known."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from runtime import ClosedError, Detection, ImageError, OptionError, Predictor
from runtime.landmarks import CROP_SCALE, detection_region, region_from_points
from tests.runtime.pasted import paste, portraits, wall


@pytest.fixture(scope="module")
def crowd(astronaut, grace_hopper):
    """Four faces of several sizes, one of them leaning, and one that is cut off."""
    first, second = portraits(astronaut, grace_hopper)
    leaning = cv2.warpAffine(first, cv2.getRotationMatrix2D((100, 100), 24, 1), (200, 200))
    return paste(wall(), (first, 110, 120), (second, 300, 130, 0.8), (leaning, 480, 150), (second, 625, 330, 0.7))


def apart(face, other):
    """Mean distance of points in outer eye corner distances."""
    points, others = face.landmarks[:, :2], other.landmarks[:, :2]
    return float(np.linalg.norm(points - others, axis=1).mean() / np.linalg.norm(others[36] - others[45]))


@pytest.mark.parametrize("options", [{}, {"order": "score"}, {"passes": 2}, {"passes": 3, "mirror": True}], ids=str)
def test_both_networks_one_after_the_other_are_the_pipeline_to_the_bit(options, crowd, astronaut, grace_hopper):
    images = [crowd, astronaut, np.zeros((90, 120, 3), np.uint8), grace_hopper]
    with Predictor(**options) as predictor:
        whole = predictor.batch(images)
        parts = predictor.landmarks(images, predictor.detect(images))
    assert [len(faces) for faces in whole] == [4, 1, 0, 1]
    for faces, others in zip(whole, parts, strict=True):
        kept = [face for face in others if face.confidence >= 0.3]
        for face, other in zip(faces, kept, strict=True):
            np.testing.assert_array_equal(face.landmarks, other.landmarks)
            np.testing.assert_array_equal(face.box, other.box)
            assert (face.score, face.confidence, face.pose) == (other.score, other.confidence, other.pose)


def test_detections_come_in_the_order_of_the_predictor(predictor, crowd):
    [detections] = predictor.detect([crowd])
    sides = [float(np.ptp(each.box[::2])) for each in detections]
    assert len(sides) >= 4 and sides == sorted(sides, reverse=True)
    assert all(each.keypoints.shape == (6, 2) and 0.5 <= each.score <= 1 for each in detections)


@pytest.mark.parametrize("kind", ["landmarks", "blazeface", "wider_face"])
def test_boxes_of_each_kind_lead_to_the_same_points(predictor, astronaut, grace_hopper, kind):
    for image in (astronaut, grace_hopper):
        [face] = predictor(image)
        low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
        middle, side = (low + high) / 2, float((high - low).max())
        boxes = {
            "landmarks": [*low, *high],
            "blazeface": face.box,
            # the forehead is a third of what is below it
            "wider_face": [middle[0] - 0.47 * side, middle[1] - 0.81 * side, middle[0] + 0.47 * side, high[1]],
        }
        [[other]] = predictor.landmarks([image], [[Detection.from_box(boxes[kind], kind=kind, score=0.7)]])
        assert apart(other, face) < 0.03 and other.score == 0.7
        np.testing.assert_array_equal(other.box, np.asarray(boxes[kind], np.float32))


@pytest.mark.parametrize("degrees", [0, 40, 90, 180, -135])
def test_five_keypoints_lead_to_the_same_points_at_any_angle(predictor, astronaut, degrees):
    [face] = predictor(astronaut)
    matrix = cv2.getRotationMatrix2D((225, 125), -degrees, 1)
    turned = cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    five = face.five_points() @ matrix[:, :2].T + matrix[:, 2]
    [[other]] = predictor.landmarks([turned], [[Detection.from_keypoints(five)]])
    expected = face.landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert np.linalg.norm(other.landmarks[:, :2] - expected, axis=1).mean() < 0.04 * 64
    assert other.confidence > 0.9


def test_region_of_five_keypoints_is_that_of_the_points(predictor, grace_hopper):
    [face] = predictor(grace_hopper)
    region = detection_region(Detection.from_keypoints(face.five_points()))
    wanted = region_from_points(face.landmarks)
    assert math.hypot(region.x - wanted.x, region.y - wanted.y) < 0.06 * wanted.side
    assert region.side == pytest.approx(wanted.side, rel=0.08)
    assert region.rotation == pytest.approx(wanted.rotation, abs=1e-4)


def test_region_of_a_box_leans_as_it_is_told():
    box = [10.0, 20.0, 110.0, 120.0]
    region = detection_region(Detection.from_box(box, kind="landmarks", roll=25))
    assert (region.x, region.y, region.side) == pytest.approx((60, 70, 100 * CROP_SCALE), abs=1e-4)
    assert math.degrees(region.rotation) == pytest.approx(25, abs=1e-4)


def test_one_face_for_each_detection_in_its_order_whatever_it_shows(predictor, crowd):
    boxes = [[260, 60, 340, 200], [0, 300, 80, 380], [-300, -300, -200, -200]]
    [faces] = predictor.landmarks([crowd], [[Detection.from_box(box) for box in boxes]])
    np.testing.assert_array_equal([face.box for face in faces], np.float32(boxes))
    assert faces[0].confidence > 0.9 and faces[1].confidence < 0.3 and faces[2].confidence < 0.3


def test_images_without_detections_have_no_faces(predictor, crowd):
    assert predictor.landmarks([crowd, crowd], [[], []]) == [[], []]
    assert predictor.landmarks([], []) == predictor.detect([]) == []


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ([5, 5, 5, 9], "x1 < x2 and y1 < y2"),
        ([50, 60, 20, 30], "not x, y, width, height"),
        ([1, 2, 3], "shape"),
        ([0, 0, math.nan, 9], "finite"),
        ([0, 0, 1e300, 9], "finite"),
        ("box", "numbers"),
    ],
)
def test_box_that_is_none_is_refused(box, said):
    with pytest.raises(OptionError, match=said):
        Detection.from_box(box)


def test_unknown_kind_of_box_lists_the_known():
    with pytest.raises(OptionError, match="kind='coco': one of 'wider_face', 'blazeface', 'landmarks'"):
        Detection.from_box([0, 0, 9, 9], kind="coco")


@pytest.mark.parametrize("value", [math.nan, math.inf, "1", None, True])
def test_score_and_roll_are_numbers(value):
    with pytest.raises(OptionError, match="score="):
        Detection.from_box([0, 0, 9, 9], score=value)
    with pytest.raises(OptionError, match="roll="):
        Detection.from_box([0, 0, 9, 9], roll=value)
    with pytest.raises(OptionError, match="score="):
        Detection.from_keypoints([[0, 0], [9, 0], [5, 5], [2, 9], [7, 9]], score=value)


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.zeros((68, 2)), np.full((5, 2), np.inf)])
def test_keypoints_without_a_place_are_refused(points):
    with pytest.raises(OptionError, match="points"):
        Detection.from_keypoints(points)


@pytest.mark.parametrize("given", [None, [], [[[0, 0, 9, 9]]], [Detection.from_box([0, 0, 9, 9])]])
def test_anything_but_a_list_of_detections_for_each_image_is_refused(predictor, astronaut, given):
    with pytest.raises(OptionError, match="detections: "):
        predictor.landmarks([astronaut], given)


def test_both_need_a_batch_and_an_open_predictor(astronaut):
    with Predictor() as predictor:
        with pytest.raises(ImageError, match="a batch is a list of images"):
            predictor.detect(astronaut)
        with pytest.raises(ImageError, match="a batch is a list of images"):
            predictor.landmarks(astronaut, [])
    with pytest.raises(ClosedError):
        predictor.detect([astronaut])
    with pytest.raises(ClosedError):
        predictor.landmarks([astronaut], [[]])
