"""What teachers agree on, YuNet's decoding, and the files of pictures and labels."""

from __future__ import annotations

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from export.data import held_out
from export.detector.data.labels import FaceLabels
from export.detector.data.pictures import PictureSet, open_pictures, shrink_pictures
from export.detector.data.sources import open_sources, promote
from export.detector.data.teachers import TeacherView, five_points, label_set, merge_views, read_labels, write_labels
from export.detector.data.yunet import YuNet
from export.detector.model.network import STRIDES
from tests.export.detector.pictures_of_faces import face


def row(labels):
    return np.concatenate([labels.boxes, labels.keypoints.reshape(1, -1)], axis=1).astype(np.float64)


def test_views_that_agree_are_a_face():
    first, second = row(face(10, 10, 20, 20)), row(face(11, 10, 20, 20))
    rows, means = merge_views([(first, np.array([0.8])), (second, np.array([0.6]))], [1.0, 1.0])
    assert means.tolist() == pytest.approx([0.7])
    assert rows[0, 0] == pytest.approx((10 * 0.8 + 11 * 0.6) / 1.4)


def test_a_view_that_missed_a_face_counts_against_it():
    nothing = (np.zeros((0, 14)), np.zeros(0))
    found = (row(face(10, 10, 20, 20)), np.array([0.8]))
    assert merge_views([found, nothing], [1.0, 1.0])[1].tolist() == pytest.approx([0.4])
    # in a view of a quarter of the size nobody could see it
    assert merge_views([found, nothing], [1.0, 0.25])[1].tolist() == pytest.approx([0.8])


def test_what_hardly_any_view_sees_is_background():
    nothing = (np.zeros((0, 14)), np.zeros(0))
    found = (row(face(10, 10, 20, 20)), np.array([0.35]))
    rows, means = merge_views([found, nothing, nothing], [1.0, 1.0, 1.0])
    assert len(rows) == len(means) == 0


def test_mirrored_views_are_brought_back():
    labels = face(10, 10, 20, 24)
    seen = row(labels) * 2 + 8
    points = seen.reshape(7, 2)
    points[:, 0] = 200 - points[:, 0]
    points[:2, 0] = points[[1, 0], 0]
    points[2:] = points[2:][[1, 0, 2, 4, 3]]
    assert TeacherView(2.0, True, 8, 200).back(seen) == pytest.approx(row(labels))


def test_five_of_68_points():
    points = np.arange(136, dtype=np.float32).reshape(68, 2)
    assert five_points(points)[:, 0].tolist() == [77, 89, 60, 96, 108]


def yunet_file(path, face_cell=None):
    """A graph with YuNet's inputs and outputs: constants, with one face of stride 8 in a 32 x 32 picture."""
    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    outputs, constants, nodes = [], [], []
    for kind, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
        for stride in STRIDES:
            values = np.zeros((1, (32 // stride) ** 2, width), np.float32)
            if stride == 8 and face_cell is not None:
                values[0, face_cell] = {"cls": 0.81, "obj": 1.0, "bbox": 0.5, "kps": 0.25}[kind]
            name = f"{kind}_{stride}"
            constants.append(numpy_helper.from_array(values, f"{name}_values"))
            nodes.append(helper.make_node("Identity", [f"{name}_values"], [name]))
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "cells", width]))
    model = helper.make_model(
        helper.make_graph(nodes, "yunet", [image], outputs, constants), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 8
    onnx.save(model, path)
    return path


def test_yunet_is_decoded_as_its_authors_do(tmp_path):
    find = YuNet(yunet_file(tmp_path / "yunet.onnx", face_cell=5))
    ((rows, scores),) = find(np.zeros((1, 32, 30, 3), np.uint8))
    assert scores == pytest.approx([0.9])
    half = np.exp(0.5) * 4
    assert rows[0, :4] == pytest.approx([12 - half, 12 - half, 12 + half, 12 + half])
    assert rows[0, 4:] == pytest.approx([10] * 10)


def test_yunet_without_faces(tmp_path):
    ((rows, scores),) = YuNet(yunet_file(tmp_path / "yunet.onnx"))(np.zeros((1, 32, 32, 3), np.uint8))
    assert rows.shape == (0, 14)
    assert not len(scores)


def test_no_yunet(tmp_path):
    with pytest.raises(FileNotFoundError, match="libfacedetection"):
        YuNet(tmp_path / "yunet.onnx")


def write_pictures(folder, count, side=24):
    folder.mkdir()
    for number in range(count):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((side, side + number, 3), number, np.uint8))


