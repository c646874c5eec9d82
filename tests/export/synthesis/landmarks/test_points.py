"""The 68 points: the table, the outline that slides, what is hidden."""

import cv2
import numpy as np
import pytest

from export.annotations.samples import MIRROR
from export.synthesis.head.assets import Group, load_assets
from export.synthesis.head.expression import neutral_expression, sample_expression
from export.synthesis.head.head import build_head, make_pose, visible_points
from export.synthesis.head.identity import mean_identity, sample_identity
from export.synthesis.landmarks.points import JAW, find_hidden, mesh_points, read_offsets
from export.synthesis.mesh.raster import rasterize
from export.synthesis.rendering.camera import Camera
from runtime.face_parts import OUTER_EYE_CORNERS

ASSETS = load_assets()
HEADS = [build_head(ASSETS, mean_identity(), neutral_expression())]
_rng = np.random.default_rng(12)
HEADS += [build_head(ASSETS, sample_identity(_rng, ASSETS), sample_expression(_rng)) for _ in range(3)]
NEUTRAL = [HEADS[0]] + [build_head(ASSETS, sample_identity(_rng, ASSETS), neutral_expression()) for _ in range(4)]
SKIN = ASSETS.triangles[ASSETS.group == Group.BODY]
SIZE = 256


def view(head, yaw, pitch=0.0, roll=0.0):
    """Pixels of the visible points (68, 2), their depth, and the pixels and depth of all vertices, weak perspective."""
    pose = make_pose(yaw, pitch, roll, follow=(0, 0, 0))
    posed = pose.apply(head.vertices, ASSETS.vertices)
    target = pose.rigid(head.landmarks).mean(axis=0)
    camera = Camera.looking_at(SIZE, 8, target, np.array([SIZE / 2, SIZE / 2], np.float32), 2.5)
    pixels, depth = camera.project(posed)
    points, distance = camera.project(visible_points(head, pose, posed, pixels))
    return points, distance, pixels, depth


def test_the_rest_table_is_symmetric():
    points = mesh_points(ASSETS, ASSETS.vertices)
    np.testing.assert_allclose(points[MIRROR] * [-1, 1, 1], points, atol=1e-4)


def test_the_points_are_in_ibug_order():
    points = mesh_points(ASSETS, ASSETS.vertices)
    assert (np.diff(points[:17, 0]) > 0).sum() >= 14  # subject's right ear to left
    assert points[36, 0] < points[39, 0] < 0 < points[42, 0] < points[45, 0]
    assert points[27, 1] > points[30, 1] > points[33, 1] > points[51, 1] > points[57, 1] > points[8, 1]
    assert (points[17:27, 1] > points[36:48, 1].max()).all()


def test_offsets_are_symmetric_shares_of_the_eye_distance():
    offsets = read_offsets()
    assert offsets.shape == (68, 3) and np.abs(offsets).max() < 0.15
    np.testing.assert_allclose(offsets[MIRROR] * [-1, 1, 1], offsets, atol=1e-6)
    assert OUTER_EYE_CORNERS == (36, 45)


@pytest.mark.parametrize("yaw", [-75, -60, -45, -30, 0, 30, 45, 60, 75])
@pytest.mark.parametrize("pitch", [-25, 0, 25])
def test_the_outline_never_folds_back(yaw, pitch):
    for head in HEADS:
        steps = np.diff(view(head, yaw, pitch, 10)[0][:JAW], axis=0)
        lengths = np.linalg.norm(steps, axis=1)
        assert ((steps[:-1] * steps[1:]).sum(axis=1) > -0.3 * lengths[:-1] * lengths[1:]).all()
        assert lengths.min() > 0.01 * SIZE / 2.5


