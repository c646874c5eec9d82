"""Faces, faces cut off and things that are none, as the default of min_confidence is chosen on them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from export.annotations.samples import Sample
from export.calibration.min_confidence import (
    VISIBLE,
    Measured,
    candidates,
    choose,
    confidences,
    covered,
    cut_off,
    first_faces,
    table,
)
from export.evaluation.recall import size_table
from runtime.engine.model_registry import load_model
from runtime.pipeline.loading import open_detector, open_landmarker
from runtime.pipeline.selection import MIN_CONFIDENCE


@pytest.fixture
def sample(tmp_path, astronaut, predictor):
    """The astronaut, annotated by the network itself."""
    path = tmp_path / "astronaut.png"
    cv2.imwrite(str(path), astronaut)
    return Sample(path, predictor(astronaut)[0].landmarks[:, :2])


def test_cut_leaves_the_share_it_says(astronaut, sample):
    low, high = sample.points.min(axis=0), sample.points.max(axis=0)
    parts = list(cut_off(astronaut, sample.points))
    assert len(parts) == 4 * len(VISIBLE)
    for index, (part, points) in enumerate(parts):
        height, width = part.shape[:2]
        seen = np.minimum(points.max(axis=0), (width, height)) - np.maximum(points.min(axis=0), 0)
        assert min(seen / (high - low)) == pytest.approx(VISIBLE[index // 4], abs=0.02)
        np.testing.assert_array_equal(points - points[0], sample.points - sample.points[0])


def test_covered_face_is_gone_and_the_picture_is_left(astronaut, sample, predictor):
    before = astronaut.copy()
    box = np.concatenate([sample.points.min(axis=0), sample.points.max(axis=0)])
    assert predictor(covered(astronaut, [box, np.array([-90.0, -90, -80, -80])])) == []
    np.testing.assert_array_equal(astronaut, before)


def test_each_kind_gets_its_confidences(sample):
    file = load_model("blazeface-back", "detector")
    detector, watchful = (open_detector(file, "cpu", min_score=score)[0] for score in (0.5, 0.2))
    found = list(candidates(detector, [sample], watchful))
    kinds = np.array([each.kind for each in found])
    assert set(kinds) == {"whole", "cut off", "no face"}
    confidence, error = confidences(open_landmarker(load_model("full", "landmarks"), "cpu")[0], found)
    assert confidence[kinds == "whole"].min() > 0.9 and error[kinds == "whole"].max() < 1
    assert np.median(confidence[kinds == "no face"]) < MIN_CONFIDENCE
    assert np.isnan(error[kinds == "no face"]).all()


def test_choice_is_the_highest_that_keeps_the_faces():
    kinds = np.array(["cut off"] * 100 + ["no face"] * 2)
    error = np.zeros(102)
    patient = Measured("a", np.array([*np.linspace(0.38, 1, 100), 0, 0], np.float32), error)
    strict = Measured("b", np.array([*[0.25] * 6, *[0.95] * 94, 0, 0], np.float32), error)
    assert choose([patient], kinds) == 0.4
    assert choose([patient, strict], kinds) == 0.2
    assert choose([Measured("c", strict.confidence, np.where(strict.confidence < 0.3, 99.0, 0.0))], kinds) == 0.9


def test_table_counts_wrong_points_apart():
    kinds = np.array(["whole", "cut off", "cut off", "no face"])
    measured = Measured("full", np.array([1, 0.45, 0.2, 0.1], np.float32), np.array([2.0, 5.0, 40.0, np.nan]))
    rows = [line.split() for line in table(measured, kinds).splitlines()[1:]]
    assert [row[-8:][0] for row in rows] == ["1", "1", "1", "1"]
    assert [row[-7:] for row in rows][1] == ["100.0%"] * 4 + ["0.0%"] * 3
    assert [row[-7:] for row in rows][2] == ["100.0%"] * 2 + ["0.0%"] * 5


def test_first_face_is_counted_where_there_are_several(tmp_path, astronaut, predictor, sample):
    near, far = astronaut[20:220, 120:320], cv2.resize(astronaut[20:220, 120:320], (120, 120))
    pair = np.zeros((400, 600, 3), np.uint8)
    pair[:, :400], pair[:120, 450:570] = cv2.resize(near, (400, 400)), far
    cv2.imwrite(str(tmp_path / "pair.png"), pair)
    annotated = Sample(tmp_path / "pair.png", predictor(pair)[0].landmarks[:, :2])
    text = first_faces([annotated, sample])
    assert text.startswith("of 1 photographs with several faces") and "1 by size" in text


def test_recall_grows_with_the_size_of_the_face(tmp_path, astronaut, sample):
    body = "\n".join(f"{x + 1} {y + 1}" for x, y in sample.points)
    (tmp_path / "astronaut.pts").write_text(f"version: 1\nn_points: 68\n{{\n{body}\n}}\n")
    rows = [line.split() for line in size_table("blazeface-back", [tmp_path]).splitlines()[2:]]
    assert rows[0] == ["8", "0.031", "0.0%"] and rows[-1] == ["48", "0.188", "100.0%"]
