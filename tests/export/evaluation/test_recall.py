"""The match of a detection with a face, and the detector's recall on the annotated photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from export.annotations.samples import Sample, data_root, list_samples
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
