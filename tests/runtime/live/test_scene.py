"""The picture of a frame: points where they belong at every size, mirrored or not, one or two."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import Predictor, draw_faces
from runtime.errors import OptionError
from runtime.live.state.networks import Difference, Following, NetworkOptions, PredictorPool, difference
from runtime.live.state.scene import GAP, Look, compose, scene_size

NOTHING = Look(points=False, contours=False, boxes=False, axes=False)
POINTS = Look(contours=False, boxes=False, axes=False)


@pytest.fixture(scope="module")
def faces(predictor, astronaut):
    return predictor(astronaut)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("factor", [0.75, 1.0, 2.0])
def test_points_lie_on_the_same_spot_of_the_face(predictor, astronaut, faces, mirror, factor):
    """Points drawn on black are where the network finds them in the picture as it is shown."""
    side = round(512 * factor)
    look = Look(points=True, contours=False, boxes=False, axes=False, mirror=mirror)
    drawn, _ = compose(np.zeros_like(astronaut), [faces], look, (side, side))
    shown, _ = compose(astronaut, [[]], look, (side, side))
    (found,) = predictor(shown)
    ys, xs = np.nonzero(drawn.max(axis=2))
    box = np.array([xs.min(), ys.min(), xs.max(), ys.max()])
    expected = np.concatenate([found.landmarks[:, :2].min(axis=0), found.landmarks[:, :2].max(axis=0)])
    np.testing.assert_allclose(box, expected, atol=6 * factor + 2)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("factor", [0.75, 2.0])
def test_irises_lie_on_the_same_spot_of_the_face(astronaut, mirror, factor):
    """Irises drawn on black, with the line of the gaze, are where they are found in the picture as it is shown."""
    side = round(512 * factor)
    look = dataclasses.replace(NOTHING, mirror=mirror)
    with Predictor(irises=True) as finder:
        drawn, _ = compose(np.zeros_like(astronaut), [finder(astronaut)], look, (side, side))
        shown, _ = compose(astronaut, [[]], look, (side, side))
        expected = draw_faces(np.zeros_like(shown), finder(shown), look.style())
    assert drawn.any()
    pixels = [np.argwhere(each.max(axis=2)) for each in (drawn, expected)]
    for corner in (np.min, np.max):
        np.testing.assert_allclose(*(corner(each, axis=0) for each in pixels), atol=4 * factor + 2)


def test_frame_itself_is_shown_unchanged(astronaut):
    scene, starts = compose(astronaut, [[]], NOTHING, (512, 512))
    np.testing.assert_array_equal(scene, astronaut)
    assert starts == [0]
    assert not np.shares_memory(scene, astronaut)
    mirrored, _ = compose(astronaut, [[]], Look(mirror=True), (512, 512))
    np.testing.assert_array_equal(mirrored, astronaut[:, ::-1])


def test_both_pictures_show_the_same_frame_and_their_own_faces(astronaut, faces):
    size = scene_size(astronaut.shape, 2, None)
    scene, starts = compose(astronaut, [faces, []], POINTS, size)
    assert starts == [0, 512 + GAP]
    np.testing.assert_array_equal(scene[:, starts[1] :], astronaut)
    assert (scene[:, :512] != astronaut).any()


@given(st.integers(2, 400), st.integers(2, 400), st.integers(1, 2), st.integers(40, 900), st.integers(40, 900))
def test_scene_fits_the_window_in_the_shape_of_the_frame(width, height, pictures, wide, high):
    size = scene_size((height, width, 3), pictures, (wide, high))
    assert size[0] <= wide and size[1] <= high
    assert size[0] > wide - 1 - pictures or size[1] > high - 1
    scene, starts = compose(np.zeros((height, width, 3), np.uint8), [[]] * pictures, NOTHING, size)
    assert scene.shape == (size[1], size[0], 3)
    assert len(starts) == pictures


def test_networks_are_apart_by_their_mean_point_distance(faces):
    (face,) = faces
    moved = type(face)(face.landmarks + np.float32([3, 4, 0]), face.box, face.score, face.confidence, face.pose)
    apart = difference([face], [moved])
    eyes = np.linalg.norm(face.landmarks[36, :2] - face.landmarks[45, :2])
    assert apart == Difference(pytest.approx(5.0, rel=1e-4), pytest.approx(500 / eyes, rel=1e-4))


def test_faces_that_only_one_network_found_do_not_count(faces):
    (face,) = faces
    far = type(face)(face.landmarks + np.float32([200, 0, 0]), face.box, face.score, face.confidence, face.pose)
    assert difference([face], [far]) is None
    assert difference([], [face]) is None
    assert difference([face, far], [far]) == Difference(0.0, 0.0)


@pytest.fixture(scope="module")
def networks():
    with PredictorPool(NetworkOptions()) as networks:
        yield networks


def test_networks_are_loaded_once(networks):
    assert networks.predictor("full", "blazeface-back") is networks.predictor("full", "blazeface-back")
    names = [lane.name for lane in networks.lanes(("full", "trimmed"), "blazeface-back", Following())]
    assert names == ["full", "trimmed"]


def test_network_cannot_be_compared_with_itself():
    with pytest.raises(OptionError, match="full cannot be compared with itself"):
        NetworkOptions(models=("full", "full"))


def test_tracking_gives_numbers_and_spares_the_detector(networks, astronaut):
    (lane,) = networks.lanes(("full",), "blazeface-back", Following())
    results = [lane(astronaut, time) for time in (0.0, 0.03, 0.06)]
    assert [result.detected for result in results] == [True, False, False]
    assert len({result.faces[0].track for result in results}) == 1
    assert results[0].faces[0].track is not None


def test_without_tracking_every_frame_is_taken_as_a_stream_without_tracking_takes_it(networks, predictor, astronaut):
    (lane,) = networks.lanes(("full",), "blazeface-back", Following(tracking=False))
    frames = [astronaut, np.ascontiguousarray(np.roll(astronaut, 3, axis=1)), np.zeros_like(astronaut), astronaut]
    expected = [faces for _, faces in predictor.stream(frames, tracking=None)]
    results = [lane(image, index / 30) for index, image in enumerate(frames)]
    assert all(result.detected and not result.gated for result in results)
    assert [len(result.faces) for result in results] == [1, 1, 0, 1]
    for result, faces in zip(results, expected, strict=True):
        for face, other in zip(result.faces, faces, strict=True):
            assert face.to_dict() == other.to_dict() and face.track is None
            np.testing.assert_array_equal(face.landmarks, other.landmarks)


def test_times_of_a_frame_without_tracking_add_up(networks, astronaut):
    (lane,) = networks.lanes(("full",), "blazeface-back", Following(tracking=False))
    times = lane(astronaut, 0.0).times
    assert times.detect > 0 and times.landmarks > 0 and times.rest > 0
