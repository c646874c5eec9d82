"""Arguments of a wrong type or value: an error of this library that names what was given, never a bare TypeError."""

from __future__ import annotations

import math
import os
import re
from fractions import Fraction

import cv2
import numpy as np
import pytest

import runtime
from runtime import (
    BlinkConfig,
    BlinkDetector,
    CameraFormat,
    Frame,
    ImageError,
    LandmarksError,
    OneEuroFilter,
    OptionError,
    Perclos,
    PoseHistory,
    Predictor,
    SmoothingConfig,
    Style,
    Tracker,
    TrackingConfig,
    VideoError,
    VideoSink,
    VideoSource,
    draw_faces,
    eye_opening,
    list_models,
    mouth_opening,
    tables,
)
from runtime.cli import main
from runtime.pipeline import Selection

NOTHING = object()
NO_NUMBERS = [True, "", "x", "0.5", b"x", [], {}, (1, 2), NOTHING, math.nan, -1, math.inf]
"""Wrong wherever a number from 0 on is wanted."""


def named(value):
    """A name of a test that is the same in every process."""
    return "object" if value is NOTHING else "list" if value == [NOTHING] else repr(value)


NUMBERS = {
    Predictor: ["max_faces", "min_score", "min_confidence", "threads", "detector_size", "retry_size", "passes"],
    TrackingConfig: ["detect_every", "keep_lost", "max_overlap", "cut"],
    SmoothingConfig: ["min_cutoff", "beta", "derivative_cutoff", "min_speed"],
    CameraFormat: ["width", "height", "fps"],
    Style: ["scale"],
    BlinkConfig: ["closed", "opened", "max_seconds"],
    PoseHistory: ["seconds"],
    Perclos: ["window", "closure"],
}
OTHERS = {
    Predictor: ["model", "detector", "device", "providers", "order", "cache", "tuning", "mirror", "irises"],
    TrackingConfig: ["smoothing"],
    Style: ["colours", "frame_colour"],
    BlinkDetector: ["config"],
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NUMBERS.items() for name in names])
@pytest.mark.parametrize("value", NO_NUMBERS, ids=named)
def test_number_is_wanted(kind, name, value):
    with pytest.raises(OptionError) as caught:
        kind(**{name: value})
    words = str(caught.value)
    assert repr(value) in words and (name in words or "input_size" in words)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in OTHERS.items() for name in names])
@pytest.mark.parametrize("value", [5, 1.5, b"x", [NOTHING], {"a": 1}, NOTHING, np.float32(0.5)], ids=named)
def test_something_else_is_wanted(kind, name, value):
    with pytest.raises(LandmarksError) as caught:
        kind(**{name: value})
    words = str(caught.value)
    assert name in words or repr(value) in words or type(value).__name__ in words


@pytest.mark.parametrize("value", [np.int64(2), np.int32(1)])
def test_whole_numbers_of_numpy_are_taken(five_faces, value):
    with Predictor(max_faces=value, detector_size=np.int64(256)) as predictor:
        assert len(predictor(five_faces)) == value


@pytest.fixture(scope="module")
def five_faces(astronaut):
    return np.hstack([astronaut[20:220, 120:320]] * 3)


@pytest.mark.parametrize("time", [*NO_NUMBERS[:9], None, math.nan, math.inf], ids=named)
def test_time_of_a_frame_is_a_number(predictor, astronaut, time):
    with pytest.raises(OptionError) as caught:
        predictor.tracker()(astronaut, time)
    assert f"time={time!r}: the frame's time is needed, a finite number of seconds" in str(caught.value)


@pytest.mark.parametrize("time", [0, 0.5, np.float64(1), Fraction(1, 30)])
def test_time_may_be_any_real_number(predictor, astronaut, time):
    assert len(predictor.tracker()(astronaut, time).faces) == 1


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (None, "not NoneType; of one image: cv2.imread gives None"),
        ("photo.jpg", "not str; of one image: read it with runtime.read_image"),
        (b"x", "not bytes; of one image: read the content"),
        (5, "not int"),
        (Frame(np.zeros((9, 9, 3), np.uint8), 0, 0.0), "not Frame; of one image: of a Frame use frame.image"),
        (["photo.jpg"], "image 0 of the batch: .*read it with runtime.read_image"),
    ],
)
def test_batch_is_a_list_of_images(predictor, images, words):
    with pytest.raises(ImageError, match=words):
        predictor.batch(images)


@pytest.mark.parametrize("source", [None, True, 1.5, b"x", NOTHING, "", "missing.mp4"], ids=named)
def test_stream_needs_a_source(predictor, source):
    with pytest.raises(VideoError):
        list(predictor.stream(source))


