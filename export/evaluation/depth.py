"""Accuracy of a network's z on synthetic faces, whose depth is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.evaluation.intervals import GroupMeans, summarise
from export.evaluation.synthetic_test import Floats, SyntheticTest, mean_over, yaw_groups
from runtime.face_parts import eye_distance
from runtime.faces import Pose


def depth_rows(test: SyntheticTest) -> list[GroupMeans]:
    """Measure the mean absolute z error in percent of the outer-eye distance in space: network, and two baselines.

    z counts from the mean of a face's 68 points. A flat face has z = 0. The mean head is that of the test faces
    themselves, turned and scaled until it fits the network's x and y best: the depth that those alone determine.
    """
    xy = test.predicted[..., :2]
    guesses = {
        "network": test.predicted[..., 2],
        "mean head": fitted_depth(mean_head(test.solid, test.pose), xy),
        "flat face": np.zeros_like(test.hidden, np.float64),
    }
    errors = {name: depth_errors(z, test.truth[..., 2], test.eye_distance) for name, z in guesses.items()}
    everyone = np.ones(len(test.pose), bool)
    every_point = np.ones_like(test.hidden)
    over_all = {name: mean_over(error, every_point) for name, error in errors.items()}
    over_visible = {name: mean_over(error, test.visible) for name, error in errors.items()}
    return [
        *summarise(over_all, {"all points": everyone}),
        *summarise(over_visible, {"visible points": everyone}),
        *summarise(over_all, {f"all points, {name}": group for name, group in yaw_groups(test.pose).items()}),
    ]


def depth_errors(guess: Floats, truth: Floats, eye_distance: Floats) -> Floats:
    """Compute absolute differences (N, 68) of z, each from its mean, in percent of ``eye_distance`` (N,)."""
    difference = centred(guess) - centred(truth)
    percent: Floats = np.abs(difference) / eye_distance[:, None] * 100
    return percent


def mean_head(solid: Floats, pose: Floats) -> Floats:
    """Average heads (N, 68, 3) to (68, 3), turned back by poses (N, 3) and scaled to an outer-eye distance of 1."""
    turns = np.stack([Pose(*angles).matrix() for angles in pose])
    size = eye_distance(solid)[:, None, None]
    heads = np.einsum("npi,nij->npj", (solid - solid.mean(axis=1, keepdims=True)) / size, turns)
    mean: Floats = heads.mean(axis=0)
    return mean


def fitted_depth(head: Floats, xy: NDArray[np.floating]) -> Floats:
    """Fit the picture of a head (68, 3), turned and scaled, to points (N, 68, 2), and return its z (N, 68).

    Scaled orthography: an affine fit, made a rotation; the picture's third axis follows from the two others.
    Source: DeMenthon and Davis 1995, "Model-based object pose in 25 lines of code".
    """
    head = head - head.mean(axis=0)
    affine = np.einsum("ip,npj->nji", np.linalg.pinv(head), xy - xy.mean(axis=1, keepdims=True))
    left, strengths, right = np.linalg.svd(affine, full_matrices=False)
    axes = left @ right
    away = np.cross(axes[:, 0], axes[:, 1])
    depth: Floats = strengths.mean(axis=1)[:, None] * (away @ head.T)
    return depth


def centred(z: Floats) -> Floats:
    """Subtract each face's mean from z (N, 68)."""
    moved: Floats = z - z.mean(axis=1, keepdims=True)
    return moved
