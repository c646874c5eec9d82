"""Results on disk: readable by others, and never lost."""

from __future__ import annotations

import csv
import dataclasses
import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from runtime.faces import Face, Pose
from runtime.media.files.result_tables import (
    CsvWriter,
    ImageResult,
    JsonLinesWriter,
    JsonWriter,
    VideoFrameResult,
    table_columns,
)

coordinates = st.floats(-1e4, 1e4, width=32)
faces = st.builds(
    Face,
    landmarks=st_numpy.arrays(np.float32, (68, 3), elements=coordinates),
    box=st_numpy.arrays(np.float32, (4,), elements=coordinates),
    score=st.floats(0, 1),
    confidence=st.floats(0, 1),
    pose=st.builds(Pose, *[st.floats(-180, 180)] * 3),
)
FACE = Face(np.arange(204, dtype=np.float32).reshape(68, 3), np.float32([1, 2, 3, 4]), 0.9, 0.8, Pose(10, 20, 30))
NAMES = [
    "photo.jpg",
    "grüße an 妈妈.png",
    'quote " comma , and\nnew line.jpg',
    os.fsdecode(b"latin-1 \xe9.jpg"),
]


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_json_is_one_document_with_an_object_per_image(tmp_path):
    with JsonWriter(tmp_path / "faces.json") as writer:
        writer.write(ImageResult("a.jpg", 640, 480, [FACE, FACE]))
        writer.write(ImageResult("b.jpg", error="b.jpg is empty"))
    assert json.loads((tmp_path / "faces.json").read_text()) == [
        {"image": "a.jpg", "width": 640, "height": 480, "faces": [FACE.to_dict()] * 2, "error": None},
        {"image": "b.jpg", "width": 0, "height": 0, "faces": [], "error": "b.jpg is empty"},
    ]


def test_json_is_valid_at_every_moment(tmp_path):
    """Nothing closes the file here, as when a run is killed."""
    writer = JsonWriter(tmp_path / "faces.json")
    for count in range(4):
        assert len(json.loads((tmp_path / "faces.json").read_text())) == count
        writer.write(ImageResult(f"{count}.jpg", 640, 480, [FACE]))
    assert [each["image"] for each in json.loads((tmp_path / "faces.json").read_text())] == [
        "0.jpg", "1.jpg", "2.jpg", "3.jpg",
    ]  # fmt: skip


def test_json_lines_has_a_line_per_frame(tmp_path):
    writer = JsonLinesWriter(tmp_path / "faces.jsonl")
    writer.write(VideoFrameResult(0, 0.0, [FACE]))
    writer.write(VideoFrameResult(1, 0.04, []))
    lines = (tmp_path / "faces.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"frame": 0, "time": 0.0, "faces": [FACE.to_dict()]},
        {"frame": 1, "time": 0.04, "faces": []},
    ]


def test_csv_has_a_row_per_face(tmp_path):
    writer = CsvWriter(tmp_path / "faces.csv", ImageResult)
    writer.write(ImageResult("two.jpg", 640, 480, [FACE, FACE]))
    writer.write(ImageResult("none.jpg", 640, 480))
    writer.write(ImageResult("broken.jpg", error="broken"))
    rows = read_csv(tmp_path / "faces.csv")
    assert [(row["image"], row["face"]) for row in rows] == [("two.jpg", "0"), ("two.jpg", "1")]
    assert list(rows[0]) == ["image", "face", *list(FACE.to_row())[1:]]
    assert len(set(rows[0])) == 1 + 1 + 2 + 4 + 3 + 68 * 3 + 7
    assert [column.name for column in table_columns(ImageResult)] == list(rows[0])


def test_csv_of_a_video_has_frame_and_time(tmp_path):
    with CsvWriter(tmp_path / "faces.csv", VideoFrameResult) as writer:
        writer.write(VideoFrameResult(3, 0.12, [FACE]))
    (row,) = read_csv(tmp_path / "faces.csv")
    assert list(row)[:3] == ["frame", "time", "face"]
    assert (row["frame"], row["time"]) == ("3", "0.12")


def test_csv_of_a_video_has_the_track(tmp_path):
    followed = dataclasses.replace(FACE, track=7)
    with CsvWriter(tmp_path / "faces.csv", VideoFrameResult) as writer:
        writer.write(VideoFrameResult(0, 0.0, [followed, FACE]))
    rows = read_csv(tmp_path / "faces.csv")
    assert [(row["face"], row["track"]) for row in rows] == [("0", "7"), ("1", "")]
    assert [float(row["z67"]) for row in rows] == [pytest.approx(FACE.landmarks[67, 2], abs=6e-4)] * 2


@given(faces)
@settings(max_examples=20, deadline=None)
def test_csv_and_json_hold_the_numbers_of_the_face(tmp_path_factory, face):
    folder = tmp_path_factory.mktemp("results")
    result = ImageResult("a.jpg", 640, 480, [face])
    with JsonWriter(folder / "f.json") as json_writer, CsvWriter(folder / "f.csv", ImageResult) as csv_writer:
        json_writer.write(result)
        csv_writer.write(result)
    (row,) = read_csv(folder / "f.csv")
    (image,) = json.loads((folder / "f.json").read_text())
    landmarks = [[float(row[f"{axis}{number}"]) for axis in "xyz"] for number in range(68)]
    np.testing.assert_allclose(landmarks, face.landmarks, rtol=0, atol=6e-4)
    assert image["faces"][0]["landmarks"] == landmarks
    assert [float(row[name]) for name in ("left", "top", "right", "bottom")] == image["faces"][0]["box"]
    assert {name: float(row[name]) for name in ("yaw", "pitch", "roll")} == image["faces"][0]["pose"]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_name_survives_in_json(tmp_path, name):
    with JsonWriter(tmp_path / "faces.json") as writer:
        writer.write(ImageResult(name))
    assert json.loads((tmp_path / "faces.json").read_text(encoding="utf-8"))[0]["image"] == name


@pytest.mark.parametrize("name", NAMES[:-1])
def test_any_name_in_unicode_survives_in_csv(tmp_path, name):
    with CsvWriter(tmp_path / "faces.csv", ImageResult) as writer:
        writer.write(ImageResult(name, 640, 480, [FACE]))
    assert read_csv(tmp_path / "faces.csv")[0]["image"] == name


def test_name_that_is_not_unicode_is_escaped_in_csv(tmp_path):
    with CsvWriter(tmp_path / "faces.csv", ImageResult) as writer:
        writer.write(ImageResult(NAMES[-1], 640, 480, [FACE]))
    assert read_csv(tmp_path / "faces.csv")[0]["image"] == r"latin-1 \udce9.jpg"


def test_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        JsonWriter(tmp_path / "nowhere" / "faces.json")
