"""Overlays: exact where they are drawn, harmless everywhere else."""

from __future__ import annotations

import dataclasses
import itertools

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.errors import ImageError, OptionError
from runtime.faces import Face, Pose
from runtime.media.drawing import TRACK_COLOURS, Style, draw_faces

ONLY_POINTS = Style(contours=False, box=False, confidence=False, axes=False)
NOTHING = Style(contours=False, points=False, box=False, confidence=False, axes=False)


@pytest.fixture(scope="module")
def astronaut():
    return np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])


def grid_face(x: float = 40.0, y: float = 40.0, spacing: float = 20.0, score: float = 0.9) -> Face:
    """A face whose 68 points stand in rows of ten, far enough apart to be told from each other."""
    numbers = np.arange(68)
    columns = np.stack([x + spacing * (numbers % 10), y + spacing * (numbers // 10), numbers * 0], axis=1)
    points = columns.astype(np.float32)
    box = np.array([*points[:, :2].min(axis=0), *points[:, :2].max(axis=0)], np.float32)
    return Face(points, box, score, 1.0, Pose(10.0, 5.0, -3.0))


def changed(before, after):
    return (before != after).any(axis=2)


@pytest.mark.parametrize("faces", [[], [grid_face()]])
def test_input_is_never_modified(astronaut, faces):
    before = astronaut.copy()
    drawn = draw_faces(astronaut, faces)
    np.testing.assert_array_equal(astronaut, before)
    assert not np.shares_memory(drawn, astronaut)
    assert changed(before, drawn).any() == bool(faces)


def test_pixels_away_from_the_face_are_those_of_the_input(astronaut):
    drawn = draw_faces(astronaut, [grid_face(100, 100, 10)])
    touched = np.argwhere(changed(astronaut, drawn))
    assert touched.min() > 60
    assert touched.max() < 260


@given(st.floats(40, 41), st.floats(40, 41), st.sampled_from([1.0, 2.0, 5.0]))
@settings(max_examples=25, deadline=None)
def test_dots_sit_on_their_points_to_a_fraction_of_a_pixel(x, y, scale):
    """On black, the centre of mass of the light around a point is the point."""
    face = grid_face(scale * x, scale * y, 20 * scale)
    side = int(260 * scale)
    light = draw_faces(np.zeros((side, side, 3), np.uint8), [face], ONLY_POINTS).sum(axis=2).astype(float)
    reach = int(9 * scale)
    for px, py in face.landmarks[[0, 8, 30, 67], :2]:
        left, top = round(float(px)) - reach, round(float(py)) - reach
        window = light[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        rows, columns = np.indices(window.shape)
        centre = left + (window * columns).sum() / window.sum(), top + (window * rows).sum() / window.sum()
        np.testing.assert_allclose(centre, (px, py), atol=0.12)


@pytest.mark.parametrize("element", ["contours", "points", "box", "confidence", "axes", "numbers"])
def test_every_element_can_be_drawn_alone(astronaut, element):
    style = Style(**dict.fromkeys(("contours", "points", "box", "confidence", "axes"), False) | {element: True})
    assert changed(astronaut, draw_faces(astronaut, [grid_face()], style)).any()


def test_nothing_is_drawn_when_every_element_is_off(astronaut):
    np.testing.assert_array_equal(draw_faces(astronaut, [grid_face()], NOTHING), astronaut)


def test_every_region_shows_its_colour():
    style = Style()
    drawn = draw_faces(np.zeros((1100, 1100, 3), np.uint8), [grid_face(50, 50, 100)], style)
    for name, colour in style.colours.items():
        assert (drawn == colour).all(axis=2).any(), name


def test_colours_of_different_regions_can_be_told_apart():
    lab = [
        cv2.cvtColor(np.float32([[colour]]) / 255, cv2.COLOR_BGR2LAB)[0, 0] for colour in set(Style().colours.values())
    ]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2)) > 25


def test_strokes_are_dark_outside_and_light_inside():
    gray = np.full((300, 300, 3), 128, np.uint8)
    drawn = draw_faces(gray, [grid_face()]).mean(axis=2)
    assert drawn.min() < 60
    assert drawn.max() > 200


def test_strokes_grow_with_the_face_but_slower():
    def coverage(factor):
        image = np.zeros((300 * factor, 300 * factor, 3), np.uint8)
        face = grid_face(40 * factor, 40 * factor, 20 * factor)
        return changed(image, draw_faces(image, [face], ONLY_POINTS)).sum()

    assert 4 < coverage(4) / coverage(1) < 12


def test_scale_widens_strokes(astronaut):
    thin, thick = (
        changed(astronaut, draw_faces(astronaut, [grid_face()], Style(scale=scale))).sum() for scale in (1, 2)
    )
    assert thick > 1.3 * thin


def test_first_face_is_drawn_on_top(astronaut):
    best, other = grid_face(60, 60), grid_face(66, 63)
    one_by_one = draw_faces(draw_faces(astronaut, [other]), [best])
    np.testing.assert_array_equal(draw_faces(astronaut, [best, other]), one_by_one)


@given(st.floats(-3000, 3000), st.floats(-3000, 3000), st.floats(0.01, 300), st.booleans())
@settings(max_examples=60, deadline=None)
def test_faces_may_reach_beyond_the_image(x, y, spacing, numbers):
    image = np.full((48, 64, 3), 90, np.uint8)
    assert draw_faces(image, [grid_face(x, y, spacing)], Style(numbers=numbers)).shape == image.shape


def test_number_of_a_face_at_the_right_edge_stays_in_the_picture():
    image = np.zeros((300, 300, 3), np.uint8)
    style = Style(contours=False, points=False, box=False, axes=False)
    inside, at_the_edge = (changed(image, draw_faces(image, [grid_face(x, 80)], style)).sum() for x in (20.0, 280.0))
    assert at_the_edge == pytest.approx(inside, rel=0.1)


def test_number_is_the_confidence_not_the_score(astronaut):
    face = grid_face(60, 90)
    style = Style(contours=False, points=False, box=False, axes=False)
    first, score, confidence = (
        draw_faces(astronaut, [each], style)
        for each in (face, dataclasses.replace(face, score=0.11), dataclasses.replace(face, confidence=0.11))
    )
    assert not changed(first, score).any() and changed(first, confidence).any()


def test_confidence_of_a_face_at_the_upper_edge_stays_in_the_picture():
    image = np.zeros((300, 300, 3), np.uint8)
    style = Style(contours=False, points=False, box=False, axes=False)
    inside, at_the_edge = (changed(image, draw_faces(image, [grid_face(60, y)], style)).sum() for y in (80.0, 0.0))
    assert at_the_edge == pytest.approx(inside, rel=0.1)


def test_gray_image_is_drawn_on_in_colour():
    drawn = draw_faces(np.full((300, 300), 128, np.uint8), [grid_face()])
    assert drawn.shape == (300, 300, 3)
    assert (np.ptp(drawn, axis=2) > 50).any()


def test_what_is_not_an_image_is_refused():
    with pytest.raises(ImageError):
        draw_faces(np.zeros((10, 10, 3), np.float64), [])


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_scale_must_be_positive(scale):
    with pytest.raises(OptionError, match="scale"):
        Style(scale=scale)


def test_every_contour_needs_a_colour():
    with pytest.raises(OptionError, match="jaw"):
        Style(colours={})


@pytest.mark.parametrize("confidence", [False, True])
def test_number_of_a_followed_face_is_written_above_the_box(astronaut, confidence):
    style = Style(contours=False, points=False, box=False, axes=False, confidence=confidence)
    anonymous, seventh = grid_face(60, 90), dataclasses.replace(grid_face(60, 90), track=7)
    first, second = (changed(astronaut, draw_faces(astronaut, [face], style)) for face in (anonymous, seventh))
    assert second.sum() > first.sum()
    assert np.argwhere(second)[:, 0].max() < 90


def test_boxes_of_different_tracks_have_different_colours(astronaut):
    style = Style(contours=False, points=False, axes=False, confidence=False)
    faces = [dataclasses.replace(grid_face(60, 90), track=track) for track in range(len(TRACK_COLOURS) + 1)]
    pictures = [draw_faces(np.zeros((300, 300, 3), np.uint8), [face], style) for face in faces]
    for picture, colour in zip(pictures, TRACK_COLOURS, strict=False):
        assert (picture == colour).all(axis=2).any()
    lab = [cv2.cvtColor(np.float32([[colour]]) / 255, cv2.COLOR_BGR2LAB)[0, 0] for colour in TRACK_COLOURS]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2)) > 20


