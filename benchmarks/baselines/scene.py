"""The video that all pipelines process, a loop: one face that moves as in front of a web camera."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.bench.scenes import sample

WIDTH, HEIGHT = 640, 480
FRAMES = 60
"""Two seconds at 30 frames a second; the first frame continues the last."""

SHIFT = 24.0
"""Horizontal amplitude of the head in pixels; the vertical one is half of it."""

TURN = 6.0
"""Amplitude of the in-plane rotation in degrees."""

GROWTH = 0.06
"""Amplitude of the scale, as a share."""


def moving_face(frames: int = FRAMES) -> NDArray[np.uint8]:
    """Return a video (frames, HEIGHT, WIDTH, 3) uint8 BGR: Eileen Collins (NASA, public domain), face 160 px wide."""
    picture = cv2.resize(sample(), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    video = np.empty((frames, HEIGHT, WIDTH, 3), np.uint8)
    for index in range(frames):
        phase = 2 * math.pi * index / frames
        scale, turn = 1 + GROWTH * math.sin(phase), TURN * math.sin(2 * phase)
        matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn, scale)
        matrix[:, 2] += np.array([SHIFT * math.sin(phase + 1), SHIFT / 2 * math.sin(2 * phase)])
        video[index] = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return video
