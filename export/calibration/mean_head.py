"""The mean head that the runtime finds poses with: the rigid points of synthetic faces, whose poses are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.annotations import MIRROR, read_labels
from runtime.faces import Pose
from runtime.landmarks import RIGID_POINTS


def measure_mean_head(folder: Path) -> NDArray[np.float64]:
    """Measure ``runtime.landmarks.head_pose.MEAN_HEAD`` (11, 3) on a ``synthesize`` folder, in eye distances.

    Each head is turned back to pose 0, moved and scaled to its eye corners; the mean is made symmetric.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    labels = read_labels(folder)
    heads = []
    for points, angles in zip(labels["points3d"].astype(np.float64), labels["pose"], strict=True):
        upright = points @ Pose(*map(float, angles)).matrix()
        corners = upright[[36, 45]]
        heads.append((upright - corners.mean(axis=0)) / np.linalg.norm(corners[1] - corners[0]))
    mean = np.mean(heads, axis=0)
    mean = (mean + mean[MIRROR] * (-1, 1, 1)) / 2
    rigid: NDArray[np.float64] = mean[list(RIGID_POINTS)]
    return rigid
