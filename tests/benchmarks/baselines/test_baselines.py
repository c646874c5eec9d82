"""The comparison is fair: everyone sees the same face, finds it, and is timed over the same frames."""

from __future__ import annotations

import csv
import json
import sys

import cv2
import numpy as np
import pytest
import torch

from benchmarks.baselines import measure as measuring
from benchmarks.baselines.__main__ import main
from benchmarks.baselines.accuracy import measure, nearest
from benchmarks.baselines.catalogue import CONTENDERS, choose
from benchmarks.baselines.measure import TURN, ContenderResult, compare_contenders, last_frame, open_pipelines
from benchmarks.baselines.pictures import draw_comparison, draw_points
from benchmarks.baselines.pipelines import environment
from benchmarks.baselines.pipelines.anchors import AnchorDecoder
from benchmarks.baselines.pipelines.blazeface_torch import BlazeFaceNetwork
from benchmarks.baselines.pipelines.contender import Contender, ContenderMissingError
from benchmarks.baselines.pipelines.litert import LiteRtNetwork, MediaPipeGraphs
from benchmarks.baselines.pipelines.local_video import LocalVideoPipeline
from benchmarks.baselines.pipelines.remote_video import RemoteVideoPipeline
from benchmarks.baselines.report import table, time_over_ours
from benchmarks.baselines.scene import moving_face
from benchmarks.threads import one_thread
from export.annotations.samples import list_samples
from export.pretrained.blazeface import DETECTORS
from export.pretrained.tflite_file import find_packaged, read_graph
from runtime.bench.timing import Times, latency
from runtime.detection.letterbox import letterbox_image

PLAYED = {"every frame": 2, "when lost": 20, "twice a second": 20}
"""Frames by schedule: where faces are followed, more than the half second in which the detector runs once."""


@pytest.fixture(scope="module", autouse=True)
def single_thread():
    """As the comparison does; threads of PyTorch that wait for each other take all of a busy machine."""
    with one_thread():
        yield


@pytest.fixture(scope="module")
def video():
    return moving_face()


@pytest.fixture(scope="module")
def references(video):
    """By schedule our own points in the last frame that is played, and the distance of its outer eye corners."""
    ours = choose(["ours"])[0].open(video)
    found = {}
    for schedule, frames in PLAYED.items():
        [points] = ours.predict(video[frames - 1])
        found[schedule] = points, float(np.linalg.norm(points[36] - points[45]))
    ours.close()
    return found


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.key)
def test_every_pipeline_finds_the_face(contender, video, references):
    try:
        opened = contender.open(video)
    except ContenderMissingError as error:
        pytest.skip(str(error))
    frames = PLAYED[contender.schedule]
    assert len(opened.play(frames)) == frames
    found = opened.points()
    opened.close()
    points, eyes = references[contender.schedule]
    assert len(found) == 1
    assert found[0].shape == (68, 2)
    # the study's crop is twice the box, and what its network has learnt is another's: it is the farthest
    assert np.linalg.norm(found[0] - points, axis=1).mean() < 0.15 * eyes


def test_video_moves_and_is_a_loop(video):
    steps = [np.abs(video[index].astype(int) - video[index - 1]).mean() for index in range(len(video))]
    assert min(steps) > 0
    assert steps[0] < 2 * max(steps[1:])  # from the last frame to the first


def test_video_has_the_size_of_a_web_camera_and_one_face(video, predictor):
    assert video.shape == (60, 480, 640, 3)
    faces = [predictor(frame) for frame in video[::10]]
    assert [len(each) for each in faces] == [1] * 6
    x = [each[0].landmarks[:, 0].mean() for each in faces]
    assert max(x) - min(x) > 30  # tracking has something to do


def test_mediapipe_pipeline_detects_only_while_there_is_no_face(video):
    pipeline, detections = MediaPipeGraphs("blazeface-short", follow=True), []
    detect = pipeline._detector

    def counted(frame):
        detections.append(len(frame))
        return detect(frame)

    pipeline._detector = counted
    for frame in video[:5]:
        assert len(pipeline(frame)) == 1
    assert len(detections) == 1
    nobody = np.zeros_like(video[0])
    assert pipeline(nobody) == []  # the face is gone
    assert len(detections) == 1
    pipeline(nobody)
    pipeline(video[5])
    assert len(detections) == 3
    pipeline(video[6])
    assert len(detections) == 3