@pytest.mark.parametrize("yaw", [-75, -60, -45, -30, -20, 20, 30, 45, 60, 75])
def test_the_far_jaw_lies_on_the_silhouette(yaw):
    # of the face, or of the cheek where the nose or the lips stand before it
    x, y, z = np.abs(ASSETS.vertices.T)
    cheek = SKIN[~((x < 0.32) & (z > 1.3) & (y > 6.5) & (y < 7.4))[SKIN].any(axis=1)]
    share = 0.015 if abs(yaw) < 75 else 0.02  # there a point may be on its way from the lips to the cheek
    for head in NEUTRAL:
        points, _, pixels, depth = view(head, yaw)
        column, row = np.rint(points[11:16] if yaw > 0 else points[1:6]).astype(int).T
        away = np.minimum(*(to_edge(covered(pixels, depth, part))[row, column] for part in (SKIN, cheek)))
        assert (away <= share * np.ptp(points, axis=0).max() + 0.7).all()


def covered(pixels, depth, triangles):
    """(SIZE, SIZE) uint8: 1 where the triangles are."""
    return (rasterize(pixels, depth, triangles, SIZE, SIZE)[0] >= 0).astype(np.uint8)


def to_edge(mask):
    """Distance of every pixel to the edge of what a mask covers."""
    # a pixel beside the edge is 1 from the next one on the other side
    return sum(cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (mask, 1 - mask)) - 1


@pytest.mark.parametrize("yaw", [-40, -15, 0, 15, 40])
def test_the_jaw_is_divided_evenly_between_ears_and_chin(yaw):
    plain = np.zeros((68, 3), np.float32)  # without the annotators' offsets
    head = build_head(ASSETS, HEADS[0].identity, HEADS[0].expression, plain)
    steps = np.linalg.norm(np.diff(view(head, yaw)[0][:JAW], axis=0), axis=1)
    for half in (steps[:7], steps[9:]):
        np.testing.assert_allclose(half, half.mean(), rtol=0.17)


def test_the_near_jaw_stays_on_the_line_from_ear_to_chin():
    plain = np.zeros((68, 3), np.float32)
    head = build_head(ASSETS, HEADS[0].identity, HEADS[0].expression, plain)
    points, _, pixels, _ = view(head, 40)
    line = mesh_points(ASSETS, pixels)[:9]
    for point in points[1:7]:
        assert distance_to(line, point) < 2


def distance_to(line, point):
    """Pixels from a point (2,) to a polyline (N, 2)."""
    start, step = line[:-1], np.diff(line, axis=0)
    share = np.clip(((point - start) * step).sum(axis=1) / (step**2).sum(axis=1), 0, 1)
    return np.linalg.norm(start + share[:, None] * step - point, axis=1).min()


@pytest.mark.parametrize("head", HEADS)
def test_the_outline_moves_smoothly_as_the_head_turns(head):
    path = np.stack([view(head, yaw)[0][:JAW] for yaw in np.arange(-76, 76.1, 2.0)])
    size = np.ptp(path[38], axis=0).max()
    assert np.linalg.norm(np.diff(path, axis=0), axis=2).max() < 0.06 * size


def test_a_mirrored_view_has_the_mirrored_outline():
    left, right = view(HEADS[0], 35)[0], view(HEADS[0], -35)[0]
    left[:, 0] = SIZE - left[:, 0]
    np.testing.assert_allclose(left[MIRROR], right, atol=0.5)


def test_the_far_eye_is_hidden_in_profile_and_nothing_in_front():
    frontal, profile = (view(HEADS[0], yaw) for yaw in (0, 75))
    flags = [
        find_hidden(rasterize(pixels, depth, SKIN, SIZE, SIZE)[2], points, distance, 0.06)
        for points, distance, pixels, depth in (frontal, profile)
    ]
    assert not flags[0].any()
    assert flags[1][[42, 43]].any() and not flags[1][36:42].any()


def test_a_point_behind_a_wall_is_hidden_and_one_outside_of_the_picture_is_not():
    wall = np.full((10, 10), 5.0, np.float32)
    pixels = np.array([[4, 4], [4, 4], [40, 4]], np.float32)
    assert find_hidden(wall, pixels, np.array([6, 5.01, 6], np.float32), 0.05).tolist() == [True, False, False]
