"""Detectors other than BlazeFace, by path: YuNet's published files, and this project's own."""

from __future__ import annotations

import numpy as np
import pytest

from runtime import ModelError, OptionError, Predictor
from runtime.detection import AnchorFreeFormat, YuNetFormat, detector_format
from tests.detector_graphs import anchor_free_file, yunet_file

SHAPES = [(480, 640), (333, 500), (1000, 300)]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("detectors")
    return {
        "any size": yunet_file(folder / "yunet.onnx"),
        "one size": yunet_file(folder / "yunet_640.onnx", side=640),
        "anchor-free": anchor_free_file(folder / "edge.onnx"),
    }


@pytest.mark.parametrize("name", ["any size", "one size", "anchor-free"])
def test_network_is_fed_and_read_by_its_format(files, name, astronaut):
    """Random weights find no faces, but boxes, each with a score and six keypoints."""
    with Predictor(detector=files[name], min_score=0.65, max_faces=1) as predictor:
        detections = predictor._networks().detector(astronaut)
        predictor(astronaut)
    assert detections
    assert all(0.65 <= each.score <= 1 and each.keypoints.shape == (6, 2) for each in detections)
    mouths = [(each.keypoints[3], each.keypoints[4:].mean(axis=0)) for each in detections]
    np.testing.assert_allclose(*zip(*mouths, strict=True), atol=0.01)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["any size", "anchor-free"])
def test_input_follows_the_picture(files, name, shape):
    with Predictor(detector=files[name]) as predictor:
        detector = predictor._networks().detector
        height, width = detector.letterbox(np.zeros((*shape, 3), np.uint8)).pixels.shape[:2]
    assert max(height, width) == 320
    assert min(height, width) == -(-round(320 * min(shape) / max(shape)) // 32) * 32


def test_file_that_takes_one_size_says_so(files):
    with Predictor(detector=files["one size"]) as predictor:
        detector = predictor._networks().detector
        assert (detector.size, detector.fixed) == (640, True)
        assert detector.letterbox(np.zeros((480, 640, 3), np.uint8)).pixels.shape == (640, 640, 3)
    with pytest.raises(OptionError, match="640 only"):
        Predictor(detector=files["one size"], detector_size=320)


def test_only_a_detector_of_upright_faces_searches_turned_frames(files):
    for name, searches in (("any size", True), ("anchor-free", False)):
        with Predictor(detector=files[name]) as predictor:
            assert (predictor._networks().turned is not None) == searches


def test_yunet_scores_are_the_root_of_class_times_object():
    cells = [1600, 400, 100]
    outputs = [np.zeros((1, count, width), np.float32) for width in (1, 1, 4, 10) for count in cells]
    outputs[0][0, 7], outputs[3][0, 7] = 0.81, 1.0  # clipped: published files give a little more than one
    outputs[1][0, 3], outputs[4][0, 3] = 0.5, 1.2
    values, logits = YuNetFormat().split(outputs)
    scores = 1 / (1 + np.exp(-logits.astype(np.float64)))
    assert values.shape == (2100, 14)
    assert scores[7] == pytest.approx(0.9, abs=1e-5)
    assert scores[1603] == pytest.approx(np.sqrt(0.5), abs=1e-5)
    assert np.isfinite(logits).all()


def test_yunet_scores_stay_finite_where_the_network_gives_more_than_one_or_less_than_none():
    cells = [1, 1, 1]
    outputs = [np.zeros((1, count, width), np.float32) for width in (1, 1, 4, 10) for count in cells]
    for place, (kind, thing) in enumerate([(1.02, 1.01), (1.0, 0.25), (1.0, -0.1)]):
        outputs[place][0, 0], outputs[3 + place][0, 0] = kind, thing
    _, logits = YuNetFormat().split(outputs)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits.astype(np.float64))), [1, 0.5, 0], atol=1e-5)
    assert np.isfinite(logits).all()


def test_a_cell_gives_centre_sides_and_keypoints_in_strides():
    values = np.zeros((21, 14), np.float32)
    values[16] = [0.5, 0.25, np.log(2), np.log(3), -1, -0.5, 1, -0.5, 0, 0.25, -0.5, 1, 0.5, 2]
    [points] = YuNetFormat().decode(values, np.array([16]), 32, 32)  # the first cell of stride 16
    eyes, nose, mouth = [[-16, -8], [16, -8]], [0, 4], [[-8, 16], [8, 32]]
    np.testing.assert_allclose(points, [[8, 4], [32, 48], *eyes, nose, [0, 24], *mouth], rtol=1e-6)


def test_yunet_counts_from_the_corner_of_a_cell_and_ours_from_its_centre():
    values = np.zeros((21, 14), np.float32)
    chosen = np.array([5, 16])  # second row of stride 8, first cell of stride 16
    corners = YuNetFormat().decode(values, chosen, 32, 32)
    np.testing.assert_array_equal(corners[:, 0], [[8, 8], [0, 0]])
    np.testing.assert_array_equal(corners[:, 1], [[8, 8], [16, 16]])
    centres = AnchorFreeFormat(320, (8, 16, 32)).decode(values, chosen, 32, 32)
    np.testing.assert_array_equal(centres[:, 0], [[12, 12], [8, 8]])


def test_values_that_do_not_fit_the_input_are_refused():
    with pytest.raises(ModelError, match="64x32"):
        YuNetFormat().decode(np.zeros((21, 14), np.float32), np.array([0]), 32, 64)


@pytest.mark.parametrize("metadata", [{"strides": "8"}, {"input_size": "large"}, {"strides": "["}])
def test_unreadable_metadata_is_refused(tmp_path, metadata):
    with pytest.raises(ModelError, match="strides"):
        Predictor(detector=anchor_free_file(tmp_path / "edge.onnx", **metadata))


def test_other_networks_are_refused_with_the_formats_that_are_known():
    with pytest.raises(ModelError, match=r"'cells' out.*YuNet"):
        detector_format(["data"], ["scores"], {})
