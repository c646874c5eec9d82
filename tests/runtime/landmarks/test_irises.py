"""Irises of real faces: where they are, what they say, and that they cost nothing where nobody asks."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest

from runtime import Detection, Face, Iris, Irises, ModelError, OptionError, Predictor, Style, draw_faces, iris_distance
from runtime.engine import load_model, open_session
from runtime.landmarks import IrisFinder
from runtime.tables import CsvWriter, ImageResult, JsonWriter, ParquetWriter, read_table


@pytest.fixture(scope="module")
def finder():
    with Predictor(irises=True) as predictor:
        yield predictor


@pytest.fixture(scope="module")
def face(finder, astronaut):
    [face] = finder(astronaut)
    return face


def centres(irises):
    return np.array([[irises.right.x, irises.right.y], [irises.left.x, irises.left.y]])


def test_irises_lie_in_their_eyes(face):
    for iris, part in ((face.irises.right, "right_eye"), (face.irises.left, "left_eye")):
        low, high = face.part(part)[:, :2].min(axis=0), face.part(part)[:, :2].max(axis=0)
        assert low[0] < iris.x < high[0] and low[1] - 1 < iris.y < high[1] + 1
        assert 7 < iris.diameter < 9


def test_people_who_look_into_the_camera(face, finder, grace_hopper):
    for each in (face, *finder(grace_hopper)):
        assert abs(each.irises.gaze_yaw) < 8 and abs(each.irises.gaze_pitch) < 8


def test_mirror_image_has_mirrored_irises(face, finder, astronaut):
    [mirrored] = finder(np.ascontiguousarray(astronaut[:, ::-1]))
    expected = centres(face.irises)[::-1] * (-1, 1) + (511, 0)
    assert np.abs(centres(mirrored.irises) - expected).max() < 1
    assert mirrored.irises.gaze_yaw == pytest.approx(-face.irises.gaze_yaw, abs=5)


def test_report_names_the_iris_network(finder, predictor):
    report = finder.report()
    assert report.irises.model == "iris" and report.irises.file.endswith("iris.onnx")
    assert report.irises.providers == report.landmarks.providers and report.iris_license == "Apache-2.0"
    assert report.to_dict()["irises"]["device"] == report.landmarks.device
    assert predictor.report().irises is None and predictor.report().iris_license is None


def test_same_faces_without_irises(face, predictor, astronaut):
    [plain] = predictor(astronaut)
    assert plain.irises is None and "irises" not in plain.to_dict() and "gaze_yaw" not in plain.to_row()
    assert plain.to_dict() == dataclasses.replace(face, irises=None).to_dict()


def test_every_way_of_finding_faces_gives_them(face, finder, astronaut, grace_hopper):
    both = finder.batch([astronaut, grace_hopper])
    assert np.abs(centres(both[0][0].irises) - centres(face.irises)).max() < 0.1 and both[1][0].irises is not None
    [detections] = finder.detect([astronaut])
    [[located]] = finder.landmarks([astronaut], [detections])
    assert np.abs(centres(located.irises) - centres(face.irises)).max() < 0.1
    [(_, [followed])] = finder.stream([astronaut])
    assert np.abs(centres(followed.irises) - centres(face.irises)).max() < 0.5
    assert finder.batch([np.zeros((60, 80, 3), np.uint8)]) == [[]]


def test_a_frame_with_more_faces_than_go_through_the_network_at_once(finder, astronaut, face):
    [faces] = finder.landmarks([astronaut], [[Detection.from_keypoints(face.five_points())] * 6])
    assert len({each.irises.diameter for each in faces}) >= 1 and all(each.irises is not None for each in faces)


def test_gaze_follows_the_irises(face):
    from runtime.landmarks.gaze import gaze_direction

    eyes = face.irises.right, face.irises.left
    moved = [dataclasses.replace(each, x=each.x + 2, y=each.y - 1) for each in eyes]
    before, after = gaze_direction(face, *eyes), gaze_direction(face, *moved)
    assert after[0] > before[0] + 5 and after[1] > before[1] + 2
    far = [dataclasses.replace(each, x=each.x + 1000) for each in eyes]
    assert gaze_direction(face, *far)[0] == pytest.approx(90, abs=1)


def test_points_that_are_not_finite_have_no_irises(finder, face, astronaut):
    broken = dataclasses.replace(face, landmarks=np.full((68, 3), np.nan, np.float32))
    assert finder._networks().irises([astronaut, astronaut], [broken, face])[0] is None


def test_distance_is_inversely_proportional_to_the_diameter(face, astronaut):
    near = iris_distance(face, astronaut.shape)
    assert 600 < near < 900
    assert (
        iris_distance(face, astronaut.shape, np.diag([1024.0, 1024, 1]) + [[0, 0, 256], [0, 0, 256], [0, 0, 0]]) > near
    )
    assert iris_distance(face, astronaut.shape, iris_diameter=5.85) == pytest.approx(near / 2)
    with pytest.raises(OptionError, match=r"Predictor\(irises=True\)"):
        iris_distance(dataclasses.replace(face, irises=None), astronaut.shape)
    with pytest.raises(OptionError, match="iris_diameter=0"):
        iris_distance(face, astronaut.shape, iris_diameter=0)


def test_survives_dictionary_row_and_pickle(face):
    assert Face.from_dict(face.to_dict()).to_dict() == face.to_dict()
    assert Face.from_row(face.to_row()).irises == face.irises
    assert pickle.loads(pickle.dumps(face)).irises == face.irises
    nowhere = dataclasses.replace(face.irises, gaze_yaw=math.nan, gaze_pitch=math.nan)
    assert math.isnan(Irises.from_dict(nowhere.to_dict()).gaze_yaw)
    with pytest.raises(OptionError, match="irises: none as to_dict gives them"):
        Irises.from_dict({"right": {}})
    with pytest.raises(OptionError, match="diameter='a'"):
        Iris(1.0, 2.0, "a")  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["json", "csv", "parquet"])
def test_tables_hold_them_beside_faces_without(tmp_path, face, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"faces.{ending}"
    makers = {
        "json": JsonWriter,
        "csv": lambda path: CsvWriter(path, ImageResult, irises=True),
        "parquet": lambda path: ParquetWriter(path, ImageResult, irises=True),
    }
    with makers[ending](path) as writer:
        writer.write(ImageResult("a.png", 512, 512, [face, dataclasses.replace(face, irises=None)]))
    first, second = (row.face.irises for row in read_table(path))
    assert second is None and first.right.x == pytest.approx(face.irises.right.x, abs=0.001)
    assert first.gaze_yaw == pytest.approx(face.irises.gaze_yaw, abs=0.01)


def test_irises_are_drawn(face, astronaut):
    only = dict.fromkeys(("contours", "points", "box", "confidence", "track", "axes"), False)
    drawn = draw_faces(astronaut, face, Style(**only))
    rows, columns = np.nonzero((drawn != astronaut).any(axis=2))
    assert rows.size and (abs(rows - face.irises.right.y) < 40).all() and columns.min() > 150 and columns.max() < 300
    assert (draw_faces(astronaut, face, Style(**only, irises=False)) == astronaut).all()


def test_another_network_is_refused():
    with pytest.raises(ModelError, match="not the iris network"):
        IrisFinder(open_session(load_model("full", "landmarks"), "cpu", 1, None))
