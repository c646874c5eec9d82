"""Photographs labelled by teachers: agreement, the file of labels, and sets of them in a training."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from export.data import (
    FaceTeachers,
    LabelOrigin,
    TaughtFace,
    compare_teachers,
    draw_face_labels,
    format_mesh_offsets,
    load_labelled_faces,
    read_face_labels,
    teacher_table,
    write_face_labels,
)
from export.data.face_teachers import points_of_mesh, read_offsets
from export.data.labelled_faces import held_out
from export.training.configuration import SetConfig, TrainingConfig
from export.training.datasets import read_sets
from export.training.lineage import NO_PHOTOGRAPHS, OPEN_PHOTOGRAPHS, describe_run, lineage_of
from runtime.engine import load_model
from runtime.landmarks import region_from_points
from runtime.pipeline import open_landmarker

ORIGIN = LabelOrigin("FairFace", "CC BY 4.0", "two teachers")


def taught(shift: float = 0.0, confidence: float = 1.0) -> TaughtFace:
    rng = np.random.default_rng(0)
    network = np.concatenate([rng.uniform(60, 160, (68, 2)), rng.normal(0, 9, (68, 1))], axis=1).astype(np.float32)
    return TaughtFace(network, network[:, :2] + np.float32(shift), confidence)


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(60):
        cv2.imwrite(str(folder / f"train_{number}.png"), np.full((224, 224, 3), number, np.uint8))
    cv2.imwrite(str(folder / "val_0.png"), np.zeros((224, 224, 3), np.uint8))
    return folder


def test_label_is_the_mean_of_both_teachers_with_the_networks_depth():
    face = taught(2.0)
    np.testing.assert_allclose(face.points[:, :2], face.network[:, :2] + 1, atol=1e-4)
    np.testing.assert_array_equal(face.points[:, 2], face.network[:, 2])
    side = np.sqrt(np.prod(np.ptp(face.network[:, :2], axis=0)))
    assert face.disagreement == pytest.approx(100 * 2 * np.sqrt(2) / side, rel=1e-4)


def test_a_face_without_a_mesh_has_no_agreement():
    face = TaughtFace(taught().network, np.full((68, 2), np.nan, np.float32), 1.0)
    assert np.isnan(face.disagreement)


def test_labelling_goes_on_where_it_was_stopped(pictures, tmp_path):
    out = tmp_path / "labels.npz"
    calls = []

    def teach(image):
        calls.append(image)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return taught()

    with pytest.raises(KeyboardInterrupt):
        write_face_labels(pictures, out, ORIGIN, teach, 10, "val_")
    assert len(read_face_labels(out).names) == 4
    table = write_face_labels(pictures, out, ORIGIN, teach, 10, "val_")
    assert len(table.names) == 10 and len(calls) == 11


def test_test_pictures_are_left_out(pictures, tmp_path):
    table = write_face_labels(pictures, tmp_path / "labels.npz", ORIGIN, lambda _: taught(), None, "val_")
    assert len(table.names) == 60 and not any(name.startswith("val_") for name in table.names)


def test_labels_of_another_origin_are_not_continued(pictures, tmp_path):
    out = tmp_path / "labels.npz"
    write_face_labels(pictures, out, ORIGIN, lambda _: taught(), 2)
    with pytest.raises(ValueError, match="another origin"):
        write_face_labels(pictures, out, LabelOrigin("FairFace", "CC BY 4.0", "one"), lambda _: taught(), 4)


def test_faces_on_which_the_teachers_disagree_are_not_used(pictures, tmp_path):
    out = tmp_path / "labels.npz"
    kinds = [taught(50.0), taught(0.0, 0.2), taught(), taught()]
    faces = iter(kinds * 15)
    table = write_face_labels(pictures, out, ORIGIN, lambda _: next(faces), None, "val_")
    assert int(table.used.sum()) == 30
    training, validation = load_labelled_faces(pictures, out)
    assert len(training) + len(validation) == 30
    assert all(held_out(face.path.name) for face in validation)
    assert training[0].image.shape == (224, 224, 3)


def test_sheet_shows_as_many_faces_as_asked_for(pictures, tmp_path):
    table = write_face_labels(pictures, tmp_path / "labels.npz", ORIGIN, lambda _: taught(), 30)
    assert draw_face_labels(pictures, table, 20).shape == (2 * 224, 10 * 224, 3)


def test_a_file_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(ValueError, match="faces label"):
        read_face_labels(tmp_path / "other.npz")


def config(pictures: Path, labels: Path, license: str = "CC BY 4.0") -> TrainingConfig:
    write_face_labels(pictures, labels, LabelOrigin("FairFace", license, "two teachers"), lambda _: taught(), None)
    item = SetConfig(name="fairface", weight=1.0, path=str(pictures), labels=str(labels))
    return TrainingConfig(network="full", init="facemesh", sets=(item,), shippable=True)


def test_training_reads_them_and_records_licence_and_teachers(pictures, tmp_path):
    run = config(pictures, tmp_path / "labels.npz")
    ((weight, faces),), ((name, held),) = read_sets(run.sets)
    assert (weight, name) == (1.0, "fairface") and len(faces) > len(held) > 0
    text = lineage_of(describe_run(run)).describe()
    assert "FairFace (CC BY 4.0) with points by two teachers" in text
    assert OPEN_PHOTOGRAPHS in text and NO_PHOTOGRAPHS not in text


def test_shippable_networks_learn_from_open_licences_only(pictures, tmp_path):
    with pytest.raises(ValueError, match="shippable"):
        describe_run(config(pictures, tmp_path / "labels.npz", "research only"))


def test_labels_need_their_pictures():
    with pytest.raises(ValueError, match="labels needs path"):
        SetConfig(name="fairface", weight=1.0, labels="labels.npz")


def test_offsets_treat_both_sides_alike_and_follow_a_turned_mesh():
    offsets = read_offsets()
    np.testing.assert_allclose(offsets[36], offsets[45] * (-1, 1), atol=2e-4)
    assert format_mesh_offsets(offsets).count("\n") == 68 + 3
    mesh = np.random.default_rng(1).uniform(0, 200, (478, 3)).astype(np.float32)
    quarter = mesh.copy()
    quarter[:, :2] = mesh[:, :2] @ np.array([[0, 1], [-1, 0]], np.float32)
    expected = points_of_mesh(mesh) @ np.array([[0, 1], [-1, 0]], np.float32)
    np.testing.assert_allclose(points_of_mesh(quarter), expected, atol=1e-2)


def test_teachers_find_a_real_face(astronaut):
    landmarker = open_landmarker(load_model("full", "landmarks"), "cpu")[0]
    # a mesh that misses the face: the network's part alone
    teachers = FaceTeachers(landmarker, lambda _: None)
    first = landmarker(astronaut, [region_from_points(np.array([[180, 80], [270, 80], [225, 200]], np.float32))])
    face = teachers(astronaut, region_from_points(first.points[0]))
    assert face.confidence > 0.9 and np.isnan(face.mesh).all()
    assert np.linalg.norm(face.network[:, :2] - first.points[0][:, :2], axis=1).mean() < 6


def test_comparison_reports_each_teacher_where_they_agree():
    faces = [taught(0.0), taught(30.0)]
    truths = [face.network[:, :2] for face in faces]
    errors = compare_teachers(faces, truths)
    assert errors["network"].max() == 0 and errors["mesh"][1] == pytest.approx(2 * errors["mean"][1], rel=1e-4)
    assert "50.0%" in teacher_table(faces, errors, (3,))
