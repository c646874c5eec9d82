"""A shape of input that keeps coming gets a session of its own, and no value changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from runtime import Predictor
from runtime.engine import fixed_size
from runtime.engine.fixed_size import IDLE, KEPT, PATIENCE, ShapedNetwork
from runtime.engine.model_registry import load_model
from runtime.pipeline import loading
from runtime.pipeline.loading import open_detector


class Recorder:
    """A network that says which lengths it was opened for."""

    def __init__(self, sides):
        self.sides = sides

    def get_inputs(self):
        return [SimpleNamespace(name="image", shape=["batch", "height", "width", 3])]

    def get_outputs(self):
        return []

    def run(self, names, feed, /):
        return [self.sides]


@pytest.fixture
def opened():
    return []


@pytest.fixture
def network(opened):
    def open_fixed(sides):
        opened.append(sides)
        return Recorder(sides)

    return ShapedNetwork(Recorder(None), open_fixed)


def run(network, height, width, times=1):
    feed = {"image": np.zeros((1, height, width, 3), np.uint8)}
    return [network.run(None, feed)[0] for _ in range(times)]


def test_shape_that_keeps_coming_gets_a_network_of_its_own(network, opened):
    fixed = {"batch": 1, "height": 192, "width": 256}
    assert run(network, 192, 256, PATIENCE + 2) == [None] * PATIENCE + [fixed] * 2
    assert opened == [fixed]


def test_shapes_that_come_seldom_share_the_free_network(network, opened):
    for side in range(32, 1056, 32):
        run(network, side, 256, PATIENCE)
    assert not opened


def test_few_networks_are_kept(network, opened):
    sides = [128, 160, 192, 224, 256]
    for side in sides:
        run(network, side, 256, IDLE)
    heights = [run(network, side, 256)[0] for side in sides]
    assert [each and each["height"] for each in heights] == [None, 160, 192, 224, 256]
    assert len(opened) == 5 and len(heights) - heights.count(None) == KEPT


def test_shapes_that_come_by_turns_open_no_network_twice(network, opened):
    for _ in range(3 * IDLE):
        for side in (128, 160, 192, 224, 256, 288):
            run(network, side, 256)
    assert [each["height"] for each in opened] == [128, 160, 192, 224]


def test_empty_scene_opens_no_session_in_a_frame_again(monkeypatch):
    """Detector, presence gate and second look have a session each, and keep it."""
    opened = []
    open_session = loading.open_session

    def counted(*arguments, **options):
        opened.append(options.get("fixed"))
        return open_session(*arguments, **options)

    patience = 10
    monkeypatch.setattr(fixed_size, "PATIENCE", patience)
    monkeypatch.setattr(loading, "open_session", counted)
    with Predictor(device="cpu", retry_size=384) as predictor:
        tracker, empty = predictor.tracker(), np.full((90, 160, 3), 127, np.uint8)
        for index in range(7 * patience):
            tracker(empty, index / 30)
        fixed = [each["width"] for each in opened if each is not None]
        assert sorted(fixed) == [128, 256, 384]
        for index in range(7 * patience, 10 * patience):
            tracker(empty, index / 30)
    assert len([each for each in opened if each is not None]) == 3


def test_threads_open_one_network_between_them(network, opened):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: run(network, 192, 256, 40), range(8)))
    assert len(opened) == 1


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (512, 512)])
def test_detections_stay_the_same_to_the_last_bit(size, astronaut, monkeypatch):
    monkeypatch.setattr(fixed_size, "PATIENCE", 2)
    detector, _ = open_detector(load_model("blazeface-back", "detector"), "cpu")
    pixels = detector.letterbox(np.resize(astronaut, (size[1], size[0], 3))).pixels
    values = [detector.run(pixels) for _ in range(5)]  # from the third on in a session for this size
    for regressions, logits in values[1:]:
        assert (regressions == values[0][0]).all() and (logits == values[0][1]).all()
