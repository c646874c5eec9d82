"""From a picture to faces: the points lie where a person would put them, whatever way the picture comes in."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from export.annotations.samples import data_root, list_samples
from runtime import ClosedError, ImageError, ModelError, OptionError, Predictor, list_models
from runtime.landmarks.landmarker import Landmarker

LANDMARK_MODELS = [entry.name for entry in list_models() if entry.role == "landmarks"]

# Read off the enlarged astronaut by eye, good to about a pixel: outer and inner eye corners, nose tip, mouth
# corners, chin.
ASTRONAUT = {
    36: (193.5, 101),
    39: (213, 103.5),
    42: (236.5, 104.5),
    45: (257, 104),
    30: (222.5, 128),
    48: (201, 138.5),
    54: (245.5, 139.5),
    8: (221, 177),
}
# Where the points go when left and right change places.
MIRRORED = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
]

needs_memory = pytest.mark.skipif(
    hasattr(os, "sysconf") and os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < 2 * 2**30,
    reason="less than 2 GB of memory is free",
)


def nme(points, reference):
    """Mean distance in percent of the distance of the outer eye corners."""
    distance = np.linalg.norm(reference[36, :2] - reference[45, :2])
    return 100 * np.linalg.norm(points[:, :2] - reference[:, :2], axis=1).mean() / distance


def warped(points, matrix):
    return points[:, :2] @ matrix[:, :2].T + matrix[:, 2]


def assert_same(faces, others):
    """Equal to the last bit."""
    assert len(faces) == len(others)
    for face, other in zip(faces, others, strict=True):
        np.testing.assert_array_equal(face.landmarks, other.landmarks)
        np.testing.assert_array_equal(face.box, other.box)
        assert (face.score, face.confidence, face.pose) == (other.score, other.confidence, other.pose)


@pytest.fixture(scope="module", params=LANDMARK_MODELS)
def each_predictor(request):
    """A predictor for every landmark network that is shipped."""
    with Predictor(request.param) as predictor:
        yield predictor


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    [face] = predictor(astronaut)
    return face


@pytest.fixture(scope="module")
def five(astronaut, grace_hopper):
    """Five portraits of 200x200 pixels in a picture of 400x600; the sixth place is empty."""
    first = astronaut[20:220, 120:320]
    second = cv2.resize(grace_hopper[30:430, 70:470], (200, 200), interpolation=cv2.INTER_AREA)
    return np.vstack(
        [np.hstack([first, second, first]), np.hstack([second, first, np.full_like(first, 90)])],
    )


class TestAccuracy:
    @pytest.fixture(scope="class")
    def face(self, each_predictor, astronaut):
        [face] = each_predictor(astronaut)
        return face

    def test_points_lie_where_a_person_puts_them(self, face):
        eye_distance = np.hypot(*np.subtract(ASTRONAUT[36], ASTRONAUT[45]))
        errors = np.linalg.norm(face.landmarks[list(ASTRONAUT), :2] - list(ASTRONAUT.values()), axis=1) / eye_distance
        assert errors.max() < 0.06 and errors.mean() < 0.04

    def test_face_is_described_in_full(self, face):
        assert face.landmarks.shape == (68, 3) and face.landmarks.dtype == np.float32
        assert face.box.shape == (4,) and face.box.dtype == np.float32
        assert 0.5 <= face.score <= 1 and 0.9 < face.confidence <= 1
        assert abs(face.pose.yaw) < 10 and abs(face.pose.pitch) < 15 and 0 < face.pose.roll < 8

    def test_nose_is_nearer_to_the_camera_than_the_jaw(self, face):
        depth, eye_distance = face.landmarks[:, 2], np.linalg.norm(face.landmarks[36, :2] - face.landmarks[45, :2])
        assert depth[30] < -0.2 * eye_distance and (depth[[0, 16]] > 0.2 * eye_distance).all()
        assert abs(depth.mean()) < 0.1 * eye_distance

    def test_mirrored_picture_gives_mirrored_points(self, each_predictor, face, astronaut):
        [mirrored] = each_predictor(cv2.flip(astronaut, 1))
        expected = face.landmarks[MIRRORED] * [-1, 1, 1] + [astronaut.shape[1] - 1, 0, 0]
        assert nme(mirrored.landmarks, expected) < 4
        assert mirrored.pose.yaw == pytest.approx(-face.pose.yaw, abs=5)
        assert mirrored.pose.roll == pytest.approx(-face.pose.roll, abs=3)

    @pytest.mark.parametrize("degrees", [-30, -15, 15, 30])
    def test_turned_picture_gives_turned_points(self, each_predictor, face, astronaut, degrees):
        matrix = cv2.getRotationMatrix2D((225, 125), -degrees, 1)
        [turned] = each_predictor(cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE))
        assert nme(turned.landmarks, warped(face.landmarks, matrix)) < 5
        assert turned.pose.roll == pytest.approx(face.pose.roll + degrees, abs=4)

    @pytest.mark.parametrize("factor", [0.5, 2, 5])
    def test_size_of_the_picture_does_not_matter(self, each_predictor, face, astronaut, factor):
        scaled = cv2.resize(astronaut, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else 1)
        [other] = each_predictor(scaled)
        # a pixel's centre, not its corner, is at the integer
        assert nme((other.landmarks + 0.5) / factor - 0.5, face.landmarks) < 4

    @pytest.mark.parametrize("cut", [np.s_[:, 195:], np.s_[:, :255], np.s_[80:], np.s_[:165]])
    def test_face_at_the_border_is_found(self, each_predictor, face, astronaut, cut):
        [cut_face] = each_predictor(astronaut[cut])
        offset = [cut[1].start or 0, 0] if isinstance(cut, tuple) else [0, cut.start or 0]
        assert nme(cut_face.landmarks[:, :2] + offset, face.landmarks) < 12

    def test_annotated_photographs(self, each_predictor):
        folder = data_root() / "helen" / "test"
        if not folder.is_dir():
            pytest.skip(f"{folder} is absent; set LANDMARKS_DATA to the folder of the annotated photographs")
        errors = []
        for sample in list_samples(folder)[:20]:
            faces = each_predictor(cv2.imread(str(sample.image)))
            errors.append(min(nme(face.landmarks, sample.points) for face in faces))
        assert np.mean(errors) < 6


class TestWhatCountsAsAnImage:
    def test_gray_is_close_to_colour(self, predictor, astronaut, face):
        gray = cv2.cvtColor(astronaut, cv2.COLOR_BGR2GRAY)
        [from_plane], [from_channel] = predictor(gray), predictor(gray[:, :, None])
        assert nme(from_plane.landmarks, face.landmarks) < 4
        assert_same([from_plane], [from_channel])

    def test_alpha_is_ignored(self, predictor, astronaut, face):
        transparent = np.dstack([astronaut, np.zeros(astronaut.shape[:2], np.uint8)])
        assert_same(predictor(transparent), [face])

    @pytest.mark.parametrize(
        "awkward",
        [
            lambda image: np.asfortranarray(image),
            lambda image: np.ascontiguousarray(image[:, :, ::-1])[:, :, ::-1],
            lambda image: np.ascontiguousarray(image[::-1, ::-1])[::-1, ::-1],
            lambda image: np.repeat(np.repeat(image, 2, axis=0), 2, axis=1)[::2, ::2],
            lambda image: cv2.copyMakeBorder(image, 3, 4, 5, 6, cv2.BORDER_CONSTANT)[3:-4, 5:-6],
        ],
        ids=["fortran", "reversed channels", "reversed rows and columns", "strided", "part of a larger one"],
    )
    def test_layout_in_memory_does_not_matter(self, predictor, astronaut, face, awkward):
        image = awkward(astronaut)
        np.testing.assert_array_equal(image, astronaut)
        assert_same(predictor(image), [face])

    def test_input_is_not_modified(self, predictor, astronaut):
        image = astronaut.copy()
        predictor(image)
        np.testing.assert_array_equal(image, astronaut)
        assert image.flags.writeable

    @pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1), (1, 700, 3), (700, 1, 3), (3, 3, 3), (2, 2, 4)])
    def test_tiny_images_hold_no_face(self, predictor, shape):
        assert predictor(np.full(shape, 128, np.uint8)) == []

    @needs_memory
    def test_panorama_wider_than_opencv_can_warp(self, predictor, astronaut, face):
        # OpenCV 4 warps no image of 32767 pixels or more a side; the far end is all background
        canvas = np.zeros((5000, 33000, 3), np.uint8)
        canvas[:, -5000:] = cv2.resize(astronaut[:200, 120:320], (5000, 5000))
        [wide] = predictor(canvas)
        scale = 5000 / 200
        points = (wide.landmarks[:, :2] - [28000, 0] + 0.5) / scale - 0.5 + [120, 0]
        assert nme(points, face.landmarks) < 5

    @needs_memory
    def test_hundred_megapixels(self, predictor, astronaut, face):
        canvas = np.zeros((10_000, 10_000, 3), np.uint8)
        canvas[3000:8000, 4000:9000] = cv2.resize(astronaut[:250, 100:350], (5000, 5000))
        [large] = predictor(canvas)
        points = (large.landmarks[:, :2] - [4000, 3000] + 0.5) / 20 - 0.5 + [100, 0]
        assert nme(points, face.landmarks) < 4

    @pytest.mark.parametrize("bad", [None, "photo.jpg", [[0]], np.zeros((4, 4, 3), np.float32), np.zeros(3, np.uint8)])
    def test_anything_else_is_an_image_error(self, predictor, bad):
        with pytest.raises(ImageError):
            predictor(bad)


class TestSeveralFaces:
    def test_five_faces_take_one_call_of_the_network(self, predictor, five, monkeypatch):
        calls = []
        run = Landmarker.run
        monkeypatch.setattr(Landmarker, "run", lambda self, crops: calls.append(crops.shape) or run(self, crops))
        faces = predictor(five)
        assert calls == [(5, 192, 192, 3)]
        noses = np.array([face.landmarks[30, :2] for face in faces])
        places = {(int(x // 200), int(y // 200)) for x, y in noses}
        assert places == {(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)}

    def test_order_says_which_face_is_first(self, predictor, five):
        with Predictor(order="score") as by_score:
            scores = [face.score for face in by_score(five)]
        sizes = [np.ptp(face.box[::2]) for face in predictor(five)]
        assert scores == sorted(scores, reverse=True) and sizes == sorted(sizes, reverse=True)
        assert len(scores) == len(sizes) == 5

    @pytest.mark.parametrize("order", ["size", "score"])
    def test_max_faces_keeps_the_first(self, five, order):
        with Predictor(order=order) as all_faces, Predictor(max_faces=2, order=order) as limited:
            assert_same(limited(five), all_faces(five)[:2])

    @pytest.mark.parametrize("value", ["", "SIZE", None, 0])
    def test_order_that_there_is_not_is_refused(self, value):
        with pytest.raises(OptionError, match=r"order=.*'size' or 'score'"):
            Predictor(order=value)

    def test_larger_detector_input_finds_smaller_faces(self, predictor, astronaut):
        # the face takes a seventieth of the width: four pixels of 256, fifteen of 1024
        frame = np.full((1200, 2560, 3), 60, np.uint8)
        frame[400:570, 1000:1170] = cv2.resize(astronaut, (170, 170), interpolation=cv2.INTER_AREA)
        with Predictor(device="cpu", detector_size=1024) as sharp:
            assert (len(predictor(frame)), len(sharp(frame))) == (0, 1)

    def test_report_gives_the_smallest_face_that_the_detector_finds(self, predictor):
        report = predictor.report()
        assert (report.detector_size, report.retry_size) == (256, None)
        assert report.smallest_face(1280, 720) == report.smallest_face(720, 1280) == 80
        with Predictor(detector_size=384, retry_size=512) as sharp:
            assert sharp.report().smallest_face(1280, 720) == pytest.approx(53.3, abs=0.1)
            assert sharp.report().to_dict()["retry_size"] == 512

    @pytest.mark.parametrize("size", [0, 100, -32])
    def test_detector_input_of_another_size_is_refused(self, size):
        with pytest.raises(OptionError, match=f"detector input_size={size} is not a positive multiple of 32"):
            Predictor(detector_size=size)

    def test_min_score_drops_the_doubtful(self, predictor, five):
        scores = [face.score for face in predictor(five)]
        with Predictor(min_score=float(np.mean(scores))) as strict:
            assert [face.score for face in strict(five)] == [score for score in scores if score >= np.mean(scores)]

    def test_no_face_is_an_empty_list_without_a_call_of_the_network(self, predictor, monkeypatch):
        monkeypatch.setattr(Landmarker, "run", lambda self, crops: pytest.fail("called for nothing"))
        assert predictor(np.full((300, 400, 3), 127, np.uint8)) == []
        assert predictor.batch([]) == []


class TestBatch:
    def test_equals_single_calls(self, predictor, astronaut, grace_hopper, five):
        images = [astronaut, five, np.zeros((50, 40, 3), np.uint8), grace_hopper]
        batch = predictor.batch(images)
        assert [len(faces) for faces in batch] == [1, 5, 0, 1]
        for faces, image in zip(batch, images, strict=True):
            for face, single in zip(faces, predictor(image), strict=True):
                # the order of additions inside a convolution depends on the batch
                np.testing.assert_allclose(face.landmarks, single.landmarks, atol=0.01)
                np.testing.assert_array_equal(face.box, single.box)

    def test_takes_any_iterable_and_one_array(self, predictor, astronaut, face):
        from_generator = predictor.batch(image for image in [astronaut, astronaut])
        from_array = predictor.batch(np.stack([astronaut, astronaut]))
        for faces in (*from_generator, *from_array):
            assert nme(faces[0].landmarks, face.landmarks) < 0.01

    def test_single_image_is_refused(self, predictor, astronaut):
        with pytest.raises(ImageError, match=r"\(512, 512, 3\)"):
            predictor.batch(astronaut)

    def test_names_the_bad_one(self, predictor, astronaut):
        with pytest.raises(ImageError, match=r"image 1 of the batch: .*NoneType"):
            predictor.batch([astronaut, None])


class TestDeterminism:
    def test_same_image_same_bits(self, predictor, five):
        assert_same(predictor(five), predictor(five))

    def test_two_predictors_agree(self, astronaut, face):
        with Predictor() as other:
            assert_same(other(astronaut), [face])

    def test_threads_agree_with_one(self, predictor, astronaut, grace_hopper, five):
        images = [astronaut, five, grace_hopper] * 4
        alone = [predictor(image) for image in images]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(predictor, images))
        for faces, others in zip(together, alone, strict=True):
            assert_same(faces, others)


class TestLife:
    def test_closed_predictor_says_so(self, astronaut):
        with Predictor() as predictor:
            assert len(predictor(astronaut)) == 1
        with pytest.raises(ClosedError, match="closed"):
            predictor(astronaut)
        with pytest.raises(ClosedError):
            predictor.batch([])

    def test_closing_twice_is_fine(self):
        predictor = Predictor()
        predictor.close()
        predictor.close()

    def test_stream_pairs_frames_with_their_faces(self, predictor, astronaut, face):
        frames = list(predictor.stream([astronaut, np.zeros_like(astronaut)], tracking=None))
        assert [(frame.index, len(faces)) for frame, faces in frames] == [(0, 1), (1, 0)]
        assert_same(frames[0][1], [face])

    @pytest.mark.parametrize("tracking", [True, False, "yes", 0.5])
    def test_tracking_is_a_configuration_or_none(self, predictor, astronaut, tracking):
        # before the first frame is asked for
        with pytest.raises(OptionError, match=rf"tracking={tracking!r}: leave it out to follow faces"):
            predictor.stream([astronaut], tracking=tracking)
        with pytest.raises(OptionError, match="TrackingConfig"):
            predictor.tracker(tracking)


class TestOptions:
    @pytest.mark.parametrize(
        ("option", "value"),
        [
            *(("max_faces", value) for value in (0, -1, 1.5, "3", True)),
            *(("min_score", value) for value in (-0.1, 1.1, float("nan"), "0.5", None)),
            *(("min_confidence", value) for value in (-0.1, 1.1, float("nan"), "0.5", None)),
            *(("threads", value) for value in (0, -1, 1.5, "2", True, None, 10**6)),
            ("device", "gpu"),
            ("device", None),
        ],
    )
    def test_value_out_of_range_is_named(self, option, value):
        with pytest.raises(OptionError) as caught:
            Predictor(**{option: value})
        assert option in str(caught.value) and str(value) in str(caught.value)

    def test_other_detector(self, astronaut, face):
        with Predictor(detector="blazeface-short") as near:
            [other] = near(astronaut)
        assert nme(other.landmarks, face.landmarks) < 5

    def test_roles_are_not_mixed_up(self):
        with pytest.raises(ModelError, match="no landmarks model 'blazeface-back'; there are full"):
            Predictor("blazeface-back")
        with pytest.raises(ModelError, match="no detector model 'full'; there are blazeface-back, blazeface-short"):
            Predictor(detector="full")


class TestReport:
    def test_says_what_runs_where(self):
        with Predictor(detector="blazeface-short", threads=2) as predictor:
            report = predictor.report()
        assert (report.landmarks.model, report.detector.model) == ("full", "blazeface-short")
        for session in (report.landmarks, report.detector):
            assert os.path.isfile(session.file)
            assert session.threads == 2 and session.load_seconds > 0
            assert session.device == "cpu" and session.providers == ("CPUExecutionProvider",)
        assert report.warm_up_seconds > 0

    @pytest.mark.parametrize("model", ["full", "trimmed"])
    def test_plain_names_may_be_shipped(self, model):
        with Predictor(model, detector="blazeface-short") as predictor:
            report = predictor.report()
        assert report.license.startswith("Apache-2.0") and "free to ship" in report.license
        assert "no photograph of a person" in report.training_data

    @pytest.mark.parametrize("model", ["full-research", "trimmed-research"])
    def test_research_networks_say_so(self, model):
        with Predictor(model, detector="blazeface-short") as predictor:
            report = predictor.report()
        assert "research" in report.license and "HELEN" in report.training_data

    def test_goes_through_json(self, predictor):
        report = json.loads(json.dumps(predictor.report().to_dict(), allow_nan=False))
        assert report["landmarks"]["providers"] == ["CPUExecutionProvider"]
        assert set(report) == {
            *("landmarks", "detector", "license", "training_data", "warm_up_seconds"),
            *("detector_size", "retry_size", "tuning", "irises", "iris_license"),
        }
