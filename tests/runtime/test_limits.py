"""Documented limits: of pictures, of faces in a frame, of what is drawn; reached by hostile input, never by others."""

from __future__ import annotations

import importlib
import math
import os
import re
import struct
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime import (
    Detection,
    Face,
    ImageError,
    ModelError,
    OptionError,
    Pose,
    Predictor,
    Style,
    camera_pose,
    draw_faces,
    read_image,
)
from runtime.detection import MAX_FACES
from runtime.detection.nms import weighted_nms
from runtime.engine.user_cache import VARIABLE, Cache, find_cache
from runtime.media import StreamClock
from runtime.media.files import read_regular
from runtime.media.files.result_tables import CsvWriter, ImageResult, JsonWriter
from runtime.media.images import as_bgr
from runtime.media.images.headers import MAX_PIXELS, MAX_SIDE
from tests.constant_networks import anchors_of, blazeface_file, landmark_file

BLACK = np.zeros((64, 64, 3), np.uint8)


def face(points, box=(10, 10, 50, 50), pose=(1.0, 2.0, 3.0), track=7):
    return Face(np.array(points, np.float32), np.array(box, np.float32), 0.9, 0.9, Pose(*pose), track)


def grid(scale=1.0, offset=0.0):
    numbers = np.arange(68.0)
    return np.stack([numbers % 10, numbers // 10, 0 * numbers], axis=1) * 5 * scale + offset


ROOT = Path(__file__).parents[2]


def test_document_states_the_limits_as_they_are():
    rows = re.findall(r"\| ([\d^]+) \| `([\w.]+)\.(\w+)` \|", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert len(rows) == 11
    for value, module, name in rows:
        base, _, power = value.partition("^")
        assert getattr(importlib.import_module(module), name) == int(base) ** int(power or 1), name


class TestPictures:
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.complex64, bool])
    @pytest.mark.parametrize("shape", [(1, 2**31, 3), (2**31, 1), (2**20, 2**20, 4), (1, 2**21, 3)])
    def test_arrays_repeated_in_memory_are_refused_unexamined(self, shape, dtype):
        """Any look at all of their values would take minutes, or memory that no machine has."""
        with pytest.raises(ImageError, match=f"{MAX_PIXELS} pixels|a side of more than {MAX_SIDE} pixels"):
            as_bgr(np.broadcast_to(np.zeros(1, dtype), shape))

    @pytest.mark.parametrize("shape", [(2**20, 2**20, 3, 1), (3, 2**20, 2**20), (1, 2**20, 2**20, 3)])
    def test_of_other_layouts_there_is_a_hint_without_an_examination(self, predictor, shape):
        with pytest.raises(ImageError):
            predictor(np.broadcast_to(np.zeros(1, np.float32), shape))
        with pytest.raises(ImageError):
            predictor([np.broadcast_to(np.zeros(1, np.float32), shape)])

    def test_range_is_no_picture_however_long(self, predictor):
        with pytest.raises(ImageError, match="not range"):
            predictor(range(10**12))

    def test_longest_side_is_taken(self, predictor):
        assert predictor(np.zeros((1, MAX_SIDE, 3), np.uint8)) == []

    HEADERS: ClassVar = {
        "bmp": b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + struct.pack("<IiiHH", 40, 30000, -30000, 1, 24),
        "bmp of OS/2": b"BM" + struct.pack("<IHHI", 100, 0, 0, 26) + struct.pack("<IHHHH", 12, 30000, 30000, 1, 24),
        "gif": b"GIF89a" + struct.pack("<HHBBB", 30000, 30000, 0x80, 0, 0),
        "sun": struct.pack(">8I", 0x59A66A95, 30000, 30000, 24, 0, 1, 0, 0),
        "radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 30000\n",
    }

    @pytest.mark.parametrize("kind", HEADERS)
    def test_size_in_a_header_is_checked_before_room_is_made(self, kind):
        with pytest.raises(ImageError, match=f"30000x30000 are more than {MAX_PIXELS} pixels"):
            read_image(self.HEADERS[kind] + bytes(100))

    def test_small_ones_of_these_kinds_are_read(self, astronaut):
        for suffix in (".bmp", ".gif"):
            image = read_image(cv2.imencode(suffix, astronaut)[1].tobytes())
            assert image.shape == astronaut.shape

    @pytest.mark.skipif(not cv2.haveImageWriter("a.avif"), reason="this OpenCV writes no AVIF")
    def test_size_in_avif(self):
        content = cv2.imencode(".avif", BLACK)[1].tobytes()
        assert read_image(content).shape == BLACK.shape
        place = content.index(b"ispe") + 8
        with pytest.raises(ImageError, match="60000x60000 are more than"):
            read_image(content[:place] + struct.pack(">II", 60000, 60000) + content[place + 8 :])


class TestFaces:
    def test_only_the_best_of_a_frame_are_kept(self, tmp_path):
        side = 512
        anchors, count = ((8, 1),), anchors_of(side, ((8, 1),))
        assert count > 4 * MAX_FACES
        values = np.zeros((1, count, 16), np.float32)
        values[..., 2:4] = 4
        logits = np.random.default_rng(0).uniform(1, 5, (1, count, 1)).astype(np.float32)
        file = blazeface_file(
            tmp_path / "d.onnx",
            (values, logits),
            shape=(1, side, side, 3),
            input_size=str(side),
            anchors=str([list(each) for each in anchors]),
        )
        with Predictor(landmark_file(tmp_path / "l.onnx", confidence=0.01), detector=file) as predictor:
            [detections] = predictor.detect([np.zeros((side, side, 3), np.uint8)])
            best = 1 / (1 + np.exp(-np.sort(logits.ravel())[::-1].astype(np.float64)))
            assert sorted((each.score for each in detections), reverse=True) == best[:MAX_FACES].tolist()
            turned = predictor._networks().detector.turned(np.zeros((side, side, 3), np.uint8))
            assert len(turned) == MAX_FACES

    @given(st.integers(0, 12), st.integers(1, 20))
    def test_limit_keeps_the_first_boxes_as_they_are(self, count, limit):
        random = np.random.default_rng(count)
        corners = random.uniform(0, 50, (count, 2))
        boxes, scores = np.hstack([corners, corners + 20]), random.uniform(0.1, 1, count)
        whole, part = weighted_nms(boxes, scores, 0.3), weighted_nms(boxes, scores, 0.3, limit)
        for all_of_them, first in zip(whole, part, strict=True):
            np.testing.assert_array_equal(all_of_them[:limit], first)

    def test_lost_faces_do_not_pile_up(self, predictor, astronaut):
        tracker = predictor.tracker()
        tracker(astronaut, 0.0)
        tracker._lost = tracker._tracks * (3 * MAX_FACES)
        tracker(np.zeros_like(astronaut), 0.1)
        assert len(tracker._lost) <= MAX_FACES + 1

    def test_face_without_a_pose_in_tables(self, tmp_path):
        faces = [face(grid(), pose=(math.nan,) * 3)]
        with JsonWriter(tmp_path / "faces.json") as writer:
            writer.write(ImageResult("a.png", 512, 512, faces))
        assert '"yaw":null' in (tmp_path / "faces.json").read_text()
        assert math.isnan(Face.from_dict(faces[0].to_dict()).pose.yaw)

    def test_network_that_fails_on_several_crops_says_so(self, tmp_path, predictor, astronaut):
        with Predictor(landmark_file(tmp_path / "l.onnx")) as other:
            landmarker = other._networks().landmarker
            with pytest.raises(ModelError, match=r"does not run on an input of shape \(2, 10, 10, 3\)"):
                landmarker.run(np.zeros((2, 10, 10, 3), np.uint8))


class TestDrawing:
    far = st.floats(width=32, allow_nan=True, allow_infinity=True)

    @settings(max_examples=150)
    @given(st.lists(far, min_size=6, max_size=6), st.sampled_from([0.01, 1.0, 30.0]), st.booleans())
    def test_any_numbers_are_drawn_or_left_out(self, numbers, scale, with_numbers):
        points = grid()
        points[3, :2], box = numbers[:2], numbers[2:]
        image = draw_faces(BLACK, face(points, box), Style(scale=scale, numbers=with_numbers))
        assert image.shape == BLACK.shape

    @pytest.mark.parametrize("scale", [1e3, 1e6, 1e20, 1e35])
    @pytest.mark.parametrize("offset", [0, -1e5, 1e9, -1e30])
    def test_faces_far_larger_and_far_away(self, scale, offset):
        points = grid(scale, offset)
        box = (*points[:, :2].min(axis=0), *points[:, :2].max(axis=0))
        assert draw_faces(BLACK, face(points, box), Style(numbers=True)).shape == BLACK.shape

    def test_far_away_changes_nothing(self):
        image = np.full((80, 80, 3), 7, np.uint8)
        assert (draw_faces(image, face(grid(1, 1e9), (1e9, 1e9, 2e9, 2e9))) == image).all()

    @pytest.mark.parametrize("where", ["points", "box"])
    @pytest.mark.parametrize("value", [math.nan, math.inf])
    def test_what_is_not_finite_is_not_drawn(self, where, value):
        points, box = grid(), [10, 10, 50, 50]
        if where == "points":
            points[3] = value
        else:
            box[0] = value
        assert (draw_faces(BLACK, face(points, box)) == BLACK).all()

    def test_face_without_a_pose_has_no_axes(self):
        drawn = [draw_faces(BLACK, face(grid(), pose=pose)) for pose in ((math.nan,) * 3, (1.0, 2.0, 3.0))]
        assert (drawn[0] == draw_faces(BLACK, face(grid()), Style(axes=False))).all()
        assert (drawn[0] != drawn[1]).any()

    @pytest.mark.parametrize("scale", [101, 1e300])
    def test_scale_is_bounded(self, scale):
        with pytest.raises(OptionError, match="at most 100"):
            Style(scale=scale)


class TestFaceOfWrongValues:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("landmarks", np.zeros(shape, np.float32)) for shape in ((), (3,), (68, 2), (67, 3))),
            ("landmarks", np.full((68, 3), "a")),
            *(("box", np.zeros(shape, np.float32)) for shape in ((), (3,), (4, 1))),
            *((name, value) for name in ("score", "confidence") for value in (None, "0.5", [], 1j, 10**400, True)),
            *(("pose", value) for value in (None, (1, 2, 3), Pose)),
            *(("track", value) for value in ("1", 1.5, [], 10**400, True, math.nan)),
        ],
        ids=str,
    )
    def test_is_refused(self, name, value):
        values = {"landmarks": np.zeros((68, 3), np.float32), "box": np.zeros(4, np.float32), "score": 0.5}
        values |= {"confidence": 0.5, "pose": Pose(0.0, 0.0, 0.0), "track": None}
        with pytest.raises(OptionError, match=name):
            Face(**values | {name: value})

    @pytest.mark.parametrize("name", ["yaw", "pitch", "roll"])
    @pytest.mark.parametrize("value", [None, "1", 1j, math.inf, -math.inf, 10**400])
    def test_is_refused_in_a_pose(self, name, value):
        with pytest.raises(OptionError, match=f"{name}="):
            Pose(**{"yaw": 0.0, "pitch": 0.0, "roll": 0.0} | {name: value})


