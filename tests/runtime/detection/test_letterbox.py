"""Images of any shape in a square, and points on their way back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.detection.letterbox import letterbox_image

SIZE = 64
side = st.integers(1, 400)


@given(side, side, st.integers(0, 255))
def test_image_fills_its_corner_and_the_rest_is_black(height, width, value):
    boxed = letterbox_image(np.full((height, width, 3), value, np.uint8), SIZE)
    filled_width, filled_height = np.rint(boxed.scale * [width, height]).astype(int)
    assert max(filled_width, filled_height) == SIZE
    assert boxed.pixels.shape == (SIZE, SIZE, 3)
    assert (boxed.pixels[:filled_height, :filled_width] == value).all()
    assert not boxed.pixels[filled_height:].any() and not boxed.pixels[:, filled_width:].any()


@given(side, side, st.floats(0, 1), st.floats(0, 1))
def test_points_return_to_where_they_came_from(height, width, x, y):
    boxed = letterbox_image(np.zeros((height, width, 3), np.uint8), SIZE)
    point = np.array([x * width, y * height]) - 0.5
    np.testing.assert_allclose(boxed.to_image((point + 0.5) * boxed.scale), point, atol=1e-9)


@given(side, side)
def test_corners_of_the_square_image_are_the_outer_edges_of_the_pixels(height, width):
    boxed = letterbox_image(np.zeros((height, width, 3), np.uint8), SIZE)
    np.testing.assert_array_equal(boxed.to_image(np.zeros(2)), [-0.5, -0.5])
    np.testing.assert_allclose(boxed.to_image(boxed.scale * [width, height]), [width - 0.5, height - 0.5], atol=1e-9)


def test_bright_spot_is_mapped_back_onto_itself():
    """The centre of mass of what the network sees, mapped back, is the spot: no half pixel is lost."""
    image = np.zeros((300, 500, 3), np.uint8)
    image[120:160, 200:260] = 255
    boxed = letterbox_image(image, 128)
    mass = boxed.pixels[:, :, 0].astype(np.float64)
    rows, columns = np.indices(mass.shape) + 0.5
    centre = np.array([(columns * mass).sum(), (rows * mass).sum()]) / mass.sum()
    np.testing.assert_allclose(boxed.to_image(centre), [229.5, 139.5], atol=0.05)


def test_shrinking_averages_rather_than_skips():
    checkerboard = (np.indices((SIZE * 8, SIZE * 8)).sum(axis=0) % 2 * 200).astype(np.uint8)
    boxed = letterbox_image(np.repeat(checkerboard[:, :, None], 3, axis=2), SIZE)
    assert (boxed.pixels == 100).all()


@pytest.mark.parametrize(
    ("shape", "way"),
    [
        ((20, 30), cv2.INTER_LINEAR),
        ((30, 20), cv2.INTER_LINEAR),
        ((65, 66), cv2.INTER_LINEAR),
        ((161, 121), cv2.INTER_AREA),
        ((121, 161), cv2.INTER_AREA),
    ],
)
def test_growing_interpolates_and_shrinking_averages(shape, way):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    boxed = letterbox_image(image, SIZE)
    width, height = np.rint(boxed.scale * shape[::-1]).astype(int)
    expected = cv2.resize(image, (int(width), int(height)), interpolation=way)
    np.testing.assert_array_equal(boxed.pixels[:height, :width], expected)


def test_image_of_the_right_size_is_unchanged():
    image = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    np.testing.assert_array_equal(letterbox_image(image, SIZE).pixels, image)


@given(side, side)
def test_shorter_side_is_filled_up_to_a_step(height, width):
    boxed = letterbox_image(np.full((height, width, 3), 9, np.uint8), SIZE, step=16)
    filled = np.rint(boxed.scale * [width, height]).astype(int)[::-1]
    shape = np.array(boxed.pixels.shape[:2])
    assert shape.max() == SIZE and (shape % 16 == 0).all()
    assert (filled <= shape).all() and (shape - filled < 16).all()


@given(side, side, st.integers(0, 3))
def test_without_the_bands_it_is_the_same_picture(height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    square, slim = letterbox_image(image, SIZE), letterbox_image(image, SIZE, step=16)
    np.testing.assert_array_equal(slim.scale, square.scale)
    rows, columns = slim.pixels.shape[:2]
    np.testing.assert_array_equal(slim.pixels, square.pixels[:rows, :columns])


@pytest.mark.parametrize("shape", [(480, 640), (720, 1280), (1080, 1920), (1440, 1080), (961, 1281), (300, 500)])
def test_steps_by_halves_stay_close_to_the_average_of_areas(astronaut, shape):
    image = cv2.resize(astronaut, shape[::-1])
    boxed = letterbox_image(image, 256, step=32)
    width, height = np.rint(boxed.scale * shape[::-1]).astype(int)
    expected = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    difference = np.abs(boxed.pixels[:height, :width].astype(int) - expected)
    assert difference.mean() < 2, "grey levels of 255"


def test_image_that_fits_is_not_copied_into_a_larger_one():
    assert letterbox_image(np.zeros((480, 640, 3), np.uint8), 256, step=32).pixels.shape == (192, 256, 3)
