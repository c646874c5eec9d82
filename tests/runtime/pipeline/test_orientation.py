"""Faces that lie on their side or are upside down, in pictures and in streams."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from export.evaluation.rotation import turn_picture
from runtime import Predictor, list_models
from runtime.detection import Detection
from runtime.landmarks.region_of_interest import Region
from runtime.pipeline.frame_pipeline import FoundFace
from runtime.pipeline.orientation import Fit, is_part, is_settled, needs_turning

LIMIT = 8.0
"""Percent of the distance of the outer eye corners."""


@pytest.fixture(params=("astronaut", "grace_hopper"))
def portrait(request):
    return request.getfixturevalue(request.param)


def error(face, upright, matrix):
    """Mean distance in percent from the upright face's points, turned along."""
    truth = upright.landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    apart = np.linalg.norm(face.landmarks[:, :2] - truth, axis=1).mean()
    return 100 * apart / np.linalg.norm(truth[36] - truth[45])


@pytest.mark.parametrize(
    ("name", "border", "first"),
    [
        ("astronaut", "black", 15),
        ("astronaut", "replicated", 30),
        ("grace_hopper", "black", 30),
        ("grace_hopper", "replicated", 15),
    ],
)
def test_points_turn_with_the_picture(predictor, request, name, border, first):
    """Every multiple of 15 degrees, for each portrait and for each border."""
    portrait = request.getfixturevalue(name)
    [upright] = predictor(portrait)
    for degrees in range(first, 360, 30):
        turned, matrix = turn_picture(portrait, degrees, border)
        [face] = predictor(turned)
        assert error(face, upright, matrix) < LIMIT, degrees
        assert abs((face.pose.roll - upright.pose.roll - degrees + 180) % 360 - 180) < 10, degrees


@pytest.mark.parametrize("name", [model.name for model in list_models() if model.role == "landmarks"])
def test_every_network_finds_a_face_upside_down(name, portrait):
    with Predictor(name) as predictor:
        [upright] = predictor(portrait)
        for degrees in (90, 180, 270):
            turned, matrix = turn_picture(portrait, degrees)
            [face] = predictor(turned)
            assert error(face, upright, matrix) < LIMIT, degrees


def test_batch_gives_what_single_calls_give(predictor, astronaut, grace_hopper):
    images = [astronaut, turn_picture(astronaut, 180)[0], turn_picture(grace_hopper, 90)[0]]
    for faces, image in zip(predictor.batch(images), images, strict=True):
        [face], [alone] = faces, predictor(image)
        np.testing.assert_allclose(face.landmarks, alone.landmarks, atol=0.01)


def test_box_and_score_are_those_of_the_face(predictor, astronaut):
    [upright] = predictor(astronaut)
    turned, matrix = turn_picture(astronaut, 180)
    [face] = predictor(turned)
    corners = upright.box.reshape(2, 2) @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(face.box.reshape(2, 2), corners[::-1], atol=1)
    assert face.score == pytest.approx(upright.score, abs=0.01)


def test_turned_face_beside_an_upright_one_is_right_or_not_given(predictor, astronaut):
    head = astronaut[:256, 96:352]
    [upright] = predictor(head)
    for degrees in (45, 90, 135, 180, 225, 270):
        turned, matrix = turn_picture(head, degrees)
        scene = np.zeros((turned.shape[0], 256 + turned.shape[1], 3), np.uint8)
        scene[:256, :256], scene[:, 256:] = head, turned
        matrix[0, 2] += 256
        faces = predictor(scene)
        assert any(error(face, upright, np.eye(3)[:2]) < LIMIT for face in faces)
        assert all(error(face, upright, matrix) < LIMIT for face in faces if face.landmarks[30, 0] > 256), degrees


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_first_frame_of_a_sideways_video_is_right(predictor, portrait, degrees):
    [upright] = predictor(portrait)
    turned, matrix = turn_picture(portrait, degrees)
    tracker = predictor.tracker()
    for index in range(3):
        [face] = tracker(turned, index / 30).faces
        assert error(face, upright, matrix) < LIMIT
        assert face.track == 0


def test_face_that_falls_into_an_empty_scene_upside_down_is_found_within_a_second(predictor, astronaut):
    scene = np.full_like(astronaut, 127)
    tracker = predictor.tracker()
    for index in range(5):
        assert tracker(scene, index / 30).faces == []
    turned, matrix = turn_picture(astronaut, 180)
    found = [tracker(turned, index / 30).faces for index in range(5, 36)]
    [face] = found[-1]
    assert error(face, predictor(astronaut)[0], matrix) < LIMIT