class TestTimes:
    @pytest.mark.parametrize("time", [1e15, -1e15, 1e12, 10**400, math.nan, math.inf, "1", None, True])
    def test_times_that_floats_do_not_separate_are_refused(self, predictor, time):
        with pytest.raises(OptionError, match="time="):
            predictor.tracker()(BLACK, time)

    @given(st.lists(st.floats(-9e11, 9e11) | st.integers(-(10**11), 10**11), min_size=2, max_size=12))
    def test_time_always_grows_but_for_a_restart(self, times):
        clock, before = StreamClock(), -math.inf
        for time in times:
            again = clock.advance(time)
            assert again or clock.now > before
            before = clock.now

    def test_short_floats_of_numpy_keep_frames_apart(self, predictor, astronaut):
        tracker = predictor.tracker()
        for _ in range(3):
            assert len(tracker(astronaut, np.float32(3e7)).faces) == 1


class TestFilesThatNeverEnd:
    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_pipe_in_the_cache_counts_as_absent_and_is_not_written_to(self, tmp_path):
        cache = Cache(tmp_path)
        cache.write("graph", b"key", b"content")
        [entry] = tmp_path.iterdir()
        entry.unlink()
        os.mkfifo(entry)
        assert cache.read("graph", b"key") is None
        with pytest.raises(OSError, match="a pipe or a device"):
            cache.write("graph", b"key", b"content")

    def test_regular_file_within_the_limit(self, tmp_path):
        file = tmp_path / "file"
        file.write_bytes(b"12345")
        assert read_regular(file, 5) == b"12345"
        with pytest.raises(OSError, match="larger than 4 bytes"):
            read_regular(file, 4)

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no devices here")
    def test_device_is_refused(self):
        with pytest.raises(OSError, match="a pipe or a device"):
            read_regular("/dev/zero", 5)


