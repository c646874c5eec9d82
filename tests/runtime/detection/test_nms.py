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


corner = st.integers(0, 9)
small_box = st.tuples(corner, corner, st.integers(1, 6), st.integers(1, 6)).map(
    lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
)


def cells(box):
    """Unit squares of a grid that a box with whole sides covers."""
    left, top, right, bottom = (int(value) for value in box)
    return {(x, y) for x in range(left, right) for y in range(top, bottom)}


@given(st.lists(small_box, min_size=2, max_size=6))
def test_iou_is_that_of_the_cells_that_boxes_cover(boxes):
    expected = [[len(cells(a) & cells(b)) / len(cells(a) | cells(b)) for b in boxes] for a in boxes]
    boxes = np.array(boxes, float)
    np.testing.assert_allclose([iou(each, boxes) for each in boxes], expected, rtol=1e-12)
    np.testing.assert_allclose(iou(boxes[:, None], boxes), expected, rtol=1e-12)


def merged_one_by_one(boxes, scores, threshold):
    """Weighted non-maximum suppression as the paper's text says it, on lists of whole-sided boxes."""
    left = sorted(range(len(boxes)), key=lambda index: -scores[index])
    found = []
    while left:
        first = cells(boxes[left[0]])
        group = [each for each in left if len(first & cells(boxes[each])) / len(first | cells(boxes[each])) > threshold]
        total = sum(scores[each] for each in group)
        mean = [sum(scores[each] * boxes[each][axis] for each in group) / total for axis in range(4)]
        found.append((mean, scores[left[0]]))
        left = [each for each in left if each not in group]
    return found


@given(st.lists(st.tuples(small_box, st.sampled_from([0.3, 0.5, 0.7, 0.9])), min_size=1, max_size=8), st.data())
def test_weighted_nms_is_that_of_a_plain_loop(drawn, data):
    boxes, scores = [box for box, _ in drawn], [score for _, score in drawn]
    limit = data.draw(st.none() | st.integers(1, 8))
    expected = merged_one_by_one(boxes, scores, 0.31)[:limit]
    merged, kept = weighted_nms(np.array(boxes, float), np.array(scores), 0.31, limit)
    np.testing.assert_allclose(merged, [box for box, _ in expected], atol=1e-12)
    assert kept.tolist() == [score for _, score in expected]


def test_box_that_overlaps_by_just_the_threshold_stays():
    boxes = np.array([[0, 0, 3, 2], [1, 0, 4, 2.0]])  # 4 of 8 cells
    assert len(weighted_nms(boxes, np.array([0.9, 0.8]), 0.5)[0]) == 2
    assert len(weighted_nms(boxes, np.array([0.9, 0.8]), 0.49)[0]) == 1


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
