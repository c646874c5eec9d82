"""Overlap of boxes and the merging of those that overlap."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from runtime.detection.nms import iou, weighted_nms

coordinate = st.floats(-1000, 1000, width=32)
side = st.floats(0.125, 500, width=32)
box = st.tuples(coordinate, coordinate, side, side).map(lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]])
boxes = st.lists(box, min_size=1, max_size=12).map(np.array)
threshold = st.floats(0, 1)


@st.composite
def detections(draw):
    """Boxes with one keypoint each, the box's centre, and scores, some of them equal."""
    drawn = draw(boxes)
    scores = draw(st.lists(st.sampled_from([0.5, 0.6, 0.75, 1.0]), min_size=len(drawn), max_size=len(drawn)))
    return np.hstack([drawn, (drawn[:, :2] + drawn[:, 2:]) / 2]), np.array(scores)


def test_iou_of_half_overlapping_squares():
    assert iou(np.array([0, 0, 2, 2.0]), np.array([[1, 0, 3, 2.0]]))[0] == 1 / 3


def test_iou_of_empty_boxes_is_zero():
    assert iou(np.zeros(4), np.zeros((1, 4)))[0] == 0


@given(boxes)
def test_iou_is_symmetric_bounded_and_one_with_itself(boxes):
    matrix = np.array([iou(each, boxes) for each in boxes])
    np.testing.assert_allclose(matrix, matrix.T)
    assert (matrix >= 0).all() and (matrix <= 1 + 1e-12).all()
    np.testing.assert_allclose(np.diag(matrix), 1)


def test_merged_box_is_the_score_weighted_mean():
    faces = np.array([[0, 0, 10, 10, 6, 0], [2, 0, 12, 10, 9, 3.0]])
    merged, scores = weighted_nms(faces, np.array([0.5, 1.0]), 0.3)
    np.testing.assert_allclose(merged, [[4 / 3, 0, 34 / 3, 10, 8, 2]])
    assert scores.tolist() == [1.0]


def test_no_boxes_give_no_boxes():
    merged, scores = weighted_nms(np.empty((0, 16)), np.empty(0), 0.3)
    assert (merged.shape, scores.shape) == ((0, 16), (0,))


def test_equal_scores_are_taken_in_input_order():
    boxes = np.array([[100, 0, 110, 10], [0, 0, 10, 10], [50, 0, 60, 10.0]])
    merged, _ = weighted_nms(boxes, np.full(3, 0.7), 0.3)
    np.testing.assert_allclose(merged, boxes)


@given(detections(), threshold)
def test_scores_come_from_the_input_best_first(given_detections, threshold):
    _, scores = given_detections
    _, kept = weighted_nms(*given_detections, threshold)
    assert kept[0] == scores.max()
    assert (np.diff(kept) <= 0).all()
    assert set(kept) <= set(scores)


@given(detections(), threshold)
def test_merged_boxes_stay_within_their_sources(given_detections, threshold):
    faces, _ = given_detections
    merged, _ = weighted_nms(*given_detections, threshold)
    assert 1 <= len(merged) <= len(faces)
    assert (merged >= faces.min(axis=0) - 1e-6).all() and (merged <= faces.max(axis=0) + 1e-6).all()
    np.testing.assert_allclose(merged[:, 4:], (merged[:, :2] + merged[:, 2:4]) / 2, rtol=1e-9, atol=1e-6)


@given(detections())
def test_threshold_of_one_merges_nothing(given_detections):
    faces, _ = given_detections
    merged, _ = weighted_nms(*given_detections, 1.0)
    # Rounding may lift the overlap of two equal boxes above 1; they are one box either way.
    assert len(np.unique(faces, axis=0)) <= len(merged) <= len(faces)
