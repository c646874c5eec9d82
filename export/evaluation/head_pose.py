"""Accuracy of the head pose from a network's points on synthetic faces, whose pose is known."""

from __future__ import annotations

import numpy as np

from export.evaluation.intervals import GroupMeans, summarise
from export.evaluation.synthetic_test import Floats, SyntheticTest, yaw_groups
from runtime.landmarks import estimate_pose

ANGLES = ("yaw", "pitch", "roll")
CENTRED = "pitch, constant part removed"


def pose_rows(test: SyntheticTest) -> list[GroupMeans]:
    """Measure mean absolute errors of yaw, pitch and roll in degrees, and of pitch without its median over all faces.

    Where pitch is 0 is a convention: a constant difference is no error. The last row takes the exact points in place of
    the network's: what is wrong there comes from heads that differ from the mean one, not from the network.
    """
    everyone = {"all": np.ones(len(test.pose), bool)}
    return [
        *summarise(_absolute(pose_errors(test.predicted, test.pose)), {**everyone, **yaw_groups(test.pose)}),
        *summarise(_absolute(pose_errors(test.solid, test.pose)), {"exact points": everyone["all"]}),
    ]


def pose_errors(points: Floats, pose: Floats) -> Floats:
    """Compute pose of points (N, 68, 3) minus the true pose (N, 3), (N, 3) in degrees in -180..180."""
    poses = [estimate_pose(face.astype(np.float32)) for face in points]
    angles = np.array([[getattr(found, name) for name in ANGLES] for found in poses])
    error: Floats = (angles - pose + 180) % 360 - 180
    return error


def _absolute(errors: Floats) -> dict[str, Floats]:
    columns = dict(zip(ANGLES, np.abs(errors).T, strict=True))
    return {**columns, CENTRED: np.abs(errors[:, 1] - np.median(errors[:, 1]))}
