"""Accuracy figures against values computed by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.data.photographs import Photograph
from export.evaluation.accuracy import roc_auc
from export.evaluation.metrics import (
    Errors,
    annotation_crops,
    errors_of,
    join_errors,
    onnx_confidence,
    onnx_predict,
    pipeline_errors,
    torch_predict,
)
from export.pretrained.facemesh import start_full
from runtime.landmarks.region_of_interest import CROP_SCALE, region_from_points


def faces(*errors, eye_distance=50.0):
    """Errors of faces whose points are all equally wrong, in pixels."""
    return Errors(np.repeat(np.array(errors)[:, None], 68, axis=1), np.full(len(errors), eye_distance))


def test_nme_is_in_percent_of_the_outer_eye_distance():
    truth = np.zeros((1, 68, 3), np.float32)
    truth[0, 36, :2], truth[0, 45, :2] = (10, 20), (70, 100)
    predicted = truth.copy()
    predicted[0, :34, 0] += 3
    predicted[0, :34, 1] += 4
    errors = errors_of(predicted, truth)
    assert errors.eye_distance[0] == 100
    assert errors.nme_mean == pytest.approx(2.5)
    assert errors.me[0] == pytest.approx(2.5)


def test_figures_are_those_of_plain_loops():
    """NME, FR, SR and AUC as their definitions say them, one face and one point after the other."""
    random = np.random.default_rng(5)
    truth = random.uniform(0, 192, (40, 68, 3))
    predicted = truth + random.normal(0, 1, (40, 68, 3)) * random.uniform(0.2, 12, (40, 1, 1))
    nme, me = [], []
    for face, other in zip(truth, predicted, strict=True):
        apart = [math.dist(a[:2], b[:2]) for a, b in zip(face, other, strict=True)]
        me.append(sum(apart) / 68)
        nme.append(100 * me[-1] / math.dist(face[36][:2], face[45][:2]))
    parts = [errors_of(predicted[:15], truth[:15]), errors_of(predicted[15:], truth[15:])]
    for errors in (errors_of(predicted, truth), join_errors(parts)):
        assert errors.nme.tolist() == pytest.approx(nme)
        assert errors.nme_mean == pytest.approx(sum(nme) / 40)
        assert errors.success_rate == sum(each < 20 for each in me) / 40
        assert errors.failure_rate() == sum(each > 8 for each in nme) / 40
        assert errors.failure_rate(10) == sum(each > 10 for each in nme) / 40
        # the area under a curve of steps: each face gives what lies to the right of its error
        assert errors.auc(10) == pytest.approx(sum(max(0, 10 - each) for each in nme) / 10 / 40)


def test_depth_does_not_count():
    truth = np.random.default_rng(0).random((2, 68, 3)) * 100
    assert errors_of(truth + (0, 0, 50), truth).nme_mean == 0


def test_two_dimensional_predictions_are_compared():
    truth = np.random.default_rng(0).random((2, 68, 3)) * 100
    assert errors_of(truth[..., :2], truth).nme_mean == 0


def test_success_rate_counts_mean_errors_below_20_pixels():
    assert faces(1, 19.9, 20, 50).success_rate == 0.5


def test_failure_rate_counts_nme_above_the_limit():
    assert faces(1, 4, 5, 6).failure_rate() == 0.5
    assert faces(1, 4, 5, 6).failure_rate(limit=11) == 0.25


@given(st.lists(st.floats(0, 20), min_size=1, max_size=20))
def test_auc_is_the_area_under_the_error_curve(errors):
    measured = faces(*errors)
    limits = (np.arange(1000) + 0.5) / 1000 * 8
    area = np.mean([(measured.nme <= limit).mean() for limit in limits])
    assert measured.auc() == pytest.approx(area, abs=1e-3)


def test_perfect_and_hopeless_curves():
    assert (faces(0, 0).auc(), faces(4, 400).auc()) == (1.0, 0.0)


def test_regions_share_the_faces_points():
    pixels = np.zeros((2, 68))
    pixels[:, :17], pixels[:, 17:27], pixels[:, 27:36], pixels[:, 36:48], pixels[:, 48:] = 1, 2, 3, 4, 5
    errors = Errors(pixels, np.array([100.0, 50.0]))
    assert errors.by_part() == pytest.approx({"jaw": 1.5, "brows": 3, "nose": 4.5, "eyes": 6, "mouth": 7.5})


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=30),
    st.lists(st.integers(0, 6), min_size=1, max_size=30),
)
def test_roc_auc_counts_pairs_and_half_of_the_ties(positive, negative):
    brute = np.mean([(p > n) + (p == n) / 2 for p in positive for n in negative])
    assert roc_auc(np.array(positive, np.float32), np.array(negative, np.float32)) == pytest.approx(brute)


def test_annotation_crops_place_the_points_box_in_the_middle(astronaut_face):
    crops, points = annotation_crops([astronaut_face])
    low, high = points[0, :, :2].min(axis=0), points[0, :, :2].max(axis=0)
    assert crops.shape == (1, 192, 192, 3)
    np.testing.assert_allclose((low + high) / 2, 95.5, atol=0.01)
    assert (high - low).max() == pytest.approx(192 / CROP_SCALE, abs=0.01)


def test_annotation_crops_are_as_wide_as_asked(astronaut_face):
    _, points = annotation_crops([astronaut_face], scale=2.0)
    assert np.ptp(points[0, :, :2], axis=0).max() == pytest.approx(96, abs=0.01)


def test_network_starts_where_the_astronauts_points_came_from(astronaut_face):
    crops, points = annotation_crops([astronaut_face])
    assert errors_of(torch_predict(start_full())(crops), points).me[0] < 2


def test_network_is_fed_rgb_in_0_to_1():
    def mean_colours(images):
        return images.mean(dim=(2, 3))[:, None].expand(-1, 68, 3), None

    crops = np.full((1, 192, 192, 3), (0, 51, 255), np.uint8)
    np.testing.assert_allclose(torch_predict(mean_colours)(crops)[0, 0], (1, 0.2, 0), atol=1e-6)


def test_batches_change_nothing(crops):
    network = start_full()
    np.testing.assert_allclose(torch_predict(network, batch=2)(crops), torch_predict(network)(crops), atol=1e-3)


def found(*shifts):
    """Stands in for a predictor: the astronaut's points, moved."""
    return lambda photograph: lambda image: [SimpleNamespace(landmarks=photograph.points + shift) for shift in shifts]