def test_pictures_are_decoded_once(tmp_path):
    write_pictures(tmp_path / "scenes", 3)
    (tmp_path / "scenes" / "broken.jpg").write_bytes(b"no picture")
    pictures = open_pictures(tmp_path / "scenes", tmp_path / "cache")
    assert pictures.names == ("0.png", "1.png", "2.png")
    assert [pictures[index].shape for index in range(3)] == [(24, 24, 3), (24, 25, 3), (24, 26, 3)]
    assert [int(pictures[index].mean()) for index in range(3)] == [0, 1, 2]
    for path in (tmp_path / "scenes").iterdir():
        path.unlink()
    assert len(open_pictures(tmp_path / "scenes", tmp_path / "cache")) == 3
    small = shrink_pictures(pictures, tmp_path / "cache", "scenes", 12)
    assert [small[index].shape for index in range(3)] == [(12, 12, 3), (12, 12, 3), (11, 12, 3)]


def test_a_folder_without_pictures(tmp_path):
    (tmp_path / "scenes").mkdir()
    with pytest.raises(FileNotFoundError, match="no pictures"):
        open_pictures(tmp_path / "scenes", tmp_path / "cache")


def test_labelling_goes_on_where_it_was_stopped(tmp_path):
    pictures = PictureSet.of([np.full((8, 8, 3), value, np.uint8) for value in range(4)])
    path = tmp_path / "labels.npz"
    write_labels(path, pictures, [FaceLabels.none(), face(1, 1, 4, 4)])
    asked = []

    def ask(image):
        asked.append(int(image.mean()))
        return face(asked[-1], 0, 3, 3)

    label_set(ask, pictures, path)
    labels = read_labels(path, pictures)
    assert asked == [2, 3]
    assert [len(each) for each in labels] == [0, 1, 1, 1]
    assert labels[3].boxes[0].tolist() == [3, 0, 6, 3]
    with pytest.raises(ValueError, match="other pictures"):
        read_labels(path, PictureSet.of([np.zeros((8, 8, 3), np.uint8)]))


def test_doubted_portraits_are_faces_without_keypoints():
    doubted = FaceLabels.join([face(10, 10, 80, 90, certain=False), face(0, 0, 20, 20, certain=False)])
    promoted = promote(doubted, np.array([100, 100]))
    assert promoted.certain.tolist() == [True, False]
    assert promoted.known.tolist() == [False, True]
    small = face(0, 0, 20, 20, certain=False)
    assert promote(small, np.array([100, 100])) is small


def test_sources_hold_out_pictures_for_validation(tmp_path):
    for name, labels in (("oid", face(2, 2, 8, 8)), ("fairface", face(2, 2, 20, 20)), ("clothing", FaceLabels.none())):
        write_pictures(tmp_path / name, 40)
        pictures = open_pictures(tmp_path / name, tmp_path)
        write_labels(tmp_path / f"{name}.labels.npz", pictures, [labels] * 40)
    training, validation = (open_sources(tmp_path, tmp_path, part) for part in (False, True))
    held = sum(held_out(f"{number}.png") for number in range(40))
    assert [len(each) for each in training.scenes + validation.scenes] == [40 - held, held]
    assert [len(each) for each in training.portraits + validation.portraits] == [40 - held, held]
    picture, labels = training.portraits[0].shrunk(0)
    assert picture.shape == (24, 24, 3)
    assert labels.boxes[0].tolist() == [2, 2, 22, 22]


def test_sources_need_labels(tmp_path):
    with pytest.raises(FileNotFoundError, match="no labels of oid or oid2 or coco"):
        open_sources(tmp_path, tmp_path, validation=False)
