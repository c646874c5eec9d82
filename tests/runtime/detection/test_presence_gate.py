"""The presence gate, which costs less than the whole detector, and the second search, which costs more."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from runtime import OptionError, Predictor
from runtime.detection import FaceDetector
from runtime.detection.presence_gate import PresenceGate
from runtime.tracking.config import TrackingConfig
from tests.runtime.pasted import paste, portraits, wall


@pytest.fixture(scope="module")
def detector(predictor):
    return predictor._networks().detector


@pytest.fixture(scope="module")
def faces(astronaut, grace_hopper):
    return portraits(astronaut, grace_hopper)


@pytest.fixture
def sizes(monkeypatch):
    """The longer side of every input that a detector's network is run with."""
    run, seen = FaceDetector.run, []
    monkeypatch.setattr(FaceDetector, "run", lambda self, pixels: seen.append(max(pixels.shape)) or run(self, pixels))
    return seen


@pytest.fixture(scope="module")
def distant(faces):
    """A face of a twenty-fifth of a picture of 1280x720."""
    return paste(cv2.resize(wall(), (1280, 720)), (faces[0], 600, 300, 0.5))


class TestScout:
    @pytest.mark.parametrize("scale", [0.3, 0.5, 1.0, 1.8])
    def test_faces_of_all_sizes_call_for_the_detector(self, detector, faces, scale):
        assert PresenceGate(detector)(paste(wall(), (faces[0], 300, 200, scale))) >= TrackingConfig().gate_logit

    def test_plain_wall_does_not(self, detector):
        assert PresenceGate(detector)(np.full((480, 640, 3), 127, np.uint8)) < TrackingConfig().gate_logit

    def test_takes_half_the_input(self, detector, sizes, faces):
        PresenceGate(detector)(wall())
        assert sizes == [128]

    def test_network_of_one_size_has_none(self):
        with Predictor(detector="blazeface-short") as predictor:
            assert predictor._networks().gate is None


class TestEmptyScene:
    def test_detector_runs_five_times_a_second_and_the_gate_in_between(self, predictor, sizes):
        tracker, empty = predictor.tracker(), np.full((480, 640, 3), 127, np.uint8)
        results = [tracker(empty, index / 30) for index in range(30)]
        assert [result.detected for result in results] == ([True] + [False] * 5) * 5
        assert [result.gated for result in results] == ([False] + [True] * 5) * 5
        # once a second the frame is looked at turned by 90, 180 and 270 degrees, too
        assert sizes == [256] * 4 + [128] * 5 + ([256] + [128] * 5) * 4

    def test_face_that_appears_is_there_in_the_same_frame(self, predictor, faces):
        tracker, room = predictor.tracker(), wall()
        for index in range(4):
            assert tracker(room, index / 30).faces == []
        assert len(tracker(paste(room, (faces[0], 300, 200)), 4 / 30).faces) == 1

    def test_what_looks_like_a_face_alarms_once(self, predictor, sizes, monkeypatch):
        monkeypatch.setattr(PresenceGate, "__call__", lambda self, image: 0.5)
        tracker, empty = predictor.tracker(), np.full((480, 640, 3), 127, np.uint8)
        for index in range(6):
            tracker(empty, index / 30)
        assert sizes == [256] * 5, "the first look, as the frame is and turned three times, and the first alarm"

    def test_false_alarm_is_forgotten_after_a_cut(self, predictor, sizes, monkeypatch, faces):
        tracker = predictor.tracker()
        monkeypatch.setattr(PresenceGate, "__call__", lambda self, image: 5.0)
        for index in range(3):
            tracker(wall(), index / 30)
        found = [len(tracker(paste(wall(1), (faces[0], 300, 200)), index / 30).faces) for index in (3, 4)]
        assert found == [1, 1]

    def test_without_a_gate_the_detector_runs_on_every_frame(self, sizes):
        with Predictor(detector="blazeface-short") as predictor:
            sizes.clear()
            tracker = predictor.tracker()
            for index in range(5):
                tracker(wall(), index / 30)
        # the first frame is looked at turned, too, in three ways
        assert sizes == [128] * (5 + 3)


class TestRetry:
    def test_finds_faces_that_are_too_small(self, predictor, distant):
        assert predictor(distant) == []
        with Predictor(retry_size=384) as patient:
            assert len(patient(distant)) == 1

    def test_costs_nothing_where_a_face_is_found(self, sizes, astronaut):
        with Predictor(retry_size=384) as patient:
            sizes.clear()
            patient(astronaut)
        assert sizes == [256]

    def test_works_in_streams(self, distant):
        with Predictor(retry_size=384) as patient:
            assert [len(faces) for _, faces in patient.stream([distant] * 3)] == [1, 1, 1]

    def test_is_never_used_unasked(self, predictor, sizes, distant):
        predictor(distant)
        assert sizes == [256] * 4, "as the picture is, and turned in three ways"

    @pytest.mark.parametrize("size", [100, 0, -32])
    def test_size_that_the_network_does_not_take_is_named(self, size):
        with pytest.raises(OptionError, match=f"retry_size={size}: .*multiple of 32"):
            Predictor(retry_size=size)
