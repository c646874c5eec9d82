"""The whole generator: labels against pixels, the same seed, what hides points."""

import numpy as np
import pytest

from export.synthesis import scene
from export.synthesis.accessories import sample_mask
from export.synthesis.occluders import sample_occluder
from export.synthesis.rendering.camera import Camera
from export.synthesis.sampling import Aspect, RandomStreams
from export.synthesis.scene import Generator
from runtime.landmarks.head_pose import estimate_pose
from tests.made_once import made_once

SIZE = 64


@pytest.fixture(scope="module")
def generator(people):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("export.synthesis.scene.PersonFactory", lambda: people)
        return Generator(SIZE)


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    def make(_):
        generator = Generator(SIZE)
        return [generator.sample(7, index) for index in range(4)]

    return made_once(tmp_path_factory, "faces", make)


def test_the_same_seed_gives_the_same_bytes(generator, faces):
    again = generator.sample(7, 3)
    assert np.array_equal(again.image, faces[3].image)
    assert np.array_equal(again.points, faces[3].points)
    assert not np.array_equal(generator.sample(8, 3).image, faces[3].image)


def test_points_lie_inside_of_the_picture(faces):
    for face in faces:
        assert face.points.shape == (68, 2) and face.points3d.shape == (68, 3) and face.hidden.shape == (68,)
        assert (face.points > 0).all() and (face.points < SIZE - 1).all()
        assert face.box.tolist() == [*face.points.min(axis=0), *face.points.max(axis=0)]


def test_depth_is_centred_and_grows_away_from_the_camera(faces):
    for face in faces:
        z = face.points3d[:, 2]
        assert z.mean() == pytest.approx(0, abs=1e-3)
        if abs(face.pose[0]) < 30:
            assert z[30] < z[[0, 16]].min(), "the tip of the nose is nearer than the ears"


def test_the_pose_is_the_one_that_the_runtime_reads_from_the_points(faces):
    for face in faces:
        found = estimate_pose(face.points3d)
        assert (found.yaw, found.pitch, found.roll) == pytest.approx(tuple(face.pose), abs=12)


def test_points_without_the_jaw_are_the_same_in_two_and_three_dimensions(faces):
    for face in faces:
        assert face.points[17:] == pytest.approx(face.points3d[17:, :2], abs=1e-3)


def test_dark_glasses_masks_and_hands_hide_points_that_bare_faces_show(generator):
    """Among many faces, those with something over the mouth show fewer of its points."""
    bare, covered = [], []
    for index in range(90):
        streams = RandomStreams(3, index)  # what a person has before the face is known without making the person
        mask, occluder = sample_mask(streams[Aspect.MASK]), sample_occluder(streams[Aspect.OCCLUDER])
        if mask or (not occluder and len(bare) < 2):
            face = generator.sample(3, index)
            assert (face.attributes["mask"] == "none") == (mask is None)
            if abs(face.pose[0]) < 40 and face.attributes["occluder"] == "none":
                (covered if mask else bare).append(face.hidden[48:].mean())
        if covered and len(bare) == 2:
            break
    assert min(covered) > 0.5 and max(bare) < 0.5


def one_draw_more(sample):
    def drawing(rng, *arguments):
        rng.random()
        return sample(rng, *arguments)

    return drawing


def test_a_draw_more_for_the_pose_leaves_everything_else_as_it_was(generator, faces, monkeypatch):
    monkeypatch.setattr(scene, "sample_pose", one_draw_more(scene.sample_pose))
    face = generator.sample(7, 3)
    assert face.attributes == faces[3].attributes
    assert not np.array_equal(face.pose, faces[3].pose)


def test_a_draw_more_for_the_light_moves_no_point(generator, faces, monkeypatch):
    monkeypatch.setattr(scene, "sample_illumination", one_draw_more(scene.sample_illumination))
    face = generator.sample(7, 3)
    for name in ("points", "points3d", "hidden", "pose", "box"):
        assert np.array_equal(getattr(face, name), getattr(faces[3], name))
    assert face.attributes | {"light": ""} == faces[3].attributes | {"light": ""}
    assert not np.array_equal(face.image, faces[3].image)


def test_too_small_a_picture_is_refused():
    with pytest.raises(ValueError, match="64"):
        Generator(32)


def test_a_camera_sees_its_target_where_it_should_be():
    target, centre = np.array([0.1, 7.0, 1.2], np.float32), np.array([40.0, 60.0], np.float32)
    camera = Camera.looking_at(100, 30.0, target, centre, 2.0)
    pixels, depth = camera.project(target[None])
    assert pixels[0] == pytest.approx(centre, abs=1e-4)
    assert depth[0] == pytest.approx(camera.distance)
    edge, _ = camera.project((target + np.array([1, 0, 0]))[None].astype(np.float32))
    assert edge[0, 0] - centre[0] == pytest.approx(50, rel=1e-4), "half of the extent is half of the picture"


def test_a_supersampled_picture_has_its_pixel_centres_between_the_fine_ones():
    camera = Camera.looking_at(100, 30.0, np.zeros(3, np.float32), np.array([49.5, 49.5], np.float32), 2.0)
    point = np.array([[0.3, -0.2, 0.1]], np.float32)
    coarse, fine = camera.project(point)[0], camera.project(point, 2)[0]
    assert (fine + 0.5) / 2 - 0.5 == pytest.approx(coarse, abs=1e-4)