def test_single_face_is_drawn_as_a_list_of_one(predictor, astronaut):
    [face] = predictor(astronaut)
    expected = draw_faces(astronaut, [face])
    np.testing.assert_array_equal(draw_faces(astronaut, face), expected)
    np.testing.assert_array_equal(draw_faces(astronaut, iter([face])), expected)


@pytest.mark.parametrize(
    ("faces", "words"),
    [
        (None, "not NoneType"),
        (5, "not int"),
        ("faces", "a list that holds str"),
        ([[]], "a list that holds list; a batch has one list for each image"),
    ],
)
def test_anything_but_faces_is_named(astronaut, faces, words):
    with pytest.raises(OptionError, match=f"a Face or a list of them is needed.*{words}"):
        draw_faces(astronaut, faces)


def test_faces_of_a_tracker_are_named(predictor, astronaut):
    with pytest.raises(OptionError, match="not FrameResult; give its faces"):
        draw_faces(astronaut, predictor.tracker()(astronaut, 0.0))


def test_arguments_in_the_wrong_order_are_told(predictor, astronaut):
    faces = predictor(astronaut)
    with pytest.raises(ImageError, match="give the image that the faces were found in"):
        draw_faces(faces, astronaut)


def test_style_is_a_style(astronaut):
    with pytest.raises(OptionError, match=r"style='bold': a Style is needed"):
        draw_faces(astronaut, [], "bold")
