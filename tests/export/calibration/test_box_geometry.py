"""Box geometry: what is fitted to detections puts their regions where the points are."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.annotations import Sample
from export.calibration import box_geometry_table
from export.calibration.box_geometry import fit_geometry, matched
from runtime.detection import Detection
from runtime.engine import load_model
from runtime.landmarks.region_of_interest import Region, region_from_detection
from runtime.pipeline import open_detector


@pytest.fixture
def sample(tmp_path, astronaut, predictor):
    """The astronaut, annotated by the network itself."""
    path = tmp_path / "astronaut.png"
    cv2.imwrite(str(path), astronaut)
    return Sample(path, predictor(astronaut)[0].landmarks[:, :2])


def detection(width, height, turn):
    eyes = np.array([[-20 * math.cos(turn), -20 * math.sin(turn)], [20 * math.cos(turn), 20 * math.sin(turn)]])
    box = np.array([100 - width / 2, 200 - height / 2, 100 + width / 2, 200 + height / 2], np.float32)
    keypoints = np.tile(np.array([100.0, 200.0]), (6, 1))
    keypoints[:2] += eyes
    return Detection(box, 0.9, keypoints.astype(np.float32))


@given(st.floats(40, 90), st.floats(40, 90), st.floats(-3, 3), st.floats(-20, 20), st.floats(30, 150), st.booleans())
def test_region_of_a_detection_is_the_square_it_was_fitted_to(width, height, turn, drop, side, square):
    """The square may lie along the face's own vertical only: geometry has no offset to one side."""
    face = detection(width, height, turn)
    truth = Region(100 - math.sin(turn) * drop, 200 + math.cos(turn) * drop, side, turn)
    fit = fit_geometry([(face, truth)], square, 1)
    region = region_from_detection(face.box, *face.keypoints[:2], 1.0, fit.geometry)
    assert (region.x, region.y, region.side) == pytest.approx((truth.x, truth.y, truth.side), abs=1e-3)


def test_detections_away_from_the_annotated_face_are_not_fitted(sample):
    detector, _ = open_detector(load_model("blazeface-back", "detector"), "cpu")
    away = Sample(sample.image, sample.points + 200)
    assert len(list(matched(detector, [sample, away]))) == 1


def test_nothing_found_is_an_error():
    with pytest.raises(ValueError, match="none of 7 annotated faces"):
        fit_geometry([], True, 7)


def test_table_has_both_lengths_of_a_box(sample):
    lines = box_geometry_table(["blazeface-back"], [sample]).splitlines()[2:]
    assert [line.split("|")[2].strip() for line in lines] == ["longer side", "root of the area"]
    assert all("1 of 1" in line for line in lines)
