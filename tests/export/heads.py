"""Synthetic faces made of points alone, without pictures, as a network's tests on them see them."""

from __future__ import annotations

import dataclasses

import numpy as np

from export.evaluation.synthetic_test import SyntheticTest
from runtime.faces import Pose
from runtime.landmarks.head_pose import MEAN_HEAD, RIGID_POINTS

SHAPE = np.random.default_rng(5).normal(0, 0.3, (68, 3))
SHAPE[list(RIGID_POINTS)] = MEAN_HEAD  # its eye corners are 1 apart


def posed_heads(poses, shape=SHAPE, scale=80.0):
    """(N, 68, 3) points of a head at poses (N, 3), z from their mean."""
    points = np.stack([shape @ Pose(*pose).matrix().T for pose in poses]) * scale
    points -= points.mean(axis=1, keepdims=True)
    return points + [128, 128, 0]


def perfect_test(poses, **changes):
    """A network that makes no error on heads at these poses."""
    poses = np.asarray(poses, np.float64)
    points = posed_heads(poses)
    count = len(poses)
    attributes = {
        "melanin": np.linspace(0, 1, count),
        "age": np.linspace(5, 84, count),
        "sex": np.tile([0.1, 0.9], count)[:count],
        "glasses": np.full(count, "none"),
        "mask": np.full(count, "none"),
        "occluder": np.full(count, "none"),
    }
    hidden = np.zeros((count, 68), bool)
    test = SyntheticTest(points, points, hidden, poses, np.full(count, 80.0), points, attributes)
    return dataclasses.replace(test, **changes)