def test_chain_takes_the_nearest_face(astronaut_face):
    result = pipeline_errors(found((200, 0, 0), (3, 4, 0), (-90, 0, 0))(astronaut_face), [astronaut_face])
    scale = 192 / region_from_points(astronaut_face.points).side
    assert (result.found, result.faces) == (1, 1)
    assert result.errors.me[0] == pytest.approx(5 * scale, rel=1e-4)


def test_chain_counts_a_face_elsewhere_as_missed(astronaut_face):
    eyes = np.linalg.norm(astronaut_face.points[36, :2] - astronaut_face.points[45, :2])
    answers = iter([[(0, 0, 0)], [(0.6 * eyes, 0, 0)], []])
    predictor = lambda image: [SimpleNamespace(landmarks=astronaut_face.points + shift) for shift in next(answers)]  # noqa: E731
    result = pipeline_errors(predictor, [astronaut_face] * 3)
    assert (result.found, result.faces) == (1, 3)


def test_chain_without_any_face_is_an_error(astronaut_face):
    with pytest.raises(ValueError, match="no face found in any of 1 photographs"):
        pipeline_errors(lambda image: [], [Photograph(astronaut_face.image, astronaut_face.points)])


def test_points_and_confidence_of_all_crops_come_in_their_order():
    def run(crops):
        return np.tile(crops[:, 0, 0, 0].astype(np.float32)[:, None, None], (1, 68, 3)), crops[:, 0, 0, 1] / 100

    landmarker = SimpleNamespace(run=run)
    crops = np.zeros((70, 4, 4, 3), np.uint8)  # more than two batches
    crops[:, 0, 0, 0], crops[:, 0, 0, 1] = np.arange(70), np.arange(70, 0, -1)
    points = onnx_predict(landmarker)(crops)
    assert points.shape == (70, 68, 3)
    np.testing.assert_array_equal(points[:, 0, 0], np.arange(70))
    np.testing.assert_allclose(onnx_confidence(landmarker)(crops), np.arange(70, 0, -1) / 100)