@pytest.mark.parametrize("name", DETECTORS)
def test_blazeface_in_torch_computes_what_litert_computes(name, video):
    source = DETECTORS[name]
    path = find_packaged(source.file)
    pixels = letterbox_image(video[0], source.input_size).pixels
    regressions, logits = sorted(LiteRtNetwork(path, -1, 1).run(pixels), key=lambda output: -output.shape[-1])
    rgb = np.ascontiguousarray(pixels[..., ::-1].transpose(2, 0, 1))[None]
    with torch.inference_mode():
        ours = BlazeFaceNetwork(read_graph(path)).eval()(torch.from_numpy(rgb).float() / 127.5 - 1)
    np.testing.assert_allclose(ours[0].numpy(), regressions, rtol=1e-5, atol=2e-3)
    np.testing.assert_allclose(ours[1].numpy(), logits, rtol=1e-5, atol=2e-3)


def test_decoder_gives_nothing_where_no_anchor_passes(video):
    source = DETECTORS["blazeface-short"]
    anchors = 896
    corners, keypoints = AnchorDecoder(source, 0.5)(
        np.zeros((anchors, 16), np.float32),
        np.full(anchors, -1, np.float32),
        letterbox_image(video[0], source.input_size),
    )
    assert corners.shape == (0, 2, 2) and keypoints.shape == (0, 6, 2)


def test_unknown_contender_is_named():
    with pytest.raises(ValueError, match="no contender 'yolo'; there are ours, "):
        choose(["yolo"])


def test_every_pipeline_is_compared_with_ours_of_the_same_schedule():
    schedules = {contender.key: contender.schedule for contender in CONTENDERS}
    assert [schedules[contender.against] for contender in CONTENDERS] == [
        contender.schedule for contender in CONTENDERS
    ]
    assert all(contender.against.startswith("ours") for contender in CONTENDERS)


def test_missing_environment_says_what_to_run(video, monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "FOLDER", tmp_path)
    with pytest.raises(ContenderMissingError, match=r"run `python -m benchmarks\.baselines\.pipelines\.environment`"):
        RemoteVideoPipeline(video, "dlib", "every frame")


def test_worker_that_fails_gives_its_reason(video):
    if not environment.environment_python().is_file():
        pytest.skip("no .venv-baselines: run `python -m benchmarks.baselines.pipelines.environment`")
    with pytest.raises(ContenderMissingError, match="KeyError: 'no such pipeline'"):
        RemoteVideoPipeline(video, "no such pipeline", "every frame")


# accuracy


def face_at(x, y, size=100.0):
    """68 points whose outer eye corners lie 0.6 sizes apart."""
    points = np.random.default_rng(0).uniform(0, size, (68, 2))
    points[36], points[45] = (0.2 * size, 0.4 * size), (0.8 * size, 0.4 * size)
    return (points + (x, y)).astype(np.float32)


def test_of_two_faces_the_annotated_one_counts():
    truth = face_at(50, 50)
    assert nearest([face_at(400, 50), truth + 1], truth) is not None
    np.testing.assert_array_equal(nearest([face_at(400, 50), truth + 1], truth), truth + 1)


def test_a_neighbour_is_not_the_annotated_face():
    assert nearest([face_at(400, 50)], face_at(50, 50)) is None
    assert nearest([], face_at(50, 50)) is None


@pytest.fixture
def annotated(tmp_path):
    """Four annotated pictures, told apart by their gray."""
    for index in range(4):
        cv2.imwrite(str(tmp_path / f"{index}.png"), np.full((200, 200, 3), 50 * index, np.uint8))
        rows = "\n".join(f"{x + 1} {y + 1}" for x, y in face_at(50, 50))
        (tmp_path / f"{index}.pts").write_text(f"version: 1\nn_points: 68\n{{\n{rows}\n}}\n")
    return list_samples(tmp_path)


def test_accuracy_counts_faces_that_were_not_found(annotated, video):
    answers = {0: [], 50: [face_at(50, 50)], 100: [face_at(53, 50)], 150: [face_at(62, 50)]}
    pipeline = LocalVideoPipeline(video, lambda picture: answers[int(picture[0, 0, 0])])
    accuracy = measure(pipeline, annotated, "")
    assert accuracy.faces == 4
    assert accuracy.found == 0.75
    assert accuracy.nme == pytest.approx((0 + 5 + 20) / 3, abs=1e-3)  # 3 and 12 of 60 pixels
    assert accuracy.well == 0.5


