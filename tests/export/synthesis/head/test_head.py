"""A person's mesh and the pose that it is seen in."""

from dataclasses import replace

import numpy as np
import pytest

from export.annotations.samples import MIRROR
from export.synthesis.head.assets import load_assets
from export.synthesis.head.expression import Expression, neutral_expression, sample_expression
from export.synthesis.head.face_units import ExpressionKind
from export.synthesis.head.head import build_head, make_pose, sample_pose
from export.synthesis.head.identity import mean_identity, sample_identity
from export.synthesis.rendering.camera import Camera
from runtime.faces import Pose
from runtime.landmarks.head_pose import estimate_pose

ASSETS = load_assets()
MEAN = build_head(ASSETS, mean_identity(), neutral_expression())


def mirrored_name(name):
    swaps = (("Left", "Right"), ("/l-", "/r-"))
    for one, other in swaps:
        if one in name or other in name:
            return name.replace(one, "?").replace(other, one).replace("?", other)
    return name[:-1] + {"l": "r", "r": "l"}[name[-1]] if name.startswith("asym/") else name


def mirrored(weights):
    return {mirrored_name(name): weight for name, weight in weights.items()}


def test_the_same_seed_gives_the_same_bytes():
    def draw():
        rng = np.random.default_rng(9)
        head = build_head(ASSETS, sample_identity(rng, ASSETS), sample_expression(rng))
        return head.vertices.tobytes() + head.landmarks.tobytes() + sample_pose(rng).head.tobytes()

    assert draw() == draw()


def test_a_mirrored_person_has_mirrored_points():
    rng = np.random.default_rng(6)
    person = sample_identity(rng, ASSETS)
    smile = {"fu/mouthSmileLeft": 0.9, "fu/eyeBlinkRight": 0.6, "fu/jawOpen": 0.2}
    head = build_head(ASSETS, person, Expression(ExpressionKind.SMILE, smile, np.zeros(2, np.float32)))
    twin = build_head(
        ASSETS,
        replace(person, weights=mirrored(person.weights)),
        Expression(ExpressionKind.SMILE, mirrored(smile), np.zeros(2, np.float32)),
    )
    np.testing.assert_allclose(twin.landmarks[MIRROR] * [-1, 1, 1], head.landmarks, atol=2e-3)


def test_eyeballs_are_spheres_and_do_not_follow_the_lids():
    blink = Expression(
        ExpressionKind.NEUTRAL, {"fu/eyeBlinkLeft": 1.0, "fu/eyeBlinkRight": 1.0}, np.zeros(2, np.float32)
    )
    head = build_head(ASSETS, mean_identity(), blink)
    for eye, rows in zip(head.eyes, ASSETS.eye_rows, strict=True):
        distance = np.linalg.norm(head.vertices[rows] - eye.centre, axis=1)
        np.testing.assert_allclose(distance, eye.radius, rtol=1e-4)
    np.testing.assert_array_equal(head.vertices[ASSETS.eye_rows[0]], MEAN.vertices[ASSETS.eye_rows[0]])


def test_offsets_move_the_points_within_the_skin():
    offsets = np.full((68, 3), 0.02, np.float32)
    plain = build_head(ASSETS, mean_identity(), neutral_expression(), np.zeros((68, 3), np.float32))
    moved = build_head(ASSETS, mean_identity(), neutral_expression(), offsets)
    np.testing.assert_allclose(moved.landmarks - moved.annotator_offsets, plain.landmarks, atol=1e-6)
    assert np.linalg.norm(moved.annotator_offsets, axis=1).max() <= np.linalg.norm(offsets[0]) * 1.01 * np.linalg.norm(
        plain.landmarks[36] - plain.landmarks[45]
    )
    # the tip of the nose faces the front and slightly down: hardly any of its offset points off the skin
    assert abs(moved.annotator_offsets[30, 2]) < 0.5 * abs(moved.annotator_offsets[30, 0])


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"),
    [(0, 0, 0), (30, 0, 0), (-60, 0, 0), (0, 25, 0), (0, -25, 0), (0, 0, 30), (40, 20, -15), (-40, -20, 15)],
)
def test_poses_are_those_of_the_runtime(yaw, pitch, roll):
    posed = make_pose(yaw, pitch, roll).rigid(MEAN.landmarks)
    camera = Camera.looking_at(256, 5, posed.mean(axis=0), np.array([128.0, 128.0], np.float32), 2.5)
    frontal = estimate_pose(camera.scaled_points(MEAN.landmarks))
    found = estimate_pose(camera.scaled_points(posed))
    # the mean head of the runtime is tilted a little against this one, by the same rotation in every pose
    expected = Pose(yaw, pitch, roll).matrix() @ frontal.matrix()
    np.testing.assert_allclose(found.matrix(), expected, atol=np.radians(3))
    assert abs(frontal.yaw) < 1 and abs(frontal.roll) < 1 and abs(frontal.pitch) < 12


def test_the_whole_face_moves_with_the_skull():
    pose = make_pose(50, -20, 25, follow=(0, 0, 0))
    posed = pose.apply(MEAN.vertices, ASSETS.vertices)
    face = np.unique(ASSETS.point_rows)
    np.testing.assert_allclose(posed[face], pose.rigid(MEAN.vertices[face]), atol=1e-5)


def test_shoulders_stay_unless_they_follow():
    low = ASSETS.vertices[:, 1] < 5.3
    still = make_pose(50, 0, 0, follow=(0, 0, 0)).apply(MEAN.vertices, ASSETS.vertices)
    turned = make_pose(50, 0, 0, follow=(1, 0, 0)).apply(MEAN.vertices, ASSETS.vertices)
    np.testing.assert_allclose(still[low], MEAN.vertices[low], atol=1e-5)
    assert np.abs(turned[low] - MEAN.vertices[low]).max() > 1


def test_most_people_half_face_the_camera_and_some_turn_far():
    rng = np.random.default_rng(0)
    poses = [sample_pose(rng) for _ in range(2000)]
    yaw = np.array([abs(pose.yaw) for pose in poses])
    assert 0.65 < np.mean(yaw < 25) < 0.85
    assert 0.02 < np.mean(yaw > 60) < 0.12
    assert yaw.max() <= 75 and max(abs(pose.pitch) for pose in poses) <= 35 and max(abs(p.roll) for p in poses) <= 35
