"""Random changes of a training picture's light, colour and sharpness."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def degrade(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Change a picture's (H, W, 3) uint8 BGR tones; sometimes make it gray, blurred, coarse, noisy or posterised."""
    image = _tones(image, random)
    if random.random() < 0.25:
        gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        tint = random.uniform(0.75, 1.0, 3) if random.random() < 0.3 else np.ones(3)
        image = np.clip(gray[..., None] * tint.astype(np.float32), 0, 255).astype(np.uint8)
    elif random.random() < 0.25:  # skin of any colour: colour alone makes no face
        image = np.ascontiguousarray(image[..., random.permutation(3)])
    if random.random() < 0.12:
        image = _shade(image, random)
    kind = random.random()
    if kind < 0.12:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.3))  # type: ignore[assignment]
    elif kind < 0.2:
        height, width = image.shape[:2]
        part = random.uniform(0.5, 0.9)
        small = cv2.resize(image, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    elif kind < 0.26:
        grain = random.normal(0, random.uniform(2, 14), (image.shape[0], image.shape[1], 1)).astype(np.float32)
        image = np.clip(image + grain, 0, 255).astype(np.uint8)
    if random.random() < 0.15:
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(20, 80))])
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)  # type: ignore[assignment]
    return image


def toned_as(image: NDArray[np.uint8], reference: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give an image (H, W, 3) uint8 the mean and spread of each channel of a reference (h, w, 3) uint8.

    Reinhard et al., "Color Transfer between Images", 2001, in BGR.
    """
    mean, spread = cv2.meanStdDev(image)
    wanted_mean, wanted_spread = cv2.meanStdDev(reference)
    scale = wanted_spread / np.maximum(spread, 1.0)
    levels = np.arange(256.0)[:, None]
    table = (levels - mean.T) * scale.T + wanted_mean.T
    return cv2.LUT(image, np.clip(np.rint(table), 0, 255).astype(np.uint8)[None])  # type: ignore[return-value]


def _tones(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Change contrast, brightness and gamma, slightly differently for each channel; rarely reduce to a few tones."""
    levels = np.linspace(0, 1, 256, dtype=np.float32)
    contrast, brightness = random.uniform(0.6, 1.3), random.normal(0, 0.1)
    gamma = np.exp(random.normal(0, 0.3))
    table = np.empty((256, 3), np.float32)
    for channel in range(3):
        own: NDArray[np.floating] = levels ** (gamma * np.exp(random.normal(0, 0.08)))
        table[:, channel] = (own - 0.5) * contrast + 0.5 + brightness + random.normal(0, 0.03)
    if random.random() < 0.02:
        steps = int(random.integers(2, 6))
        table[:] = np.rint(table * steps) / steps
    return cv2.LUT(image, np.clip(table * 255, 0, 255).astype(np.uint8)[None])  # type: ignore[return-value]


def _shade(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Multiply the picture by light that varies smoothly between its corners."""
    height, width = image.shape[:2]
    corners = random.uniform(0.25, 1.3, (2, 2)).astype(np.float32)
    light = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(image * light[..., None], 0, 255).astype(np.uint8)  # type: ignore[no-any-return]
