"""Faces through a stream: the same number from frame to frame, whatever crosses, leaves, returns or is cut."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from runtime import ClosedError, ImageError, OptionError, Predictor, TrackingConfig
from tests.runtime.pasted import HEIGHT, WIDTH, followed, paste, portraits, wall


@pytest.fixture(scope="module")
def faces(astronaut, grace_hopper):
    return portraits(astronaut, grace_hopper)


@pytest.fixture(scope="module")
def room():
    return wall()


@pytest.fixture
def tracker(predictor):
    return predictor.tracker()


def assert_at(found, **places):
    """Tracks ``t0``, ``t1``... are at these x, and there are no others."""
    assert {f"t{track}": x for track, (x, _) in found.items()} == {
        name: pytest.approx(x, abs=15) for name, x in places.items()
    }


class TestOneFace:
    def test_it_keeps_its_number_while_it_moves(self, tracker, faces, room):
        for index, found in enumerate(
            followed(tracker, (paste(room, (faces[0], 100 + 12 * i, 200)) for i in range(30)))
        ):
            assert_at(found, t0=103 + 12 * index)

    def test_detector_runs_only_now_and_then(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        detected = [tracker(scene, index / 30).detected for index in range(40)]
        assert [index for index, ran in enumerate(detected) if ran] == [0, 15, 30]

    def test_seconds_count_and_not_frames(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        detected = [tracker(scene, index / 4).detected for index in range(6)]
        assert detected == [True, False, True, False, True, False]

    def test_points_are_those_of_the_picture_alone(self, predictor, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        [alone] = predictor(scene)
        tracker = predictor.tracker(TrackingConfig(smoothing=None))
        [tracked] = [tracker(scene, index / 30) for index in range(10)][-1].faces
        distance = np.linalg.norm(tracked.landmarks - alone.landmarks, axis=1).mean()
        assert distance < 0.02 * np.linalg.norm(alone.landmarks[36] - alone.landmarks[45])
        assert tracked.confidence > 0.99 and tracked.score == pytest.approx(alone.score, abs=1e-6)

    def test_box_is_about_the_detectors(self, predictor, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        [alone], [tracked] = predictor(scene), tracker(scene, 0.0).faces
        np.testing.assert_allclose(tracked.box, alone.box, atol=0.1 * (alone.box[2] - alone.box[0]))

    def test_fast_start_is_followed_without_the_detector(self, tracker, faces, room):
        places = [150, 150, 150, *range(178, 500, 28)]
        scenes = [paste(room, (faces[1], x, 200)) for x in places]
        detected = [tracker(scene, index / 30).detected for index, scene in enumerate(scenes)]
        assert detected == [True] + [False] * (len(places) - 1)

    def test_face_that_comes_near_keeps_its_number(self, tracker, faces, room):
        scenes = (paste(room, (faces[0], 320, 200, 0.5 + 0.05 * i)) for i in range(25))
        assert [list(found) for found in followed(tracker, scenes)] == [[0]] * 25

    def test_jump_is_noticed_at_once(self, tracker, faces, room):
        scenes = [paste(room, (faces[0], x, 200)) for x in (150, 150, 150, 450, 450)]
        places = [[x for x, _ in found.values()] for found in followed(tracker, scenes)]
        assert [place[0] for place in places] == [pytest.approx(x + 3, abs=10) for x in (150, 150, 150, 450, 450)]
        assert all(len(place) == 1 for place in places)

    def test_face_at_the_border_is_followed_out_and_in(self, tracker, faces, room):
        offsets = [*range(0, 50, 6), *range(48, 0, -6)]
        scenes = (paste(room, (faces[0], 60 - offset, 200)) for offset in offsets)
        assert [list(found) for found in followed(tracker, scenes)] == [[0]] * len(offsets)

    def test_presence_gate_runs_in_every_empty_frame(self, tracker, room):
        results = [tracker(room, index / 30) for index in range(5)]
        assert all((result.detected or result.gated) and result.faces == [] for result in results)

    def test_lost_face_is_searched_for_at_once(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        assert [tracker(image, time).detected for time, image in ((0.0, scene), (0.03, scene), (0.06, room))] == [
            *(True, False, True),
        ]


class TestSeveralFaces:
    @pytest.mark.parametrize("front", [0, 1])
    @pytest.mark.parametrize("frames", [18, 40])
    def test_faces_that_cross_keep_their_numbers(self, tracker, faces, room, front, frames):
        heads = [(faces[0], 110, 4), (faces[1], 530, -4)]
        order = heads if front else heads[::-1]
        step = 40 / frames * 2.6
        scenes = (
            paste(room, *((face, start + way * step * i, 200 + 2 * way) for face, start, way in order))
            for i in range(frames)
        )
        found = list(followed(tracker, scenes))
        left = min(found[0], key=lambda track: found[0][track][0])
        end = {track: x for track, (x, _) in found[-1].items()}
        assert len(found[0]) == 2 and end.keys() == {0, 1}
        assert end[left] == pytest.approx(113 + 4 * step * (frames - 1), abs=20)
        assert end[1 - left] == pytest.approx(530 - 4 * step * (frames - 1), abs=20)

    def test_two_tracks_never_share_a_face(self, tracker, faces, room):
        """The one behind is wholly hidden for a while."""
        scenes = (paste(room, (faces[1], 300, 200), (faces[0], 180 + 8 * i, 200)) for i in range(30))
        for found in followed(tracker, scenes):
            places = sorted(x for x, _ in found.values())
            assert all(right - left > 30 for left, right in itertools.pairwise(places))

    def test_five_faces_are_followed_together(self, tracker, faces, room):
        places = [(100, 110), (320, 110), (540, 110), (200, 290), (440, 290)]
        scenes = (paste(room, *((faces[k % 2], x + i, y, 0.8) for k, (x, y) in enumerate(places))) for i in range(20))
        results = [tracker(scene, index / 30) for index, scene in enumerate(scenes)]
        assert [[face.track for face in result.faces] for result in results] == [[0, 1, 2, 3, 4]] * 20
        moved = [last.box[0] - first.box[0] for first, last in zip(results[0].faces, results[-1].faces, strict=True)]
        assert moved == pytest.approx([19] * 5, abs=3)

    def test_new_face_is_found_within_half_a_second(self, tracker, faces, room):
        one, two = paste(room, (faces[0], 150, 200)), paste(room, (faces[0], 150, 200), (faces[1], 450, 200))
        found = list(followed(tracker, [one] * 5 + [two] * 15))
        assert_at(found[4], t0=153)
        assert_at(found[-1], t0=153, t1=448)

    def test_no_more_than_max_faces(self, faces, room):
        scene = paste(room, (faces[0], 150, 200), (faces[1], 450, 200))
        with Predictor(max_faces=1) as predictor:
            tracker = predictor.tracker()
            results = [tracker(scene, index / 30) for index in range(40)]
            [first] = predictor(scene)
        assert [[face.track for face in result.faces] for result in results] == [[0]] * 40
        assert results[0].faces[0].score == first.score

    def test_by_score_tracked_faces_stay(self, faces, room):
        far, both = paste(room, (faces[0], 150, 200, 0.6)), paste(room, (faces[0], 150, 200, 0.6), (faces[1], 450, 200))
        with Predictor(max_faces=1, order="score") as predictor:
            tracker = predictor.tracker()
            results = [tracker(scene, index / 30) for index, scene in enumerate([far] * 5 + [both] * 30)]
        assert [[face.track for face in result.faces] for result in results] == [[0]] * 35
        assert not any(result.detected for result in results[1:]), "there is no place for a new face"

    def test_by_size_the_one_in_front_takes_the_place_of_the_one_behind(self, faces, room):
        far, both = paste(room, (faces[0], 150, 200, 0.6)), paste(room, (faces[0], 150, 200, 0.6), (faces[1], 450, 200))
        with Predictor(max_faces=1) as predictor:
            found = list(followed(predictor.tracker(), [far] * 5 + [both] * 30 + [far] * 15))
        assert [list(each) for each in found[:5]] == [[0]] * 5
        assert found[24].keys() == {1} and found[24][1][0] > 400, "within half a second"
        assert found[34].keys() == {1} and found[-1].keys() == {0}, "and the other comes back under its number"

    def test_two_of_one_size_do_not_take_turns(self, faces, room):
        one = paste(room, (faces[0], 150, 200))
        both = paste(room, (faces[0], 150, 200), (faces[1], 450, 200, 1.1))
        with Predictor(max_faces=1) as predictor:
            found = list(followed(predictor.tracker(), [one] * 3 + [both] * 60))
        assert [list(each) for each in found] == [[0]] * 63


class TestComingBack:
    def test_soon_and_to_the_same_place_is_the_same_face(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        found = list(followed(tracker, [scene] * 5 + [room] * 25 + [scene] * 5))
        assert not found[5] and list(found[-1]) == [0]

    def test_after_a_while_it_is_a_new_one(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        for index in range(5):
            tracker(scene, index / 30)
        for index in range(25):
            tracker(room, 0.2 + index / 10)
        assert [face.track for face in tracker(scene, 3).faces] == [1]

    def test_somewhere_else_it_is_a_new_one(self, tracker, faces, room):
        scenes = [paste(room, (faces[0], 120, 200))] * 3 + [room] * 3 + [paste(room, (faces[0], 500, 200))] * 3
        assert list(list(followed(tracker, scenes))[-1]) == [1]

    def test_points_do_not_smear_over_the_gap(self, predictor, tracker, faces, room):
        before, after = paste(room, (faces[0], 300, 200)), paste(room, (faces[0], 330, 200))
        for index, image in enumerate([before] * 5 + [room] * 5):
            tracker(image, index / 30)
        [found], [expected] = tracker(after, 10 / 30).faces, predictor(after)
        assert found.track == 0
        assert np.linalg.norm(found.landmarks - expected.landmarks, axis=1).mean() < 1.5


class TestCuts:
    def test_another_person_after_a_cut_is_another_face(self, tracker, faces):
        """Close-ups: both faces fill the same part of the picture."""
        first, second = (cv2.resize(face, (400, 400)) for face in faces)
        found = [list(each) for each in followed(tracker, [first] * 6 + [second] * 6)]
        assert found == [[0]] * 6 + [[1]] * 6

    def test_points_do_not_smear_over_a_cut(self, predictor, tracker, faces):
        first, second = (cv2.resize(face, (400, 400)) for face in faces)
        for index in range(6):
            tracker(first, index / 30)
        [found], [expected] = tracker(second, 0.2).faces, predictor(second)
        eyes = np.linalg.norm(expected.landmarks[36] - expected.landmarks[45])
        assert np.linalg.norm(found.landmarks - expected.landmarks, axis=1).mean() < 0.03 * eyes

    def test_everybody_of_the_new_shot_is_there_at_once(self, tracker, faces, room):
        one = paste(room, (faces[0], 320, 200))
        two = paste(wall(1), (faces[1], 130, 200), (faces[0], 500, 200))
        found = list(followed(tracker, [one] * 5 + [two]))
        assert sorted(x for x, _ in found[-1].values()) == pytest.approx([130, 503], abs=15)

    def test_black_frame_does_not_cost_the_number(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        found = [list(each) for each in followed(tracker, [scene, scene, np.zeros_like(scene), scene, scene])]
        assert found == [[0], [0], [], [0], [0]]

    def test_light_that_is_switched_on_is_no_cut(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        dark = cv2.convertScaleAbs(scene, alpha=0.45)
        results = [tracker(image, index / 30) for index, image in enumerate([dark] * 4 + [scene] * 4)]
        assert [[face.track for face in result.faces] for result in results] == [[0]] * 8
        assert not any(result.detected for result in results[1:])


class TestTime:
    def test_time_that_goes_back_restarts(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        assert [face.track for face in tracker(scene, 5.0).faces] == [0]
        again = tracker(scene, 0.0)
        assert again.detected and [face.track for face in again.faces] == [1]

    def test_time_that_stands_still_counts_as_a_thirtieth(self, predictor, faces, room):
        scenes = [paste(room, (faces[0], 200 + 5 * i, 200)) for i in range(20)]
        still, steady = predictor.tracker(), predictor.tracker()
        for index, scene in enumerate(scenes):
            [one], [other] = still(scene, 0.0).faces, steady(scene, index / 30).faces
            np.testing.assert_allclose(one.landmarks, other.landmarks, atol=1e-3)

    @pytest.mark.parametrize("time", [float("nan"), float("inf"), float("-inf")])
    def test_time_must_be_finite(self, tracker, room, time):
        with pytest.raises(OptionError, match="time="):
            tracker(room, time)

    def test_any_origin_will_do(self, predictor, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        at_zero, now = predictor.tracker(), predictor.tracker()
        for index in range(5):
            [one], [other] = at_zero(scene, index / 32).faces, now(scene, 2**20 + index / 32).faces
            np.testing.assert_array_equal(one.landmarks, other.landmarks)


class TestLife:
    def test_reset_gives_new_numbers(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        tracker(scene, 0.0)
        tracker.reset()
        assert [face.track for face in tracker(scene, 0.1).faces] == [1]

    def test_another_size_restarts(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        tracker(scene, 0.0)
        larger = tracker(cv2.resize(scene, (WIDTH * 2, HEIGHT * 2)), 0.1)
        assert larger.detected and [face.track for face in larger.faces] == [1]

    def test_streams_do_not_touch_each_other(self, predictor, faces, room):
        first, second = predictor.tracker(), predictor.tracker()
        scene = paste(room, (faces[0], 300, 200))
        assert first(room, 0.0).faces == [] and [face.track for face in second(scene, 0.0).faces] == [0]
        assert [face.track for face in first(scene, 0.1).faces] == [0]

    def test_the_frame_is_left_as_it_was(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        scene.setflags(write=False)
        assert len(tracker(scene, 0.0).faces) == 1

    def test_gray_frames_and_single_pixels_are_images_too(self, tracker, faces, room):
        gray = cv2.cvtColor(paste(room, (faces[0], 300, 200)), cv2.COLOR_BGR2GRAY)
        assert len(tracker(gray, 0.0).faces) == 1
        assert tracker(np.zeros((1, 1), np.uint8), 0.1).faces == []

    def test_what_is_no_image_is_refused(self, tracker):
        with pytest.raises(ImageError):
            tracker(np.zeros((10, 10), np.float32), 0.0)

    def test_closed_predictor_says_so(self, room):
        with Predictor() as predictor:
            tracker = predictor.tracker()
        with pytest.raises(ClosedError):
            tracker(room, 0.0)

    def test_times_add_up_by_stage(self, tracker, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        first, second = tracker(scene, 0.0).times, tracker(scene, 0.03).times
        assert first.detect > 0 and second.detect == 0
        assert min(first.landmarks, second.landmarks, first.rest, second.rest) > 0


class TestStream:
    def test_follows_and_smooths_by_default(self, predictor, faces, room):
        noise = np.random.default_rng(0).normal(0, 6, (HEIGHT + 19, WIDTH, 3))
        scene = paste(room, (faces[0], 300, 200))
        # another part of the noise for each frame
        images = [np.clip(scene + noise[row : row + HEIGHT], 0, 255).astype(np.uint8) for row in range(20)]
        ways = {"default": {}, "raw": {"tracking": TrackingConfig(smoothing=None)}, "alone": {"tracking": None}}
        spread = {}
        for name, options in ways.items():
            stream = list(predictor.stream(images, **options))
            assert {face.track for _, found in stream for face in found} == {None if name == "alone" else 0}
            points = np.stack([found[0].landmarks[:, :2] for _, found in stream])[8:]
            spread[name] = float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=2).mean()))
        assert spread["default"] < spread["raw"] / 3 and spread["raw"] < 1.1 * spread["alone"]

    def test_track_is_in_the_plain_numbers(self, predictor, faces, room):
        scene = paste(room, (faces[0], 300, 200))
        [(_, [face])] = predictor.stream([scene])
        assert face.to_dict()["track"] == 0
        assert predictor(scene)[0].to_dict()["track"] is None


class TestOptions:
    @pytest.mark.parametrize(
        ("option", "value"),
        [
            *((name, value) for name in ("detect_every", "keep_lost") for value in (-1, float("nan"), float("inf"))),
            *((name, value) for name in ("max_overlap", "cut") for value in (-0.1, 1.1, float("nan"))),
        ],
    )
    def test_value_out_of_range_is_named(self, option, value):
        with pytest.raises(OptionError, match=option):
            TrackingConfig(**{option: value})

    def test_detector_in_every_frame(self, predictor, faces, room):
        tracker = predictor.tracker(TrackingConfig(detect_every=0))
        scene = paste(room, (faces[0], 300, 200))
        results = [tracker(scene, index / 30) for index in range(4)]
        assert all(result.detected for result in results)
        assert [[face.track for face in result.faces] for result in results] == [[0]] * 4