def test_detections_of_the_turned_picture_lie_in_the_picture_as_it_is(predictor, astronaut):
    """What is found upright in a turned picture is what is found in the picture as it is."""
    detector = predictor._networks().detector
    [upright] = detector(astronaut)
    for degrees in (90, 180, 270):
        turned, matrix = turn_picture(astronaut, degrees)
        found = detector.turned(turned)
        keypoints = upright.keypoints @ matrix[:, :2].T + matrix[:, 2]
        corners = np.sort(upright.box.reshape(2, 2) @ matrix[:, :2].T + matrix[:, 2], axis=0)
        nearest = min(found, key=lambda each: np.abs(each.keypoints - keypoints).max())
        np.testing.assert_allclose(nearest.keypoints, keypoints, atol=1)
        np.testing.assert_allclose(nearest.box, corners.ravel(), atol=1)
        assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_upright_faces_are_not_searched_twice(predictor, portrait, monkeypatch):
    detector = predictor._networks().detector
    searches = []
    monkeypatch.setattr(type(detector), "turned", lambda *_: searches.append(1) or [])
    predictor(portrait)
    assert searches == []


class TestFit:
    def fit(self, *, confidence=1.0, moved=0.0, box=(100, 100, 200, 200), score=0.9, rotation=0.0):
        points, box = np.zeros((68, 3), np.float32), np.array(box, np.float32)
        keypoints = np.full((6, 2), moved, np.float32)
        region = Region(150.0, 150.0, 120.0, np.radians(rotation))
        crop = np.zeros((192, 192, 3), np.uint8)
        return Fit(Detection(box, score, keypoints), FoundFace(points, region, box, confidence, crop, region))

    def test_agreement_falls_with_distance_and_with_confidence(self):
        agreeing = self.fit().agreement
        assert agreeing > self.fit(moved=5.0).agreement > self.fit(moved=20.0).agreement
        assert agreeing > self.fit(confidence=0.9).agreement > self.fit(confidence=0.1).agreement

    def test_distance_is_measured_in_sides_of_the_box(self):
        assert self.fit(moved=10.0).apart == pytest.approx(np.sqrt(2) * 0.1)
        assert self.fit(moved=20.0, box=(0, 0, 200, 200)).apart == pytest.approx(np.sqrt(2) * 0.1)

    def test_confidence_of_one_and_none_are_finite(self):
        assert np.isfinite([self.fit(confidence=1.0).agreement, self.fit(confidence=0.0).agreement]).all()

    def test_frame_without_a_certain_face_is_turned(self):
        shape = (480, 640, 3)
        assert needs_turning([], shape)
        assert needs_turning([self.fit(confidence=0.1)], shape)
        assert not needs_turning([self.fit()], shape)

    def test_beside_a_certain_face_only_a_likely_one_in_full_view_is_a_reason(self):
        shape, certain = (480, 640, 3), self.fit()
        assert needs_turning([certain, self.fit(confidence=0.8)], shape)
        assert not needs_turning([certain, self.fit(confidence=0.1)], shape)
        assert not needs_turning([certain, self.fit(confidence=0.8, box=(-50, 100, 50, 200))], shape)

    def test_points_off_the_keypoints_are_not_settled(self):
        assert is_settled([self.fit()], (480, 640, 3))
        assert not is_settled([self.fit(moved=8.0)], (480, 640, 3))

    @pytest.mark.parametrize(("degrees", "tilted"), [(0, False), (15, False), (-25, True), (90, True), (350, False)])
    def test_tilted_faces_are_not_settled(self, degrees, tilted):
        assert self.fit(rotation=degrees).tilted == tilted
        assert is_settled([self.fit(rotation=degrees)], (480, 640, 3)) != tilted

    def test_doubtful_face_inside_a_better_one_is_a_part_of_it(self):
        whole, mouth = self.fit(), self.fit(score=0.5, confidence=0.8, box=(130, 150, 170, 190))
        beside = self.fit(score=0.5, confidence=0.8, box=(190, 150, 230, 190))
        assert [is_part(fit, [whole, mouth, beside]) for fit in (whole, mouth, beside)] == [False, True, False]
        assert not is_part(mouth, [mouth])

    def test_certain_face_inside_another_is_a_face(self):
        child = self.fit(box=(130, 150, 170, 190))
        assert not is_part(child, [self.fit(), child])


def test_small_faces_on_a_large_picture_turn_too(predictor, astronaut):
    canvas = np.full((720, 1280, 3), 90, np.uint8)
    canvas[200:456, 600:856] = astronaut[:256, 96:352]
    [upright] = predictor(canvas)
    turned, matrix = turn_picture(canvas, 180)
    [face] = predictor(turned)
    assert error(face, upright, matrix) < LIMIT
    assert cv2.pointPolygonTest(face.landmarks[:17, :2].copy(), tuple(map(float, face.landmarks[30, :2])), False) > 0
