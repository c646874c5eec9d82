"""Pose errors on heads whose pose is known."""

from __future__ import annotations

import numpy as np
import pytest

from export.evaluation.head_pose import CENTRED, pose_errors, pose_rows
from tests.export.heads import perfect_test, posed_heads

POSES = np.array([[0, 0, 0], [10, 5, -3], [-20, -8, 12], [35, 2, 0], [-60, 10, 20]], float)


def test_exact_points_of_the_mean_head_give_its_pose():
    np.testing.assert_allclose(pose_errors(posed_heads(POSES), POSES), 0, atol=1e-3)


def test_errors_are_signed_and_wrap_around():
    errors = pose_errors(posed_heads([(0, 0, 30)]), np.array([[0, 2, -350.0]]))
    np.testing.assert_allclose(errors, [[0, -2, 20]], atol=1e-3)


def test_rows_tell_angles_apart():
    test = perfect_test(POSES, predicted=posed_heads(POSES + [1, 0, 3]))
    first = pose_rows(test)[0]
    assert [first.means[name].value for name in ("yaw", "pitch", "roll")] == pytest.approx([1, 0, 3], abs=1e-3)


def test_another_zero_of_pitch_is_no_error():
    """A network and labels that look down by 4 and 6 degrees where the runtime says 0."""
    changed = {"predicted": posed_heads(POSES - [0, 4, 0]), "solid": posed_heads(POSES - [0, 6, 0])}
    rows = {row.name: row.means for row in pose_rows(perfect_test(POSES, **changed))}
    for name, shift in (("all", 4), ("exact points", 6)):
        assert rows[name]["pitch"].value == pytest.approx(shift, abs=1e-3)
        assert rows[name][CENTRED].value == pytest.approx(0, abs=1e-3)


def test_rows_are_by_yaw():
    names = [(row.name, row.faces) for row in pose_rows(perfect_test(POSES))]
    groups = [("yaw 0 to 15", 2), ("yaw 15 to 30", 1), ("yaw 30 to 45", 1), ("yaw over 45", 1)]
    assert names == [("all", 5), *groups, ("exact points", 5)]
