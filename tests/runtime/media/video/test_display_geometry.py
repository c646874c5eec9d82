"""Frames are shown with square pixels, upright and not mirrored."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.media.video.display_geometry import TURNS, UPRIGHT, FrameShape, product, right_angled, square_size

PICTURE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
"""Three pixels wide, two high."""


@pytest.mark.parametrize(
    ("matrix", "seen"),
    [
        (UPRIGHT, PICTURE),
        (TURNS[90], np.rot90(PICTURE, -1)),
        (TURNS[180], np.rot90(PICTURE, 2)),
        (TURNS[270], np.rot90(PICTURE)),
        ((-1, 0, 0, 1), PICTURE[:, ::-1]),
        ((1, 0, 0, -1), PICTURE[::-1]),
        ((0, 1, 1, 0), PICTURE.transpose(1, 0, 2)),
        ((0, -1, -1, 0), np.rot90(PICTURE, 2).transpose(1, 0, 2)),
    ],
)
def test_each_turn_and_reflection(matrix, seen):
    shape = FrameShape(1.0, matrix)
    np.testing.assert_array_equal(shape(PICTURE), seen)
    assert shape.size(3, 2) == (seen.shape[1], seen.shape[0])


@pytest.mark.parametrize(
    ("stored", "aspect", "seen"),
    [
        ((720, 576), 64 / 45, (1024, 576)),
        ((720, 480), 8 / 9, (720, 540)),
        ((320, 480), 2, (640, 480)),
        ((640, 480), 1.001, (640, 480)),
    ],
)
def test_pixels_become_square_and_no_side_shrinks(stored, aspect, seen):
    assert square_size(*stored, aspect) == seen
    image = np.zeros((stored[1], stored[0], 3), np.uint8)
    assert FrameShape(aspect)(image).shape == (seen[1], seen[0], 3)


def test_pixels_are_made_square_before_the_turn():
    assert FrameShape(2, TURNS[90]).size(320, 480) == (480, 640)


@pytest.mark.parametrize(
    ("matrix", "right"),
    [
        ((2, 0, 0, 1), UPRIGHT),
        ((0, 0, 0, 0), UPRIGHT),
        ((0, 0.5, -0.5, 0), TURNS[90]),
        ((0.999, 0.001, -0.001, 0.999), UPRIGHT),
        ((0.7, 0.7, -0.7, 0.7), None),
        ((1, 1, 0, 1), None),
        ((1, 0, 0, 0), None),
    ],
)
def test_only_right_angles_are_turns(matrix, right):
    assert right_angled(matrix) == right


@given(st.integers(0, 359))
def test_a_turn_of_a_right_angle_is_the_only_turn(angle):
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    found = right_angled((cosine, sine, -sine, cosine))
    assert found == (TURNS[round(angle / 90) * 90 % 360] if min(angle % 90, 90 - angle % 90) <= 1 else None)


def test_product_applies_the_first_one_first():
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    first, second = (-1, 0, 0, 1), TURNS[90]
    np.testing.assert_array_equal(
        FrameShape(1.0, product(first, second))(image), FrameShape(1.0, second)(FrameShape(1.0, first)(image))
    )
