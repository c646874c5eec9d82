"""Turning pictures, and judging what is found in them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from export.evaluation.rotation import RotationResult, judge, open_networks, rotation_report, turn_picture


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_quarter_turns_keep_every_pixel(degrees):
    image = np.random.default_rng(0).integers(0, 256, (7, 11, 3), np.uint8)
    turned, _ = turn_picture(image, degrees)
    np.testing.assert_array_equal(turned, np.rot90(image, -degrees // 90))


@pytest.mark.parametrize("degrees", range(0, 360, 15))
def test_map_leads_to_the_same_pixel(degrees):
    image = np.zeros((60, 90, 3), np.uint8)
    image[14:27, 64:77] = 255
    turned, matrix = turn_picture(image, degrees)
    x, y = np.rint(matrix @ [70, 20, 1]).astype(int)
    assert turned[y, x].min() == 255
    assert int(turned.sum()) == pytest.approx(int(image.sum()), rel=0.05), "the canvas holds all of it"


def test_border_is_black_or_replicated():
    image = np.full((40, 40, 3), 200, np.uint8)
    assert turn_picture(image, 45, "black")[0][0, 0].max() == 0
    assert turn_picture(image, 45, "replicated")[0].min() == 200


class TestJudge:
    @pytest.fixture
    def face(self, predictor, astronaut):
        return predictor(astronaut)[0]

    def moved(self, face, percent):
        eyes = np.linalg.norm(face.landmarks[36, :2] - face.landmarks[45, :2])
        return dataclasses.replace(face, landmarks=face.landmarks + np.float32(percent / 100 * eyes) * np.eye(3)[0])

    def test_right_up_to_the_limit(self, face):
        truth = face.landmarks[:, :2]
        assert judge([self.moved(face, 7.9)], truth) == RotationResult(True, False, False)
        assert judge([self.moved(face, 8.1)], truth) == RotationResult(False, True, False)

    def test_wrong_points_of_low_confidence_are_not_confidently_wrong(self, face):
        wrong = dataclasses.replace(self.moved(face, 20), confidence=0.4)
        assert judge([wrong], face.landmarks[:, :2]) == RotationResult(False, False, False)

    def test_another_wrong_face_in_the_same_place_counts(self, face):
        assert judge([face, self.moved(face, 20)], face.landmarks[:, :2]) == RotationResult(True, True, False)

    def test_face_elsewhere_is_a_miss(self, face):
        assert judge([self.moved(face, 300)], face.landmarks[:, :2]) == RotationResult(False, False, True)


def test_report_has_a_line_for_each_network_and_angle():
    right, missed = RotationResult(True, False, False), RotationResult(False, False, True)
    text = rotation_report({("full", 0): [right, right], ("full", 180): [right, missed]})
    assert "75.00%" in text and "50.0% at 180" in text and "25.00%" in text


def test_networks_are_opened_by_name():
    assert list(open_networks(["trimmed"])) == ["trimmed"]
