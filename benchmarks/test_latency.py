"""Latency by stage and of the whole chain, one face at 640x480; model size and work in ``extra_info``.

make bench
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data

from runtime.detector import BlazeFace, BlazeFaceSpec
from runtime.landmarker import Landmarker
from runtime.letterbox import letterbox
from runtime.models import list_models, load_model, metadata_of
from runtime.pose import estimate_pose
from runtime.predictor import Predictor
from runtime.regions import crop, region_from_points
from runtime.sessions import open_session

NETWORKS = [entry for entry in list_models() if entry.role == "landmarks"]
DETECTORS = [entry for entry in list_models() if entry.role == "detector"]


@pytest.fixture(scope="module")
def frame() -> Any:
    """The astronaut in a 640x480 frame, (480, 640, 3) uint8 BGR."""
    picture = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    canvas = np.full((480, 640, 3), 96, np.uint8)
    canvas[:, 80:560] = cv2.resize(picture, (480, 480), interpolation=cv2.INTER_AREA)
    return canvas


@pytest.mark.benchmark(group="landmark network, one crop")
@pytest.mark.parametrize("entry", NETWORKS, ids=lambda entry: entry.name)
def test_landmark_network(benchmark: Any, entry: Any) -> None:
    landmarker = Landmarker(open_session(load_model(entry.name, "landmarks"), "cpu"))
    crops = np.random.default_rng(0).integers(0, 256, (1, 192, 192, 3)).astype(np.uint8)
    benchmark.extra_info.update(bytes=entry.bytes, parameters=entry.parameters)
    points, _ = benchmark(landmarker.run, crops)
    assert points.shape == (1, 68, 3)


@pytest.mark.benchmark(group="detector, one frame with letterbox and decoding")
@pytest.mark.parametrize("entry", DETECTORS, ids=lambda entry: entry.name)
def test_detector(benchmark: Any, entry: Any, frame: Any) -> None:
    session = open_session(load_model(entry.name, "detector"), "cpu").onnx
    detector = BlazeFace(session, BlazeFaceSpec.from_metadata(metadata_of(session)))
    benchmark.extra_info.update(bytes=entry.bytes, parameters=entry.parameters)
    assert len(benchmark(detector, frame)) == 1


@pytest.mark.benchmark(group="stages in Python")
def test_letterbox(benchmark: Any, frame: Any) -> None:
    benchmark(letterbox, frame, 256)


@pytest.mark.benchmark(group="stages in Python")
def test_crop_and_pose(benchmark: Any, frame: Any) -> None:
    with Predictor(device="cpu") as predictor:
        landmarks = predictor(frame)[0].landmarks
    benchmark(lambda: (crop(frame, region_from_points(landmarks), 192), estimate_pose(landmarks)))


@pytest.mark.benchmark(group="whole chain, one face at 640x480, detection in every frame")
@pytest.mark.parametrize("entry", NETWORKS, ids=lambda entry: entry.name)
def test_predictor(benchmark: Any, entry: Any, frame: Any) -> None:
    with Predictor(entry.name, device="cpu") as predictor:
        assert len(benchmark(predictor, frame)) == 1
