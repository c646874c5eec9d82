"""Recall and false boxes, counted by hand."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.detector.data.labels import FaceLabels
from export.detector.evaluation import LEAST_SCORE, DetectionMatches, compare, read_wild, recall_at, threshold_for
from tests.export.detector.pictures_of_faces import face

TRUTH = FaceLabels.join([face(0, 0, 10, 10), face(50, 50, 30, 30), face(20, 80, 16, 16, certain=False)])
BOXES = np.array(
    [
        [0.0, 0, 10, 9],  # the first face
        [0, 1, 10, 10],  # again: false
        [20, 80, 36, 95],  # left alone
        [70, 0, 90, 20],  # nothing
        [52, 52, 80, 80],  # the second face
    ]
)
SCORES = np.array([0.9, 0.8, 0.95, 0.3, 0.2])


def test_counts():
    result = recall_at([compare(BOXES, SCORES, TRUTH, 100)], 0.0)
    assert result.false_boxes == 2
    assert result.faces.tolist() == [0, 0, 0, 1, 1, 0]
    assert result.by_size[3:5].tolist() == [1, 1]
    assert np.isnan(result.by_size[0])
    higher = recall_at([compare(BOXES, SCORES, TRUTH, 100)], 0.5)
    assert higher.false_boxes == 1
    assert higher.by_size[3:5].tolist() == [1, 0]


def test_threshold_leaves_as_many_false_boxes_as_asked_for():
    outcomes = [compare(BOXES, SCORES, TRUTH, 100)] * 4
    assert recall_at(outcomes, threshold_for(outcomes, 1.0)).false_boxes == 1.0
    assert recall_at(outcomes, threshold_for(outcomes, 0.25)).false_boxes <= 0.25


@given(st.lists(st.lists(st.tuples(st.integers(1, 9), st.sampled_from([-1, 0])), max_size=5), min_size=1, max_size=5))
def test_threshold_is_the_lowest_that_keeps_to_the_bound(pictures):
    outcomes = [
        DetectionMatches(
            np.array([score / 10 for score, _ in boxes], float),
            np.ones(len(boxes), bool),
            np.array([face for _, face in boxes], np.intp),
            np.array([0.1]),
        )
        for boxes in pictures
    ]
    wrong = sorted(score / 10 for boxes in pictures for score, face in boxes if face < 0)
    for allowed in (0.0, 0.22, 1.0):
        within = [low for low in (LEAST_SCORE, *wrong) if sum(each > low for each in wrong) <= allowed * len(pictures)]
        assert threshold_for(outcomes, allowed) == pytest.approx(min(within), abs=2e-6)


def test_each_face_is_found_once():
    outcome = compare(BOXES[:2], np.array([0.8, 0.9]), TRUTH, 100)
    assert sorted(outcome.matched.tolist()) == [-1, 0]


def test_no_boxes_and_no_faces():
    nothing = compare(np.zeros((0, 4)), np.zeros(0), FaceLabels.none(), 100)
    assert recall_at([nothing], 0.5).false_boxes == 0


def test_annotated_photographs_are_read(tmp_path):
    cv2.imwrite(str(tmp_path / "a.jpg"), np.zeros((20, 30, 3), np.uint8))
    (tmp_path / "boxes.json").write_text(json.dumps({"a": [[1, 2, 9, 12]]}))
    ((image, labels),) = read_wild(tmp_path)
    assert image.shape == (20, 30, 3)
    assert labels.sides == pytest.approx([10])
