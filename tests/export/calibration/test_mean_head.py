"""The mean head comes back from heads whose poses are known."""

from __future__ import annotations

import numpy as np
import pytest

from export.calibration.mean_head import measure_mean_head
from runtime.landmarks.head_pose import MEAN_HEAD, RIGID_POINTS
from tests.export.heads import SHAPE, posed_heads

POSES = np.array([[0, 0, 0], [30, -10, 5], [-50, 20, -30]], float)


def write(folder, heads):
    np.savez(folder / "labels.npz", points3d=heads.astype(np.float32), pose=POSES)
    return folder


def test_the_heads_pose_place_and_size_do_not_matter(tmp_path):
    heads = posed_heads(POSES) * np.array([1, 80, 300])[:, None, None] + np.array([100, 50, 0])
    np.testing.assert_allclose(measure_mean_head(write(tmp_path, heads)), MEAN_HEAD, atol=1e-3)


def test_a_crooked_head_and_its_mirror_image_have_the_same_mean(tmp_path):
    crooked = SHAPE.copy()
    crooked[30] += (0.1, 0, 0)
    tip = RIGID_POINTS.index(30)
    heads = np.stack([crooked] * 3)
    np.savez(tmp_path / "labels.npz", points3d=heads, pose=np.zeros((3, 3)))
    np.testing.assert_allclose(measure_mean_head(tmp_path)[tip], MEAN_HEAD[tip], atol=1e-6)


def test_a_folder_without_labels_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"labels\.npz"):
        measure_mean_head(tmp_path)
