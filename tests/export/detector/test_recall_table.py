"""The table of detectors side by side, on pictures whose faces are known."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from export.annotations import list_samples
from export.detector.entering_faces import entering_frames, entering_recall
from export.detector.recall_table import DetectorChoice, find_portraits, is_portrait, recall_report
from runtime import ModelError, Predictor
from runtime.detection import Detection, iou


@pytest.fixture(scope="module")
def folders(tmp_path_factory, astronaut):
    """Crowds of one astronaut with a box, an annotated one, and a portrait that its face fills."""
    root = tmp_path_factory.mktemp("recall")
    for name in ("wild", "annotated", "fairface"):
        (root / name).mkdir()
    with Predictor() as predictor:
        [face] = predictor(astronaut)
    cv2.imwrite(str(root / "wild" / "one.jpg"), astronaut)
    absent = [10.0, 400.0, 60.0, 460.0]
    (root / "wild" / "boxes.json").write_text(json.dumps({"one": [face.box.tolist(), absent]}))
    cv2.imwrite(str(root / "annotated" / "one.jpg"), astronaut)
    body = "\n".join(f"{x + 1:.2f} {y + 1:.2f}" for x, y, _ in face.landmarks)
    (root / "annotated" / "one.pts").write_text(f"version: 1\nn_points: 68\n{{\n{body}\n}}\n")
    x, y = face.landmarks[:, :2].mean(axis=0).astype(int)
    cv2.imwrite(str(root / "fairface" / "val_1.jpg"), astronaut[y - 90 : y + 90, x - 90 : x + 90])
    cv2.imwrite(str(root / "fairface" / "train_1.jpg"), np.zeros((32, 32, 3), np.uint8))
    return root


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_for_each_detector_in_both_tables(folders):
    choices = [DetectorChoice.parse(text) for text in ("blazeface-back", "blazeface-short@128")]
    text = recall_report(
        choices, 0.5, wild=folders / "wild", portraits=folders / "fairface", annotated=[folders / "annotated"]
    )
    sizes, poses = text.split("\n\n")
    head, _, back, short, faces = sizes.splitlines()
    assert cells(head)[-1] == "false boxes an image"
    assert (cells(back)[0], cells(short)[0]) == ("blazeface-back", "blazeface-short, 128")
    # one face of two of a fifth of the picture is found, the other is not there
    assert {"0.50" if count == "2" else "1.00" for count in cells(faces)[1:-1] if count != "0"} <= set(cells(back))
    assert cells(back)[-1] == "0.00"
    assert cells(poses.splitlines()[2])[:2] == ["blazeface-back", "100.0%"]
    assert cells(poses.splitlines()[2])[5] == "100.0%"


def test_tables_of_folders_that_are_not_given_are_left_out(folders):
    text = recall_report(
        [DetectorChoice("blazeface-short", None)], 0.5, wild=None, portraits=None, annotated=[folders / "annotated"]
    )
    assert "FairFace" not in text
    assert "by size" not in text


def test_only_the_validation_split_is_read(folders, tmp_path):
    with pytest.raises(FileNotFoundError, match="val_"):
        recall_report([DetectorChoice("blazeface-short", None)], 0.5, wild=None, portraits=tmp_path, annotated=[])


def test_portraits_are_turned_by_every_45_degrees(folders):
    shapes = []
    detector = lambda image: shapes.append(image.shape[:2]) or []  # noqa: E731
    assert find_portraits(detector, [folders / "fairface" / "val_1.jpg"]).tolist() == [[False] * 8]
    assert shapes[0] == shapes[2] == (180, 180)
    assert shapes[1] == (255, 255)


def test_portraits_by_origin_and_age(folders, tmp_path):
    people = tmp_path / "fairface_label_val.csv"
    people.write_text("file,age,gender,race,service_test\nval/1.jpg,30-39,Female,White,True\n")
    choices = [DetectorChoice("blazeface-back", None)]
    given = {"wild": None, "portraits": folders / "fairface", "annotated": [folders / "annotated"]}
    given["people"] = people
    *_, origins, ages = recall_report(choices, 0.5, **given).split("\n\n")
    assert cells(origins.splitlines()[0]) == ["recall by origin", "White"]
    assert cells(ages.splitlines()[2]) == ["blazeface-back", "100.0%"]
    people.write_text("file,age,gender,race,service_test\n")
    with pytest.raises(ValueError, match="no label of val_1"):
        recall_report(choices, 0.5, **given)


def test_a_face_enters_at_a_twelfth_of_the_frame(folders):
    [sample] = list_samples(folders / "annotated")
    [(frame, box)] = entering_frames([sample])
    assert frame.shape == (480, 640, 3)
    assert box[3] - box[1] == pytest.approx(40, abs=0.01)
    with Predictor(detector_size=640) as predictor:
        [face] = predictor(frame)
    assert iou(box, face.box[None]).max() > 0.3
    assert entering_recall(lambda _: [], [sample]) == 0.0


@pytest.mark.parametrize(
    ("box", "fills"),
    [((25, 25, 75, 75), True), ((0, 0, 100, 100), True), ((40, 40, 60, 60), False), ((60, 60, 100, 100), False)],
)
def test_a_portrait_is_found_where_the_picture_is_filled(box, fills):
    found = Detection(np.array(box, np.float32), 0.9, np.zeros((6, 2), np.float32))
    assert is_portrait([found], (100, 100, 3)) == fills
    assert not is_portrait([], (100, 100, 3))


@pytest.mark.parametrize(
    ("text", "model", "size"),
    [
        ("blazeface-back", "blazeface-back", None),
        ("a/yunet.onnx@640", "a/yunet.onnx", 640),
        ("me@home/x.onnx@96", "me@home/x.onnx", 96),
        ("me@home/x.onnx", "me@home/x.onnx", None),
    ],
)
def test_choices_name_a_model_and_a_size(text, model, size):
    assert DetectorChoice.parse(text) == DetectorChoice(model, size)


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(ValueError, match="blazeface-back@384"):
        DetectorChoice.parse("blazeface-back@large")
    with pytest.raises(ModelError, match="blazeface-back"):
        DetectorChoice("blazeface", None).open(0.5)