@pytest.mark.parametrize("value", ["0", "false", "False", "no", "OFF", ""])
def test_words_for_no_cache(monkeypatch, value):
    monkeypatch.setenv(VARIABLE, value)
    assert find_cache(None) is None


@pytest.mark.parametrize("value", ["1", "true", "Yes", "on"])
def test_words_for_the_users_cache(monkeypatch, value):
    monkeypatch.setenv(VARIABLE, value)
    assert find_cache(None) == find_cache(True)


@pytest.mark.parametrize("path", [None, 5, b"faces.csv", "", "a\0b"], ids=repr)
def test_tables_refuse_what_is_no_path(path):
    for make in (JsonWriter, lambda where: CsvWriter(where, ImageResult)):
        with pytest.raises(OptionError, match="path="):
            make(path)


def test_table_of_unknown_results_is_refused(tmp_path):
    with pytest.raises(OptionError, match="kind="):
        CsvWriter(tmp_path / "faces.csv", Face)
    assert list(tmp_path.iterdir()) == []


class TestDetectionOfWrongValues:
    GOOD: ClassVar = {"box": np.array([10, 10, 50, 50.0]), "score": 0.5, "keypoints": np.zeros((6, 2))}

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("box", value) for value in (None, "x", [1, 2, 3, 4], np.zeros(3), np.zeros((4, 1)), np.full(4, "a"))),
            *(("keypoints", value) for value in (None, [], np.zeros((5, 2)), np.zeros(12), np.full((6, 2), 1j))),
            *(("score", value) for value in (None, "0.5", 10**400, True)),
            *(("geometry", value) for value in (None, "wider_face")),
            *(("rough", value) for value in (None, 1, "no")),
        ],
        ids=str,
    )
    def test_is_refused(self, name, value):
        with pytest.raises(OptionError, match=name):
            Detection(**self.GOOD | {name: value})

    @pytest.mark.parametrize(
        "distortion",
        ["x", {}, [1], [1, 2, 3], [math.nan] * 4, 10**400, object()],
        ids=lambda value: type(value).__name__,
    )
    def test_lens_that_opencv_does_not_know_is_refused(self, distortion):
        with pytest.raises(OptionError, match="distortion"):
            camera_pose(face(grid()), (64, 64), distortion=distortion)