def test_accuracy_of_a_pipeline_that_finds_nothing_is_no_number(annotated, video):
    accuracy = measure(LocalVideoPipeline(video, lambda picture: []), annotated, "")
    assert accuracy.found == accuracy.well == 0 and np.isnan(accuracy.nme)


# the run


def contender(key, schedule, pipeline, against="ours"):
    return Contender(
        key, f"pipeline {key}", "nothing", schedule, "", against, lambda video: LocalVideoPipeline(video, pipeline)
    )


def test_all_pipelines_play_the_same_frames(video):
    seen = {"a": [], "b": []}

    def remember(key):
        def pipeline(frame):
            seen[key].append(frame[0, 0].tolist())
            return [face_at(1, 1)]

        return pipeline

    with open_pipelines([contender(key, "every frame", remember(key)) for key in seen], video) as pipelines:
        outcomes = compare_contenders(pipelines, rounds=3, faces={})
    assert seen["a"] == seen["b"]
    assert seen["a"][-1] == video[last_frame(3, len(video))][0, 0].tolist()
    assert [item.times.wall.rounds for item in outcomes] == [3 * TURN, 3 * TURN]


def test_what_is_not_installed_is_left_out_with_a_warning(video, caplog):
    def missing(video):
        raise ContenderMissingError("run this")

    there = contender("a", "every frame", lambda frame: [])
    with open_pipelines([Contender("b", "B", "", "every frame", "", "ours", missing), there], video) as pipelines:
        assert list(pipelines) == [there]
    assert "left out: B, run this" in caplog.text


def both(milliseconds):
    return Times(*[latency([milliseconds / 1000] * 30, TURN)] * 2)


@pytest.fixture
def outcomes():
    """Ours takes 2 ms, another 10 ms; tracking 1 ms."""
    keys = {
        "ours": ("every frame", 2, "ours"),
        "other": ("every frame", 10, "ours"),
        "ours-tracking": ("when lost", 1, "ours-tracking"),
    }
    return [
        ContenderResult(contender(key, schedule, list, against), both(milliseconds), {}, [face_at(100, 100)])
        for key, (schedule, milliseconds, against) in keys.items()
    ]


def test_time_is_told_in_times_of_ours_of_the_same_schedule(outcomes):
    assert [time_over_ours(item, outcomes) for item in outcomes] == pytest.approx([1, 5, 1])
    assert time_over_ours(outcomes[1], outcomes[1:]) is None
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table(outcomes).splitlines()[2:5]]
    assert [(row[0], row[6]) for row in cells] == [
        ("pipeline ours", "1.00"),
        ("pipeline other", "5.00"),
        ("pipeline ours-tracking", "1.00"),
    ]


def test_pictures_show_bars_and_points(outcomes, video, tmp_path):
    draw_comparison(outcomes, tmp_path / "bars.png")
    bars = cv2.imread(str(tmp_path / "bars.png"))
    assert (bars == (180, 119, 31)).all(axis=2).sum() > 1000  # matplotlib's blue: ours
    draw_points(video[0], outcomes, tmp_path / "points.png")
    points = cv2.imread(str(tmp_path / "points.png"))
    assert points.shape == (320, 960, 3)
    assert (points == (60, 255, 60)).all(axis=2).sum() > 3 * 68


def test_one_command_writes_table_csv_json_and_picture(tmp_path, monkeypatch, capsys):
    options = ["--rounds", "1", "--only", "ours-short", "litert-short", "--faces", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["baselines", *options])
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(measuring, "WARM_UP_CALLS", 1)
    main()
    printed = capsys.readouterr().out
    assert "| ours, full" in printed and "| MediaPipe's graphs (short)" in printed
    [whole], [flat], [picture] = (list(tmp_path.glob(f"baselines_*.{kind}")) for kind in ("json", "csv", "png"))
    rows = json.loads(whole.read_text())["rows"]
    assert [row["key"] for row in rows] == ["ours-short", "litert-short"]
    with flat.open(newline="") as file:
        assert [float(row["fps"]) for row in csv.DictReader(file)] == [row["fps"] for row in rows]
    assert cv2.imread(str(picture)) is not None
