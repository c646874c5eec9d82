"""Errors from whole pictures on: the nearest face counts, and one that is missing is a failure."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest

from export.annotations import list_samples
from export.evaluation.end_to_end import FaceErrors, end_to_end_table, measure_faces, point_errors, read_hard_faces
from export.evaluation.metrics import pipeline_errors
from runtime import Predictor
from tests.export.conftest import write_pts


def grid(offset=0.0):
    """68 points with the outer eye corners 30 apart, in a box of 67 x 134."""
    points = np.stack([np.arange(68), 2 * np.arange(68)], axis=1).astype(np.float32)
    points[36], points[45] = (10, 20), (40, 20)
    return points + np.float32(offset)


def test_error_is_in_percent_of_eye_distance_and_of_box():
    by_eyes, by_box = point_errors([grid() + (3, 0)], grid())
    assert by_eyes == pytest.approx(100 * 3 / 30)
    assert by_box == pytest.approx(100 * 3 / math.sqrt(67 * 134))


def test_nearest_face_counts():
    assert point_errors([grid(500), grid(), grid(300)], grid()) == (0, 0)


@pytest.mark.parametrize("faces", [[], [grid(500)]])
def test_missing_face_is_infinitely_wrong(faces):
    assert point_errors(faces, grid()) == (math.inf, math.inf)


def test_missing_faces_are_failures_and_do_not_enter_the_mean():
    errors = FaceErrors(np.array([4.0, 12.0, np.inf, 6.0]), np.zeros(4), np.zeros(4))
    assert errors.found == 0.75
    assert errors.failures() == 0.5
    assert errors.failures(np.array([True, False, False, True])) == 0
    assert errors.nme() == pytest.approx((4 + 12 + 6) / 3)


@pytest.fixture
def hard(tmp_path, astronaut, predictor):
    """A folder of two annotated faces in one picture: the astronaut, and one where there is none."""
    cv2.imwrite(str(tmp_path / "crew.jpg"), astronaut)
    points = predictor(astronaut)[0].landmarks[:, :2]
    for name in ("crew", "crew_0"):
        write_pts(tmp_path / f"{name}.pts", points)
    write_pts(tmp_path / "crew_1.pts", points * 0.3)
    tags = {"crew_0": {"image": "crew", "tags": ["blur"]}, "crew_1": {"image": "crew", "tags": ["largepose"]}}
    (tmp_path / "faces.json").write_text(json.dumps(tags))
    return tmp_path


def test_hard_faces_have_their_tags(hard):
    samples, tags = read_hard_faces(hard)
    assert [sample.image.name for sample in samples] == ["crew.jpg", "crew.jpg"]
    assert tags["largepose"].tolist() == [False, True]


def test_table_counts_the_face_that_is_not_there(hard):
    samples, tags = read_hard_faces(hard)
    with Predictor(device="cpu") as predictor:
        [errors] = measure_faces([predictor], samples)
    assert errors.by_eyes[0] < 2
    assert errors.found == 0.5 and errors.failures(tags["largepose"]) == 1


def test_table_has_a_row_for_each_setting(hard):
    table = end_to_end_table(["trimmed"], [(1, False), (2, True)], [hard], hard, "blazeface-back")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    assert [row[:2] for row in rows] == [["trimmed", "1"], ["trimmed", "2 + mirror"]]
    assert [row[3] for row in rows] == ["0.50", "0.50"]
    assert rows[0][-1] == "1.00"


def test_agrees_with_the_errors_of_the_whole_pipeline(astronaut_face, tmp_path, predictor):
    """On easy faces it is the NME that `evaluate` prints."""
    cv2.imwrite(str(tmp_path / "one.png"), astronaut_face.image)
    write_pts(tmp_path / "one.pts", astronaut_face.points[:, :2])
    [errors] = measure_faces([predictor], list_samples(tmp_path))
    assert errors.nme() == pytest.approx(pipeline_errors(predictor, [astronaut_face]).errors.nme_mean, rel=1e-3)
