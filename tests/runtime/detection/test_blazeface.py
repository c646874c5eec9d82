"""BlazeFace finds faces where they are, in images of any size."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import onnxruntime
import pytest
import skimage.data
from onnxruntime.datasets import get_example

from runtime.detection import BlazeFaceFormat, FaceDetector, detector_format
from runtime.detection.blazeface import anchor_centres
from runtime.detection.nms import iou
from runtime.errors import ModelError, OptionError

WEIGHTS = Path(__file__).parents[3] / "weights"
NAMES = ("blazeface-back", "blazeface-short")
# Read off the pictures by eye: the person's right eye, left eye, mouth.
ASTRONAUT_FEATURES = np.array([[202, 102], [247, 103], [223, 147]])
GRACE_HOPPER_FEATURES = np.array([[224, 193], [308, 190], [270, 280]])


@functools.cache
def session_of(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(WEIGHTS / f"{name}.onnx", options, providers=["CPUExecutionProvider"])


def load(name, **options):
    session = session_of(name)
    output_format = BlazeFaceFormat.from_metadata(session.get_modelmeta().custom_metadata_map)
    return FaceDetector(session, output_format, **options)


@pytest.fixture(scope="module")
def back():
    return load("blazeface-back")


@pytest.fixture(scope="module")
def astronaut():
    return np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])


@pytest.fixture(scope="module")
def grace_hopper():
    return cv2.imread(str(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("subject", "features"),
    [("astronaut", ASTRONAUT_FEATURES), ("grace_hopper", GRACE_HOPPER_FEATURES)],
)
def test_finds_the_one_face(name, subject, features, request):
    [face] = load(name)(request.getfixturevalue(subject))
    eye_distance = np.linalg.norm(features[0] - features[1])
    assert np.linalg.norm(face.keypoints[[0, 1, 3]] - features, axis=1).max() < 0.15 * eye_distance
    # From the eyebrows to the chin, and no more.
    assert 1.9 < (face.box[3] - face.box[1]) / eye_distance < 2.7
    assert (face.box[:2] < features).all() and (features < face.box[2:]).all()
    assert 0.5 <= face.score <= 1
    assert face.box.dtype == face.keypoints.dtype == np.float32


@pytest.mark.parametrize("input_size", [192, 256, 384])
def test_input_size_changes_the_detail_not_the_place(back, astronaut, input_size):
    [expected] = back(astronaut)
    [face] = load("blazeface-back", input_size=input_size)(astronaut)
    assert iou(expected.box, face.box[None])[0] > 0.8


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (40000, 3), (480, 640), (10000, 10000)])
def test_black_image_of_any_size_has_no_faces(back, shape):
    assert back(np.zeros((*shape, 3), np.uint8)) == []


def test_100_megapixel_image_keeps_its_face(back, astronaut):
    [expected] = back(astronaut)
    image = np.zeros((10000, 10000, 3), np.uint8)
    image[1000:9192, 1000:9192] = cv2.resize(astronaut, (8192, 8192), interpolation=cv2.INTER_NEAREST)
    [face] = back(image)
    assert iou(expected.box * 16 + 1000, face.box[None])[0] > 0.8


def test_two_people_are_two_detections(back, astronaut):
    [alone] = back(astronaut)
    faces = back(np.hstack([astronaut, astronaut]))
    left, right = sorted(faces, key=lambda face: face.box[0])
    assert iou(alone.box, left.box[None])[0] > 0.7
    assert iou(alone.box + np.float32([512, 0, 512, 0]), right.box[None])[0] > 0.7


def test_detections_come_best_first(back, astronaut, grace_hopper):
    smaller = cv2.resize(grace_hopper, (437, 512), interpolation=cv2.INTER_AREA)
    scores = [face.score for face in back(np.hstack([astronaut, smaller]))]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


def test_mirrored_image_mirrors_the_detection(back, astronaut):
    [face] = back(astronaut)
    [mirrored] = back(astronaut[:, ::-1])
    width = astronaut.shape[1]
    swapped = mirrored.keypoints[[1, 0, 2, 3, 5, 4]]
    np.testing.assert_allclose(width - 1 - swapped[:, 0], face.keypoints[:, 0], atol=6)
    np.testing.assert_allclose(swapped[:, 1], face.keypoints[:, 1], atol=6)


@pytest.mark.parametrize("factor", [0.5, 2, 4])
def test_scaled_image_scales_the_detection(back, astronaut, factor):
    [face] = back(astronaut)
    [scaled] = back(cv2.resize(astronaut, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    # Pixel centres at integers: x in the original is (x + 0.5) * factor - 0.5 in the scaled image.
    np.testing.assert_allclose((scaled.keypoints + 0.5) / factor - 0.5, face.keypoints, atol=3)


@pytest.mark.parametrize("factor", [2, 4])
def test_mapping_back_is_exact(back, astronaut, factor):
    """Repeating pixels leaves the network input as it was, so only the mapping can differ."""
    small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    [face] = back(small)
    [repeated] = back(small.repeat(factor, axis=0).repeat(factor, axis=1))
    np.testing.assert_allclose((repeated.keypoints + 0.5) / factor - 0.5, face.keypoints, atol=0.01)
    np.testing.assert_allclose((repeated.box + 0.5) / factor - 0.5, face.box, atol=0.01)


def test_same_image_gives_the_same_detections_from_many_threads(back, astronaut):
    [expected] = back(astronaut)
    with ThreadPoolExecutor(4) as pool:
        for [face] in pool.map(back, [astronaut] * 12):
            np.testing.assert_array_equal(face.box, expected.box)
            np.testing.assert_array_equal(face.keypoints, expected.keypoints)


def test_image_is_left_as_it_was(back, astronaut):
    copy = astronaut.copy()
    back(copy)
    np.testing.assert_array_equal(copy, astronaut)


def test_min_score_drops_weaker_detections(astronaut):
    [face] = load("blazeface-back", min_score=0)(astronaut)[:1]
    assert load("blazeface-back", min_score=min(1, face.score + 0.01))(astronaut) == []
    assert len(load("blazeface-back", min_score=face.score)(astronaut)) == 1


@pytest.mark.parametrize("option", ["min_score", "nms_threshold"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_threshold_outside_its_range_is_refused(option, value):
    with pytest.raises(OptionError, match=f"{option}={value}"):
        load("blazeface-back", **{option: value})


@pytest.mark.parametrize(
    ("name", "input_size"), [("blazeface-back", 250), ("blazeface-back", 0), ("blazeface-short", 256)]
)
def test_input_size_the_network_does_not_take_is_refused(name, input_size):
    with pytest.raises(OptionError, match=f"input_size={input_size}"):
        load(name, input_size=input_size)


def test_network_of_another_kind_is_refused():
    session = onnxruntime.InferenceSession(get_example("sigmoid.onnx"), providers=["CPUExecutionProvider"])
    names = [[each.name for each in ends] for ends in (session.get_inputs(), session.get_outputs())]
    with pytest.raises(ModelError, match="BlazeFace"):
        detector_format(names[0], names[1], {})


def test_anchors_that_do_not_fit_the_network_are_refused(astronaut):
    with pytest.raises(ModelError, match="896 anchors"):
        FaceDetector(session_of("blazeface-back"), BlazeFaceFormat(256, ((16, 2),)))(astronaut)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"input_size": "256"},
        {"input_size": "big", "anchors": "[[16,2]]"},
        {"input_size": "1", "anchors": "["},
    ],
)
def test_unreadable_metadata_is_refused(metadata):
    with pytest.raises(ModelError, match="anchors"):
        BlazeFaceFormat.from_metadata(metadata)


def test_anchors_lie_at_cell_centres():
    centres = anchor_centres(((16, 2), (32, 6)), 64, 64)
    assert centres.shape == (2 * 16 + 6 * 4, 2)
    np.testing.assert_array_equal(centres[:4], [[8, 8], [8, 8], [24, 8], [24, 8]])
    np.testing.assert_array_equal(centres[-1], [48, 48])


@pytest.mark.parametrize("shape", [(480, 640), (720, 1280), (640, 480), (512, 512)])
def test_network_does_not_look_at_black_bands(back, shape, monkeypatch):
    seen = []
    run = FaceDetector.run
    monkeypatch.setattr(FaceDetector, "run", lambda self, pixels: seen.append(pixels.shape) or run(self, pixels))
    back(np.zeros((*shape, 3), np.uint8))
    height, width = (-(-side * 256 // max(shape) // 32) * 32 for side in shape)
    assert seen == [(height, width, 3)]


@pytest.mark.parametrize("shape", [(480, 640), (720, 1280), (640, 360)])
def test_detection_is_that_of_the_square(back, grace_hopper, shape):
    """Black bands are not what the network pads with inside, so boxes differ by a little."""
    image = cv2.copyMakeBorder(cv2.resize(grace_hopper, (300, 352)), 0, shape[0] - 352, 0, shape[1] - 300, 0)
    square = back.at_size(256)
    square.step = square.size
    [face], [expected] = back(image), square(image)
    assert iou(expected.box, face.box[None])[0] > 0.9
    assert abs(face.score - expected.score) < 0.1


def test_network_of_one_size_sees_a_square(monkeypatch):
    short = load("blazeface-short")
    assert short.fixed and short.letterbox(np.zeros((480, 640, 3), np.uint8)).pixels.shape == (128, 128, 3)


def test_scores_at_the_threshold_are_compared_exactly(back, astronaut):
    boxed = back.letterbox(astronaut)
    regressions, logits = back.run(boxed.pixels)
    best = int(logits.argmax())
    alone = np.full_like(logits, -100)
    for logit, count in ((0.0, 1), (-1e-4, 0)):
        alone[best] = logit
        assert len(back.decode(regressions, alone, boxed)) == count
