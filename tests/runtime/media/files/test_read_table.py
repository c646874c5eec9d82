"""Tables come back as they were written, from every format."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from runtime import DependencyError, Face, OptionError, face_measures
from runtime.cli import main
from runtime.tables import (
    CsvWriter,
    ImageResult,
    JsonLinesWriter,
    JsonWriter,
    ParquetWriter,
    VideoFrameResult,
    read_table,
)

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    return predictor(astronaut)[0]


def assert_same(face, other):
    """Equal to the last bit."""
    np.testing.assert_array_equal(face.landmarks, other.landmarks)
    np.testing.assert_array_equal(face.box, other.box)
    assert face.landmarks.dtype == other.landmarks.dtype and face.box.dtype == other.box.dtype
    assert (face.score, face.confidence, face.pose, face.track) == (
        other.score,
        other.confidence,
        other.pose,
        other.track,
    )


class TestRows:
    @pytest.mark.parametrize("track", [None, 0, 41])
    def test_face_comes_back_from_its_row(self, face, track):
        face = dataclasses.replace(face, track=track)
        assert_same(Face.from_row(face.to_row()), face)

    def test_row_has_measures_and_points(self, face):
        row = face.to_row()
        assert list(row)[:10] == [
            "track", "score", "confidence", "left", "top", "right", "bottom", "yaw", "pitch", "roll",
        ]  # fmt: skip
        assert row["x30"] == face.landmarks[30, 0] and row["z67"] == face.landmarks[67, 2]
        assert {name: row[name] for name in list(row)[-7:]} == face_measures(face).to_dict()

    def test_what_a_dictionary_holds_comes_back(self, face):
        values = json.loads(json.dumps(dataclasses.replace(face, track=5).to_dict()))
        other = Face.from_dict(values)
        assert other.to_dict() == values
        np.testing.assert_allclose(other.landmarks, face.landmarks, atol=6e-4)

    @pytest.mark.parametrize("absent", [None, "", math.nan, "nan"])
    def test_absent_track_is_none(self, face, absent):
        assert Face.from_row(face.to_row() | {"track": absent}).track is None

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"x3": None}, "x3=None: a number is needed"),
            ({"yaw": "left"}, "yaw='left'"),
            ({"track": "1.5"}, "track='1.5': a whole number"),
        ],
    )
    def test_row_with_a_wrong_value_is_refused(self, face, change, said):
        with pytest.raises(OptionError, match=said):
            Face.from_row(face.to_row() | change)

    def test_missing_column_and_entries_are_named(self, face):
        row = face.to_row()
        del row["roll"]
        with pytest.raises(OptionError, match="there is no column 'roll'"):
            Face.from_row(row)
        values = face.to_dict()
        for given, said in (
            ({}, "pose"),
            (values | {"landmarks": [[1, 2, 3]]}, r"landmarks \(1, 3\)"),
            (values | {"box": "box"}, "from_dict"),
            ([], "not list"),
        ):
            with pytest.raises(OptionError, match=said):
                Face.from_dict(given)


def images(face):
    other = dataclasses.replace(face, landmarks=face.landmarks + np.float32(100.3))
    return [
        ImageResult("grüße, 妈妈.png", 512, 512, [face, other]),
        ImageResult("none.jpg", 20, 20),
        ImageResult("b.jpg", 512, 512, [face]),
    ]


def frames(face):
    return [
        VideoFrameResult(0, 0.0, [dataclasses.replace(face, track=0)]),
        VideoFrameResult(1, 1 / 3, [face, dataclasses.replace(face, track=2)]),
        VideoFrameResult(2, 2 / 3, []),
    ]


def write(path, kind, results):
    json_writer = JsonWriter if kind is ImageResult else JsonLinesWriter
    open_writer = {".csv": CsvWriter, ".parquet": ParquetWriter}.get(path.suffix)
    with open_writer(path, kind) if open_writer else json_writer(path) as writer:
        for result in results:
            writer.write(result)


@pytest.mark.parametrize("ending", ["json", "csv", "parquet"])
@pytest.mark.parametrize("kind", [ImageResult, VideoFrameResult])
def test_every_format_gives_the_same_rows(tmp_path, face, kind, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    if kind is VideoFrameResult and ending == "json":
        ending = "jsonl"
    results = (images if kind is ImageResult else frames)(face)
    path = tmp_path / f"faces.{ending}"
    write(path, kind, results)
    rows = read_table(path)
    expected = [(result, index, face) for result in results for index, face in enumerate(result.faces)]
    assert len(rows) == 3
    for row, (result, index, found) in zip(rows, expected, strict=True):
        assert row.index == index
        if kind is ImageResult:
            assert (row.image, row.frame, row.time) == (result.image, None, None)
        else:
            assert (row.image, row.frame) == (None, result.frame)
            assert row.time == (result.time if ending == "parquet" else round(result.time, 4))
        if ending == "parquet":
            assert_same(row.face, found)
        else:
            assert row.face.to_dict() == found.to_dict()


@pytest.mark.parametrize("kind", [ImageResult, VideoFrameResult])
def test_what_was_read_writes_the_same_csv_again_but_for_measures(tmp_path, face, kind):
    """Measures are computed anew, from rounded points."""
    path, again = tmp_path / "faces.csv", tmp_path / "again.csv"
    write(path, kind, (images if kind is ImageResult else frames)(face))
    groups = itertools.groupby(read_table(path), key=lambda row: (row.image, row.frame, row.time))
    found = [(origin, [row.face for row in rows]) for origin, rows in groups]
    if kind is ImageResult:
        write(again, kind, [ImageResult(image, 512, 512, faces) for (image, _, _), faces in found])
    else:
        write(again, kind, [VideoFrameResult(frame, time, faces) for (_, frame, time), faces in found])
    old, new = (list(csv.reader(file.read_text(encoding="utf-8").splitlines())) for file in (path, again))
    assert [row[:-7] for row in new] == [row[:-7] for row in old]
    np.testing.assert_allclose(
        np.float64([row[-7:] for row in new[1:]]), [[float(v) for v in r[-7:]] for r in old[1:]], atol=2e-4
    )


class TestParquet:
    @pytest.fixture(autouse=True)
    def parquet(self):
        return pytest.importorskip("pyarrow.parquet")

    def test_has_types_and_a_version(self, parquet, tmp_path, face):
        write(tmp_path / "f.parquet", VideoFrameResult, frames(face))
        schema = parquet.read_schema(tmp_path / "f.parquet")
        types = {field.name: str(field.type) for field in schema}
        assert (types["frame"], types["time"], types["track"]) == ("int64", "double", "int64")
        assert (types["x0"], types["left"], types["yaw"], types["mouth_width"]) == (
            "float",
            "float",
            "double",
            "double",
        )
        assert schema.metadata[b"edge_landmarks"] == b'{"schema": 1}'
        assert [field.name for field in schema if field.nullable] == ["track"]

    def test_columns_are_those_of_csv(self, parquet, tmp_path, face):
        for kind, results in ((ImageResult, images(face)), (VideoFrameResult, frames(face))):
            write(tmp_path / "f.parquet", kind, results)
            write(tmp_path / "f.csv", kind, results)
            names = (tmp_path / "f.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
            assert parquet.read_schema(tmp_path / "f.parquet").names == names

    def test_old_file_stays_until_the_new_one_is_whole(self, tmp_path, face):
        path = tmp_path / "f.parquet"
        path.write_text("old")
        writer = ParquetWriter(path, ImageResult)
        writer.write(images(face)[0])
        assert path.read_text() == "old"
        writer.close()
        writer.close()
        assert len(read_table(path)) == 2 and list(tmp_path.iterdir()) == [path]

    def test_many_rows_are_written_in_groups(self, parquet, tmp_path, face):
        with ParquetWriter(tmp_path / "f.parquet", VideoFrameResult) as writer:
            for index in range(0, 2100, 3):
                writer.write(VideoFrameResult(index, index / 30, [face] * 3))
        assert parquet.ParquetFile(tmp_path / "f.parquet").num_row_groups == 2
        assert len(read_table(tmp_path / "f.parquet")) == 2100

    def test_table_without_faces_is_a_table(self, tmp_path):
        write(tmp_path / "f.parquet", ImageResult, [])
        assert read_table(tmp_path / "f.parquet") == []

    def test_name_that_is_not_unicode_is_escaped(self, tmp_path, face):
        write(tmp_path / "f.parquet", ImageResult, [ImageResult(os.fsdecode(b"latin-1 \xe9.jpg"), 9, 9, [face])])
        assert read_table(tmp_path / "f.parquet")[0].image == r"latin-1 \udce9.jpg"

    def test_standard_output_and_damaged_files_are_refused(self, tmp_path):
        with pytest.raises(OptionError, match="Parquet needs a file"):
            ParquetWriter("-", ImageResult)
        (tmp_path / "f.parquet").write_bytes(b"PAR1 no table")
        with pytest.raises(OptionError, match="no table of faces"):
            read_table(tmp_path / "f.parquet")

    def test_damage_anywhere_is_refused_or_changes_nothing_but_numbers(self, tmp_path, face):
        write(tmp_path / "f.parquet", ImageResult, [ImageResult("a.png", 9, 9, [face])])
        whole = (tmp_path / "f.parquet").read_bytes()
        refused = 0
        for place in range(4, len(whole), max(1, len(whole) // 150)):
            (tmp_path / "f.parquet").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
            try:
                assert len(read_table(tmp_path / "f.parquet")) <= 1
            except OptionError as error:
                refused += "no table of faces" in str(error)
        assert refused > 20

    def test_absent_file_stays_an_error_of_the_system(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            read_table(tmp_path / "absent.parquet")

    def test_commands_write_it(self, tmp_path, monkeypatch, astronaut, capsys):
        monkeypatch.chdir(tmp_path)
        cv2.imwrite("a.png", astronaut)
        assert main(["predict", "a.png", "--no-picture", "--parquet", "f.parquet", "--csv", "f.csv"]) == 0
        [row], [rounded] = read_table("f.parquet"), read_table("f.csv")
        assert row.image == "a.png" and row.face.to_dict() == rounded.face.to_dict()
        clip = cv2.VideoWriter("a.avi", cv2.VideoWriter.fourcc(*"MJPG"), 20, (512, 512))
        for _ in range(4):
            clip.write(astronaut)
        clip.release()
        assert main(["video", "a.avi", "b.avi", "--parquet", "v.parquet"]) == 0
        rows = read_table("v.parquet")
        assert [(each.frame, each.time, each.face.track) for each in rows] == [
            (index, pytest.approx(index / 20), 0) for index in range(4)
        ]

    @pytest.mark.parametrize("given", ["-", "a.png", ""])
    def test_commands_refuse_what_is_no_table(self, tmp_path, monkeypatch, astronaut, capsys, given):
        monkeypatch.chdir(tmp_path)
        cv2.imwrite("a.png", astronaut)
        assert main(["predict", "a.png", "--parquet", given]) == 2
        assert "--parquet" in capsys.readouterr().err


def test_without_pyarrow_the_remedy_is_named(tmp_path):
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from runtime.cli import main\n"
        "raise SystemExit(main(['predict', 'a.png', '--parquet', 'f.parquet']))"
    )
    (tmp_path / "a.png").write_bytes(b"no picture")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Parquet needs pyarrow" in done.stderr and "pip install 'edge-landmarks[parquet]'" in done.stderr
    assert issubclass(DependencyError, ImportError)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("f.txt", "", "ends in .json, .jsonl, .csv, .parquet"),
        ("f.json", "{", "no table of faces, after 0 faces"),
        ("f.json", "[1]", "no table of faces"),
        ("f.json", '[{"image": "a.jpg", "faces": [{}]}]', "from_dict"),
        ("f.csv", "image,face,score\na.jpg,0,0.5\n", "there is no column 'confidence'"),
        ("f.csv", "a,b\n1,2\n", "there is no 'face'"),
    ],
)
def test_file_that_is_no_table_is_refused(tmp_path, name, content, said):
    (tmp_path / name).write_text(content)
    with pytest.raises(OptionError, match=said):
        read_table(tmp_path / name)
