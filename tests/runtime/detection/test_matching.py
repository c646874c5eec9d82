"""Matching of boxes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from runtime.detection.matching import covered, match
from runtime.detection.nms import iou

squares = st.lists(
    st.builds(lambda x, y, side: np.float32([x, y, x + side, y + side]), *[st.floats(0, 100)] * 2, st.floats(1, 80)),
    max_size=5,
)


@given(squares, squares, st.floats(0.05, 1))
def test_each_box_has_one_partner_that_overlaps_enough(first, second, threshold):
    pairs = match(first, second, threshold)
    rows, columns = [row for row, _ in pairs], [column for _, column in pairs]
    assert len(set(rows)) == len(rows) and len(set(columns)) == len(columns)
    overlaps = [float(iou(first[row], second[column][None])[0]) for row, column in pairs]
    assert overlaps == sorted(overlaps, reverse=True) and all(each >= threshold for each in overlaps)


@given(squares, squares, st.floats(0.05, 1))
def test_no_pair_is_left_that_could_be_made(first, second, threshold):
    pairs = match(first, second, threshold)
    free = [box for index, box in enumerate(first) if index not in {row for row, _ in pairs}]
    others = [box for index, box in enumerate(second) if index not in {column for _, column in pairs}]
    assert not any(float(iou(box, other[None])[0]) >= threshold for box in free for other in others)


def test_the_best_pair_comes_first():
    """The first box overlaps both, the second only one: greedy by overlap, not by order."""
    one, two = np.float32([0, 0, 10, 10]), np.float32([4, 0, 14, 10])
    assert match([one, two], [two + np.float32([0.5, 0, 0.5, 0])], 0.1) == [(1, 0)]


@given(squares, st.floats(0, 1))
def test_a_box_is_covered_by_those_kept_before_it(boxes, threshold):
    kept = []
    for box in boxes:
        if not match([box], kept, threshold):
            kept.append(box)
    found = covered(boxes, threshold)
    assert [id(box) for box, again in zip(boxes, found, strict=True) if not again] == [id(box) for box in kept]
