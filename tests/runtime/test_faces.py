"""A face is a value: it cannot be changed, and it goes through JSON."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from xml.etree import ElementTree

import numpy as np
import pytest

from runtime import FACE_PARTS, Face, Frame, OptionError, Pose


@pytest.fixture
def face():
    points = np.arange(204, dtype=np.float32).reshape(68, 3) / 7
    return Face(points, np.float32([10, 20, 110.5, 120]), 0.87654321, 0.99999, Pose(1.234, -5.678, 90.0))


def test_fields_are_frozen(face):
    with pytest.raises(dataclasses.FrozenInstanceError):
        face.score = 1.0
    with pytest.raises((AttributeError, TypeError)):
        face.name = "slots take no new ones"


@pytest.mark.parametrize("array", ["landmarks", "box"])
def test_arrays_are_read_only(face, array):
    with pytest.raises(ValueError, match="read-only"):
        getattr(face, array)[0] = 0


def test_predicted_faces_are_read_only(predictor, astronaut):
    [face] = predictor(astronaut)
    assert not face.landmarks.flags.writeable and not face.box.flags.writeable


def test_every_point_belongs_to_a_region():
    assert {number for numbers in FACE_PARTS.values() for number in numbers} == set(range(68))
    for whole, parts in {"nose": ["nose_bridge"], "mouth": ["outer_lips", "inner_lips"]}.items():
        assert set().union(*(FACE_PARTS[part] for part in parts)) <= set(FACE_PARTS[whole])


@pytest.mark.parametrize("name", FACE_PARTS)
def test_region_gives_its_points(face, name):
    np.testing.assert_array_equal(face.part(name), face.landmarks[list(FACE_PARTS[name])])


def test_left_and_right_are_the_persons_own(predictor, astronaut):
    [face] = predictor(astronaut)
    right, left = face.part("right_eye").mean(axis=0), face.part("left_eye").mean(axis=0)
    nose, mouth = face.part("nose").mean(axis=0), face.part("mouth").mean(axis=0)
    assert right[0] < nose[0] < left[0] and left[1] < nose[1] < mouth[1] < face.part("jaw")[8, 1]
    assert face.part("right_brow")[:, 1].mean() < right[1] and face.part("left_brow")[:, 1].mean() < left[1]


def test_unknown_region_lists_the_known(face):
    with pytest.raises(OptionError, match="no part 'lefteye' of a face; there are jaw, right_brow"):
        face.part("lefteye")


def test_goes_through_json(face):
    values = json.loads(json.dumps(face.to_dict(), allow_nan=False))
    np.testing.assert_allclose(values["landmarks"], face.landmarks, atol=5e-4)
    np.testing.assert_allclose(values["box"], face.box, atol=5e-4)
    assert values["track"] is None
    assert values["score"] == 0.8765 and values["confidence"] == 1.0
    assert values["pose"] == {"yaw": 1.23, "pitch": -5.68, "roll": 90.0}


@pytest.mark.parametrize("clone", [lambda face: pickle.loads(pickle.dumps(face)), copy.copy, copy.deepcopy])
def test_copy_is_equal_and_read_only_too(face, clone):
    other = clone(dataclasses.replace(face, track=3))
    np.testing.assert_array_equal(other.landmarks, face.landmarks)
    np.testing.assert_array_equal(other.box, face.box)
    assert (other.pose, other.score, other.confidence, other.track) == (face.pose, face.score, face.confidence, 3)
    assert not other.landmarks.flags.writeable and not other.box.flags.writeable


def test_prints_in_a_line(face):
    assert repr(face) == (
        "Face(track=None, box=(10.0, 20.0, 110.5, 120.0), score=0.877, confidence=1.000, pose=(1.2, -5.7, 90.0), "
        "landmarks=68x3 float32)"
    )
    assert len(repr(Frame(np.zeros((480, 640, 3), np.uint8), 7, 0.28))) < 40


def test_notebook_shows_a_drawing(face):
    figure = ElementTree.fromstring(face._repr_html_())
    drawing, caption = figure
    assert caption.text == repr(face)
    circles = list(drawing.iter("{http://www.w3.org/2000/svg}circle"))
    places = [(float(circle.get("cx")), float(circle.get("cy"))) for circle in circles]
    np.testing.assert_allclose(places, face.landmarks[:, :2], atol=0.06)
    left, top, width, height = (float(value) for value in drawing.get("viewBox").split())
    inside = (face.landmarks[:, :2] >= (left, top)) & (face.landmarks[:, :2] <= (left + width, top + height))
    assert inside.all()
    assert sum(1 for _ in drawing.iter("{http://www.w3.org/2000/svg}polygon")) == 4, "eyes and lips are closed"


def test_face_without_finite_points_is_shown_in_words(face):
    odd = Face(np.full((68, 3), np.nan, np.float32), face.box, 0.5, 0.5, face.pose)
    assert "<svg" not in odd._repr_html_() and "Face(" in odd._repr_html_()


def test_can_be_kept_in_a_set(face):
    assert len({face, face}) == 1


def test_arrays_are_arrays(face):
    with pytest.raises(OptionError, match="landmarks: a numpy array is needed, not list"):
        dataclasses.replace(face, landmarks=face.landmarks.tolist())
    with pytest.raises(OptionError, match="box: a numpy array is needed, not tuple"):
        dataclasses.replace(face, box=(0, 0, 1, 1))


@pytest.mark.parametrize("row", [None, 5, True, "x"])
def test_row_that_is_no_mapping_is_an_option_error(row):
    with pytest.raises(OptionError, match="row="):
        Face.from_row(row)
