"""Sources of a few made-up pictures, so that composites need no data set."""

from __future__ import annotations

import numpy as np

from export.detector.data.labels import FaceLabels
from export.detector.data.pictures import PictureSet
from export.detector.data.sources import Source, Sources
from export.detector.model.network import DetectorNetworkConfig

SMALL = DetectorNetworkConfig(stem=(16, 16), channels=(16, 16, 16), blocks=(0, 0, 0), quarter=0, pyramid=16)
"""The smallest network."""


def face(x, y, width, height, known=True, certain=True):
    """Labels of one upright face whose box begins at (x, y)."""
    parts = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
    return FaceLabels(
        np.array([[x, y, x + width, y + height]], np.float32),
        (np.array([x, y]) + parts * [width, height]).astype(np.float32)[None],
        np.array([known]),
        np.array([certain]),
        np.array([1.0 if certain else 0.2], np.float32),
    )


def picture(height, width, labels, seed=0):
    """Noise, with a flat patch for each face."""
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    for left, top, right, bottom in labels.boxes.astype(int):
        image[top:bottom, left:right] = (90, 140, 220)
    return image


def source(labels, shape):
    """A source of one picture a face."""
    pictures = [picture(*shape, each, seed) for seed, each in enumerate(labels)]
    return Source(PictureSet.of(pictures), labels, np.arange(len(labels)))


def few_sources():
    """Two scenes, two portraits and two pictures without a face."""
    scenes = [FaceLabels.join([face(40, 30, 24, 30), face(150, 60, 40, 50, certain=False)]), face(90, 50, 60, 70)]
    portraits = [face(30, 30, 60, 70), face(34, 26, 58, 72)]
    return Sources(
        (source(scenes, (160, 240)),), (source(portraits, (128, 128)),), (source([FaceLabels.none()] * 2, (150, 200)),)
    )