def test_stream_of_what_is_no_image(predictor, astronaut):
    with pytest.raises(ImageError, match=r"cv2\.imread gives None"):
        list(predictor.stream([astronaut, None]))


@pytest.mark.parametrize("value", [5, True, NOTHING], ids=named)
def test_folder_of_models_is_a_path(value):
    with pytest.raises(LandmarksError, match="the path of a folder is needed"):
        list_models(value)


@pytest.mark.parametrize("name", [None, 5, [], "lefteye"])
def test_region_has_a_name(predictor, astronaut, name):
    [face] = predictor(astronaut)
    with pytest.raises(OptionError, match=r"no part .*; there are jaw"):
        face.part(name)


def test_filter_takes_a_configuration():
    for value in (5, "strong", {}):
        with pytest.raises(OptionError, match="SmoothingConfig"):
            OneEuroFilter(value)


@pytest.mark.parametrize("colour", [(1, 2), (0, 0, 256), (0, 0, -1), "red", 5, (None,) * 3])
def test_colour_is_three_numbers(astronaut, colour):
    with pytest.raises(OptionError, match=r"frame_colour=.*\(blue, green, red\)"):
        draw_faces(astronaut, [], Style(frame_colour=colour))


@pytest.mark.parametrize(
    "measure",
    [
        eye_opening,
        mouth_opening,
        lambda face: BlinkDetector()(face, 0.0),
        lambda face: Perclos()(face, 0.0),
        lambda face: PoseHistory().add(face, 0.0),
    ],
)
@pytest.mark.parametrize("face", [None, [], (), 5, "face", NOTHING], ids=named)
def test_measures_take_one_face(measure, face):
    with pytest.raises(OptionError, match=f"a Face is needed, as a predictor gives it, not {type(face).__name__}"):
        measure(face)


@pytest.mark.parametrize("path", [None, 5, b"a.mp4", [], NOTHING], ids=named)
def test_sink_needs_a_path(path):
    with pytest.raises(VideoError, match=f"{type(path).__name__} is no path"):
        VideoSink(path)


@pytest.mark.parametrize("fps", [None, "30", [], True, math.nan, 0, -1, 1000], ids=named)
def test_sink_needs_a_rate(tmp_path, fps):
    with pytest.raises(VideoError, match=re.escape(f"fps={fps!r}")):
        VideoSink(tmp_path / "a.mp4", fps)


@pytest.mark.parametrize("image", [None, 5, "photo.jpg", b"x", [], NOTHING], ids=named)
def test_sink_takes_images(tmp_path, image):
    with pytest.raises(VideoError, match=rf"a frame must be \(H, W, 3\) uint8, not {type(image).__name__}; "):
        VideoSink(tmp_path / "a.mp4").write(image)
    assert list(tmp_path.iterdir()) == []


UNENCODABLE = "\ud800"
"""A surrogate that stands for no byte: Python keeps it in a string, no file system in a name."""


@pytest.mark.skipif(os.name == "nt", reason="Windows' names may hold any surrogate")
@pytest.mark.parametrize(
    "use",
    [
        lambda path: runtime.read_image(f"{path}.png"),
        lambda path: Predictor(f"{path}.onnx"),
        lambda path: Predictor(cache=path),
        lambda path: VideoSource(f"{path}.mp4"),
        lambda path: VideoSink(f"{path}.mp4"),
        lambda path: VideoSink(f"{path}/a.mp4"),
        lambda path: tables.JsonWriter(f"{path}.json"),
        lambda path: tables.CsvWriter(f"{path}.csv", tables.ImageResult),
        lambda path: tables.JsonLinesWriter(f"{path}.jsonl"),
        lambda path: list(tables.read_table(f"{path}.csv")),
    ],
    ids=["picture", "network", "cache", "video", "film", "folder", "json", "csv", "lines", "table"],
)
def test_name_that_the_system_cannot_encode_is_a_typed_error(use):
    with pytest.raises(LandmarksError):
        use(UNENCODABLE)


def test_command_names_what_cannot_be_encoded(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((32, 32, 3), np.uint8))
    arguments = ["predict", str(tmp_path / "a.png"), "--no-picture", "--json", f"{tmp_path}/{UNENCODABLE}.json"]
    assert main(arguments) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("returned", [None, 5, ()], ids=["none", "number", "tuple"])
def test_tracker_refuses_what_are_no_networks(returned):
    tracker = Tracker(lambda: returned, TrackingConfig(), Selection())
    with pytest.raises(OptionError, match="networks= returned"):
        tracker(np.zeros((32, 32, 3), np.uint8), 0.0)
