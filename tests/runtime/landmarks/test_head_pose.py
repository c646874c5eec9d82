"""Head pose: the angles that a head was turned by come back, with the signs that the docstring promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runtime.faces import Pose
from runtime.landmarks.head_pose import MEAN_HEAD, RIGID_POINTS, estimate_pose

FRONTAL = Pose(0, 0, 0)

poses = st.builds(Pose, yaw=st.floats(-80, 80), pitch=st.floats(-80, 80), roll=st.floats(-179, 179))


def head(pose=FRONTAL, scale=100.0, shift=(0.0, 0.0, 0.0)):
    """68 points with the mean head in this pose; what the pose does not look at lies anywhere."""
    points = np.random.default_rng(0).normal(0, 1000, (68, 3))
    points[list(RIGID_POINTS)] = MEAN_HEAD @ pose.matrix().T * scale + shift
    return points.astype(np.float32)


def angles(pose):
    return pose.yaw, pose.pitch, pose.roll


@given(poses, st.floats(1, 5000), st.tuples(*[st.floats(-5000, 5000)] * 3))
def test_angles_come_back(pose, scale, shift):
    # float32 coordinates far from the origin would not resolve a small head
    assume(max(map(abs, shift)) < 1000 * scale)
    tolerance = 0.05 + 0.02 * max(map(abs, shift)) / scale
    found = estimate_pose(head(pose, scale, shift))
    # near yaw 90 a little roll and a little pitch look the same: compare the rotations
    cosine = (np.trace(found.matrix().T @ pose.matrix()) - 1) / 2
    assert math.degrees(math.acos(min(1, max(-1, cosine)))) < tolerance


def test_mean_head_is_frontal():
    assert angles(estimate_pose(head())) == pytest.approx((0, 0, 0), abs=1e-3)


def test_mean_head_is_symmetric_and_as_a_face():
    left = [3, 2, 1, 0, 4, 5, 6, 7, 10, 9, 8]
    np.testing.assert_array_equal(MEAN_HEAD[left] * [-1, 1, 1], MEAN_HEAD)
    assert MEAN_HEAD[3, 0] - MEAN_HEAD[0, 0] == 1  # the unit


def test_mean_head_fits_a_photograph(predictor, astronaut):
    """Turned, scaled and moved onto the points of a face, it lies near every one of them."""
    points = predictor(astronaut)[0].landmarks[list(RIGID_POINTS)].astype(float)
    points -= points.mean(axis=0)
    centred = MEAN_HEAD - MEAN_HEAD.mean(axis=0)
    turned = centred @ estimate_pose(predictor(astronaut)[0].landmarks).matrix().T
    scale = (points * turned).sum() / (turned**2).sum()
    assert np.abs(points / scale - turned).max() < 0.13


class TestSigns:
    """x goes to the image's right, y down, z away from the camera."""

    def test_yaw_is_positive_towards_the_images_right(self):
        nose = head(Pose(30, 0, 0))[30] - head()[30]
        assert nose[0] > 10 and Pose(30, 0, 0).axes()[2, 0] == pytest.approx(0.5)

    def test_pitch_is_positive_upwards(self):
        nose_tip, nose_root = (head(Pose(0, 30, 0))[n] for n in (30, 27))
        frontal_tip, frontal_root = (head()[n] for n in (30, 27))
        assert nose_tip[1] - nose_root[1] < frontal_tip[1] - frontal_root[1]
        assert Pose(0, 30, 0).axes()[2, 1] == pytest.approx(-0.5)

    def test_roll_is_positive_clockwise(self):
        points = head(Pose(0, 0, 30))
        assert points[45, 1] > points[36, 1] + 10 and Pose(0, 0, 30).axes()[0, 1] == pytest.approx(0.5)

    def test_on_points_from_a_picture(self, predictor, astronaut):
        # her left eye, on the right of the picture, is lower
        assert predictor(astronaut)[0].pose.roll > 0

    @given(poses)
    def test_mirrored_face_negates_yaw_and_roll(self, pose):
        mirror = np.arange(68)
        mirror[[36, 39, 42, 45, 31, 35]] = [45, 42, 39, 36, 35, 31]
        found = estimate_pose(head(pose)[mirror] * np.float32([-1, 1, 1]))
        expected = Pose(-pose.yaw, pose.pitch, -pose.roll)
        np.testing.assert_allclose(found.matrix(), expected.matrix(), atol=1e-3)


class TestAxes:
    @given(poses)
    def test_are_unit_vectors_at_right_angles(self, pose):
        axes = pose.axes()
        assert axes.shape == (3, 3) and axes.dtype == np.float32
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-5)

    def test_of_a_frontal_head(self):
        np.testing.assert_array_equal(Pose(0, 0, 0).axes(), [[1, 0, 0], [0, 1, 0], [0, 0, -1]])


class TestRobustness:
    def test_expression_and_jaw_do_not_matter(self):
        changed = head(Pose(20, 10, 5))
        changed[48:68] += 50
        assert angles(estimate_pose(changed)) == pytest.approx((20, 10, 5), abs=0.01)

    @given(poses)
    def test_flat_points_still_have_a_pose(self, pose):
        # networks may know no depth
        flat = head(pose)
        flat[:, 2] = 0
        assume(abs(pose.yaw) < 60 and abs(pose.pitch) < 60)
        assert all(map(math.isfinite, angles(estimate_pose(flat))))

    @pytest.mark.parametrize(
        "points",
        [
            np.zeros((68, 3), np.float32),
            np.full((68, 3), 250, np.float32),
            np.full((68, 3), np.nan, np.float32),
            np.full((68, 3), np.inf, np.float32),
            np.arange(68, dtype=np.float32)[:, None] * np.ones(3, np.float32),
        ],
        ids=["zeros", "one spot", "nan", "inf", "line"],
    )
    @pytest.mark.filterwarnings("error")
    def test_points_without_orientation_have_no_pose(self, points):
        assert all(map(math.isnan, angles(estimate_pose(points))))
