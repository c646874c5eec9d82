"""Faces in the types of supervision and pandas."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest

from runtime import (
    DependencyError,
    Face,
    OptionError,
    to_pandas,
    to_supervision_detections,
    to_supervision_keypoints,
)

CONVERTERS = [to_pandas, to_supervision_detections, to_supervision_keypoints]


@pytest.fixture(scope="module")
def faces(predictor, astronaut, grace_hopper):
    return [predictor(astronaut)[0], predictor(grace_hopper)[0]]


def tracked(faces):
    return [dataclasses.replace(face, track=number) for number, face in enumerate(faces, 4)]


class TestSupervision:
    @pytest.fixture(autouse=True)
    def supervision(self):
        return pytest.importorskip("supervision")

    def test_detections_have_boxes_confidence_and_pose(self, supervision, faces):
        found = to_supervision_detections(faces)
        assert isinstance(found, supervision.Detections) and len(found) == 2
        np.testing.assert_array_equal(found.xyxy, [face.box for face in faces])
        np.testing.assert_allclose(found.confidence, [face.confidence for face in faces], atol=1e-6)
        assert found.tracker_id is None and list(found["class_name"]) == ["face", "face"]
        np.testing.assert_allclose(found["yaw"], [face.pose.yaw for face in faces])

    def test_tracks_become_tracker_ids(self, faces):
        assert to_supervision_detections(tracked(faces)).tracker_id.tolist() == [4, 5]
        assert list(to_supervision_keypoints(tracked(faces)).data["track"]) == [4, 5]
        assert to_supervision_detections([*tracked(faces), faces[0]]).tracker_id is None

    def test_keypoints_have_the_points(self, supervision, faces):
        found = to_supervision_keypoints(faces)
        assert isinstance(found, supervision.KeyPoints) and found.xy.shape == (2, 68, 2)
        np.testing.assert_array_equal(found.xy, [face.landmarks[:, :2] for face in faces])
        np.testing.assert_allclose(found.data["face_confidence"], [face.confidence for face in faces], atol=1e-6)

    def test_supervision_draws_and_filters_them(self, supervision, faces, astronaut):
        drawn = supervision.VertexAnnotator().annotate(astronaut.copy(), to_supervision_keypoints(faces[:1]))
        x, y = np.rint(faces[0].landmarks[30, :2]).astype(int)
        assert (drawn[y, x] != astronaut[y, x]).any()
        drawn = supervision.BoxAnnotator().annotate(astronaut.copy(), to_supervision_detections(faces[:1]))
        assert (drawn != astronaut).any()
        found = to_supervision_detections(faces)
        assert len(found[found.confidence > 2]) == 0

    def test_no_faces_are_empty(self):
        assert len(to_supervision_detections([])) == len(to_supervision_keypoints([])) == 0


class TestPandas:
    @pytest.fixture(autouse=True)
    def pandas(self):
        return pytest.importorskip("pandas")

    def test_rows_are_faces_and_come_back(self, faces):
        given = [tracked(faces)[0], faces[1]]
        table = to_pandas(given)
        assert list(table.columns) == list(faces[0].to_row()) and len(table) == 2
        assert (str(table["track"].dtype), str(table["x0"].dtype), str(table["yaw"].dtype)) == (
            "Int64",
            "float32",
            "float64",
        )
        assert table["track"][0] == 4 and table["track"].isna().tolist() == [False, True]
        for row, face in zip(table.astype({"track": float}).to_dict("records"), given, strict=True):
            other = Face.from_row(row)
            np.testing.assert_array_equal(other.landmarks, face.landmarks)
            assert (other.pose, other.score, other.track) == (face.pose, face.score, face.track)

    def test_no_faces_are_a_table_without_rows(self, faces):
        table = to_pandas([])
        assert len(table) == 0 and list(table.columns) == list(faces[0].to_row())
        assert str(table["x0"].dtype) == "float32"


@pytest.mark.parametrize("convert", CONVERTERS)
def test_without_the_library_the_remedy_is_named(convert, faces, monkeypatch):
    name = "pandas" if convert is to_pandas else "supervision"
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(DependencyError, match=f"needs {name}, which does not load .*: pip install {name}"):
        convert(faces)


@pytest.mark.parametrize("convert", CONVERTERS)
def test_what_is_no_list_of_faces_is_refused(convert, faces):
    pytest.importorskip("pandas" if convert is to_pandas else "supervision")
    with pytest.raises(OptionError, match=r"of one face \[face\]"):
        convert(faces[0])
    with pytest.raises(OptionError, match="not of list"):
        convert([faces])
