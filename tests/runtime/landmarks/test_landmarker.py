"""Crops in, points out: batches, regions, confidence, and files that are no landmark network."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from runtime import ModelError, list_models
from runtime.engine.model_registry import LANDMARK_CONTRACT, ModelFile, load_model
from runtime.engine.sessions import open_session
from runtime.landmarks.landmarker import MAX_BATCH, Landmarker
from runtime.landmarks.region_of_interest import Region, crop, region_from_points
from runtime.pipeline.loading import open_landmarker

LANDMARK_MODELS = [entry.name for entry in list_models() if entry.role == "landmarks"]
FACE = Region(224, 135, 160, 0.06)
"""About the astronaut's face."""


@pytest.fixture(scope="module", params=LANDMARK_MODELS)
def landmarker(request):
    return open_landmarker(load_model(request.param, "landmarks"), "cpu")[0]


def test_many_regions_go_through_in_bounded_batches(landmarker, astronaut, monkeypatch):
    sizes = []
    run = Landmarker.run
    monkeypatch.setattr(Landmarker, "run", lambda self, crops: sizes.append(len(crops)) or run(self, crops))
    regions = [Region(FACE.x + shift / 10, FACE.y, FACE.side, FACE.rotation) for shift in range(MAX_BATCH + 3)]
    result = landmarker(astronaut, regions)
    assert sizes == [MAX_BATCH, 3]
    assert result.points.shape == (MAX_BATCH + 3, 68, 3) and result.confidence.shape == (MAX_BATCH + 3,)
    assert result.points.dtype == result.confidence.dtype == np.float32
    [last] = landmarker(astronaut, regions[-1:]).points
    np.testing.assert_allclose(result.points[-1], last, atol=0.01)


def test_network_sees_the_crop_as_it_is(landmarker, astronaut, monkeypatch):
    # the file's metadata promises to take BGR bytes: nothing is swapped or scaled on the way
    fed = []

    class Spy:
        def run(self, names, feeds):
            fed.append(feeds["image"])
            return np.zeros((1, 68, 3), np.float32), np.zeros((1, 1), np.float32)

    monkeypatch.setattr(landmarker, "_session", Spy())
    landmarker(astronaut, [FACE])
    np.testing.assert_array_equal(fed[0][0], crop(astronaut, FACE, landmarker.spec.input_size))


def test_no_regions_give_empty_arrays(landmarker, astronaut):
    result = landmarker(astronaut, [])
    assert result.points.shape == (0, 68, 3) and result.confidence.shape == (0,)


def test_each_region_lies_in_its_own_image(landmarker, astronaut, grace_hopper):
    other = Region(267, 250, 290, -0.06)
    result = landmarker.batch([astronaut, grace_hopper], [FACE, other])
    assert 185 < result.points[0, 36, 0] < 202 and 195 < result.points[1, 36, 0] < 215
    np.testing.assert_allclose(result.points[1], landmarker(grace_hopper, [other]).points[0], atol=0.01)


def test_points_stay_when_the_region_moves_a_little(landmarker, astronaut):
    [reference] = landmarker(astronaut, [FACE]).points
    eye_distance = np.linalg.norm(reference[36] - reference[45])
    moved = [
        Region(FACE.x + 5, FACE.y - 5, FACE.side * 1.1, FACE.rotation),
        Region(FACE.x, FACE.y, FACE.side * 0.92, FACE.rotation + 0.15),
    ]
    for points in landmarker(astronaut, moved).points:
        assert np.linalg.norm((points - reference)[:, :2], axis=1).mean() < 0.06 * eye_distance


def test_region_of_its_own_points_finds_them_again(landmarker, astronaut):
    [points] = landmarker(astronaut, [FACE]).points
    region = region_from_points(points, landmarker.spec.crop_scale)
    [again] = landmarker(astronaut, [region]).points
    assert np.linalg.norm((again - points)[:, :2], axis=1).mean() < 0.04 * np.linalg.norm(points[36] - points[45])


def test_confidence_separates_faces_from_background(landmarker, astronaut):
    rocket, suit, nothing = Region(440, 150, 150), Region(180, 420, 160), Region(9000, 9000, 160)
    face, *others = landmarker(astronaut, [FACE, rocket, suit, nothing]).confidence
    assert face > 0.9 and max(others) < 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input_size": "128"}, "promises"),
        ({"color_order": "RGB"}, "color_order is 'RGB', this runtime needs 'BGR'"),
        ({"kind": "face-detector"}, "kind is 'face-detector'"),
        ({"kind": None}, "does not say 'kind'"),
        ({"input_size": None}, "input_size"),
        ({"input_size": "large"}, "input_size"),
        ({"crop_scale": "nan"}, "crop_scale"),
        ({"crop_scale": "-1.5"}, "crop_scale"),
    ],
)
def test_file_that_asks_for_other_food_is_refused(tmp_path, changes, message):
    model = onnx.load(load_model("full", "landmarks").path)
    metadata = {item.key: item.value for item in model.metadata_props} | changes
    del model.metadata_props[:]
    helper.set_model_props(model, {key: value for key, value in metadata.items() if value is not None})
    file = tmp_path / "other.onnx"
    onnx.save(model, file)
    with pytest.raises(ModelError, match=message) as caught:
        open_landmarker(load_model(file, "landmarks"), "cpu")[0]
    assert str(file) in str(caught.value)


def test_graph_that_breaks_its_metadata_is_refused(tmp_path):
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 192, 192])
    points = helper.make_tensor_value_info("points", TensorProto.FLOAT, ["n", 3, 192, 192])
    graph = helper.make_graph([helper.make_node("Identity", ["image"], ["points"])], "g", [image], [points])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, LANDMARK_CONTRACT | {"input_size": "192", "crop_scale": "1.5"})
    file = ModelFile("identity", tmp_path / "identity.onnx", model.SerializeToString())
    with pytest.raises(ModelError, match=r"tensor\(float\)', 3, 192, 192"):
        Landmarker(open_session(file, "cpu"))


def test_crops_per_call_bound_the_batches(astronaut, monkeypatch):
    sizes = []
    run = Landmarker.run
    monkeypatch.setattr(Landmarker, "run", lambda self, crops: sizes.append(len(crops)) or run(self, crops))
    session = open_session(load_model("full", "landmarks"), "cpu")
    Landmarker(session, crops_per_call=2)(astronaut, [FACE] * 5)
    assert sizes == [2, 2, 1]
