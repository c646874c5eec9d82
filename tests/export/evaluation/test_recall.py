"""The match of a detection with a face, and the detector's recall on the annotated photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from export.annotations.samples import Sample, data_root, format_pts, list_samples
from export.evaluation import recall
from export.evaluation.recall import is_match, measure_recall
from runtime.detection import Detection
from runtime.engine.model_registry import load_model
from runtime.pipeline.loading import open_detector

MODEL = Path(__file__).parents[3] / "weights" / "blazeface-back.onnx"
# A landmark box from (100, 100) to (200, 180): longer side 100, centre (150, 140).
POINTS = np.tile(np.float32([[100, 100], [200, 180]]), (34, 1))


def square(x, y, side):
    return np.float32([x - side / 2, y - side / 2, x + side / 2, y + side / 2])


def detection(box):
    return Detection(box, 0.9, np.zeros((6, 2), np.float32))


@pytest.mark.parametrize(
    ("box", "matches"),
    [
        (square(150, 140, 100), True),
        (square(184, 140, 100), True),
        (square(186, 140, 100), False),
        (square(150, 176, 100), False),
        (square(150, 140, 52), True),
        (square(150, 140, 48), False),
        (square(150, 140, 198), True),
        (square(150, 140, 202), False),
    ],
)
def test_match_needs_place_and_size(box, matches):
    assert is_match(box, POINTS) is matches


def test_second_box_on_a_face_and_boxes_elsewhere_are_extra(tmp_path):
    picture = tmp_path / "face.png"
    cv2.imwrite(str(picture), np.zeros((300, 300, 3), np.uint8))
    on_face, elsewhere = detection(square(150, 140, 100)), detection(square(20, 20, 30))
    answers = iter([[on_face], [on_face, on_face, elsewhere], [elsewhere], []])
    result = measure_recall(lambda image: next(answers), [Sample(picture, POINTS)] * 4)
    assert (result.images, result.found, result.extra) == (4, 2, 3)
    assert (result.recall, result.extra_per_image) == (0.5, 0.75)


def test_no_pictures_are_refused():
    with pytest.raises(ValueError, match="no pictures"):
        measure_recall(lambda image: [], [])


@pytest.mark.parametrize(("folder", "target"), [("helen/test", 0.99), ("afw/test", 0.90)])
def test_default_detector_reaches_the_recall_asked_for(folder, target):
    path = data_root() / folder
    if not path.is_dir():
        pytest.skip(f"{path} is absent; set LANDMARKS_DATA to the folder of the annotated photographs")
    detector, _ = open_detector(load_model(MODEL.stem, "detector"), "cpu")
    assert measure_recall(detector, list_samples(path)).recall >= target


class WhiteDetector:
    """Finds what is white, and keeps the inputs."""

    size = 128

    def __init__(self):
        self.inputs = []

    def __call__(self, image):
        self.inputs.append(image)
        y, x = np.nonzero(image[..., 0] > 200)
        return [detection(np.float32([x.min(), y.min(), x.max() + 1, y.max() + 1]))]


@pytest.fixture
def table_row(tmp_path, monkeypatch):
    """A function that measures a white square of 60 pixels in a black picture, shown in so many pixels."""
    network = WhiteDetector()
    monkeypatch.setattr(recall, "load_model", lambda name, task: name)
    monkeypatch.setattr(recall, "open_detector", lambda *_, **__: (network, "cpu"))

    def measure(left, top, side):
        picture = np.zeros((320, 400, 3), np.uint8)
        picture[top : top + 60, left : left + 60] = 255
        cv2.imwrite(str(tmp_path / "face.png"), picture)
        points = np.tile(np.float32([[left, top], [left + 60, top + 60]]), (34, 1))
        (tmp_path / "face.pts").write_text(format_pts(points))
        monkeypatch.setattr(recall, "SIZES", (side,))
        *_, row = recall.size_table("white", [tmp_path]).splitlines()
        return row.split(), network.inputs[-1]

    return measure


@pytest.mark.parametrize(
    ("left", "top", "middle"), [(170, 130, (64, 64)), (0, 0, (24, 24)), (340, 260, (104, 104)), (340, 0, (104, 24))]
)
def test_size_table_cuts_a_face_out_in_the_middle_or_at_the_border(table_row, left, top, middle):
    row, image = table_row(left, top, 48)  # the picture is 320x256
    assert row == ["48", "0.375", "100.0%"]
    assert image.shape == (128, 128, 3)
    y, x = np.nonzero(image[..., 0] > 127)
    assert (x.mean(), y.mean()) == pytest.approx(middle, abs=1)
    assert (np.ptp(x), np.ptp(y)) == pytest.approx((47, 47), abs=1)


def test_size_table_surrounds_a_small_picture_with_gray(table_row):
    row, image = table_row(170, 130, 12)  # the picture is 80x64
    assert row == ["12", "0.094", "100.0%"]
    gray = (image == 128).all(axis=2)
    assert gray[64:].all() and gray[:, 80:].all() and not gray[:63, :79].all(axis=1).any()
