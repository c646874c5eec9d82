"""Camera model, from light to file: lens, exposure, sensor noise, tone curve, sharpening and JPEG.

Nothing here moves the picture's content: every kernel is odd and centred, every resize keeps pixel centres, so that
landmarks stay exact.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from export.synthesis.lighting import LUMINANCE
from export.synthesis.mesh import Floats

FACE_LEVEL = 0.2  # linear; sRGB 124, the mean over faces in ordinary photographs
CODES = 4096  # entries of the tone curve's table
BRIGHTEST = 6.0  # linear level at which the sensor is full


def photograph(
    linear: Floats, size: int, face: NDArray[np.bool_] | None, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Develop a rendering into a photograph.

    Args:
        linear: (S, S, 3) float32 linear RGB.
        size: side of the photograph in pixels; S is a multiple of it.
        face: (S, S) the visible skin of the face, which is exposed for with a camera's errors; None: the whole picture.
        rng: random numbers.

    Returns:
        (size, size, 3) uint8 BGR.

    Raises:
        ValueError: S is not a multiple of ``size``.
    """
    if linear.shape[0] % size or linear.shape[1] % size:
        raise ValueError(f"a rendering of {linear.shape[:2]} does not reduce to {size}: make it a multiple")
    level = _level(linear, face)
    reduced = cv2.resize(np.minimum(linear, 40), (size, size), interpolation=cv2.INTER_AREA)
    image = _lens(reduced.astype(np.float32, copy=False), rng)
    image = image * _exposure(level, rng)
    image = _noise(image, rng)
    image = _tone(image, rng)
    return _finish(image, rng)


def _level(linear: Floats, face: NDArray[np.bool_] | None) -> float:
    """Compute the geometric mean of the luminance that is exposed for."""
    pixels = linear[::3, ::3] if face is None or not face.any() else linear[face][::5]
    return float(np.exp(np.log(np.maximum(pixels @ LUMINANCE, 1e-4)).mean()))


def _exposure(level: float, rng: np.random.Generator) -> Floats:
    """Sample the gain (3,) of exposure and white balance; dark skin stays darker than pale skin, as in photographs."""
    gain = (FACE_LEVEL / level) ** 0.6 * math.exp(rng.normal(0.1, 0.36))
    # lamps often stay yellow, shade seldom blue
    warmth = float(rng.normal(0.1, 0.1)) if rng.random() < 0.3 else float(rng.normal(0, 0.05))
    tint = float(rng.normal(0.025, 0.03))
    return (min(gain, 12.0) * np.exp([warmth, -tint, -warmth])).astype(np.float32)


def _lens(image: Floats, rng: np.random.Generator) -> Floats:
    """Apply vignette, lateral colour, veiling glare, and blur by focus or movement, at random."""
    size = image.shape[0]
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    if rng.random() < 0.35:
        dark = np.float32(rng.uniform(0.05, 0.3) / 2)
        image = image * (1 - dark * (axis[:, None] ** 2 + axis[None] ** 2))[..., None]
    if rng.random() < 0.2:
        stretch = float(rng.normal(0, 0.0012))
        planes = list(cv2.split(image))
        for channel, sign in ((0, 1), (2, -1)):
            factor, middle = 1 + sign * stretch, (size - 1) / 2
            matrix = np.array([[factor, 0, middle * (1 - factor)], [0, factor, middle * (1 - factor)]])
            planes[channel] = cv2.warpAffine(planes[channel], matrix, (size, size), borderMode=cv2.BORDER_REFLECT)
        image = cv2.merge(planes)  # type: ignore[assignment]
    if rng.random() < 0.35:
        small = cv2.resize(np.minimum(image, 12), (32, 32), interpolation=cv2.INTER_AREA)
        glow = cv2.resize(cv2.GaussianBlur(small, (0, 0), float(rng.uniform(1.5, 6))), (size, size))
        share = float(rng.uniform(0.01, 0.06))
        image = image * (1 - share) + glow * share
    focus = rng.random()
    if focus < 0.4:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, 0.8)) * size / 256)  # type: ignore[assignment]
    elif focus < 0.47:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.8, 1.7)) * size / 256)  # type: ignore[assignment]
    if rng.random() < 0.06:
        image = cv2.filter2D(image, -1, _movement(rng, size))  # type: ignore[assignment]
    return image


def _movement(rng: np.random.Generator, size: int) -> Floats:
    """Make the kernel of a straight streak about its middle."""
    reach = int(rng.integers(1, max(2, size // 56) + 1))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = rng.uniform(0, math.pi)
    step = np.rint([reach * math.cos(angle), reach * math.sin(angle)]).astype(int)
    ends = [(int(reach + sign * step[0]), int(reach + sign * step[1])) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    kernel += kernel[::-1, ::-1]  # a drawn line may be a pixel off its own mirror image
    return kernel / kernel.sum()


def _noise(image: Floats, rng: np.random.Generator) -> Floats:
    """Add shot and read noise in linear light, smeared a little by demosaicing; colour blotches are coarser."""
    strength = min(math.exp(rng.normal(math.log(0.01), 0.6)), 0.035)
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    smear = float(rng.uniform(0.35, 0.8))
    grain = cv2.GaussianBlur(grain, (0, 0), smear) * (1 + 2.2 * smear * smear)  # type: ignore[assignment]
    blotches = cv2.resize(grain[::2, ::2], (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    mix = 0.6 * grain.mean(axis=2, keepdims=True) * 1.7 + 0.25 * grain + 0.35 * blotches
    spread = strength * np.sqrt(np.maximum(image, 0) * 0.35 + 0.002)
    return image + spread * mix


def _tone(image: Floats, rng: np.random.Generator) -> Floats:
    """Map linear light to display values 0..1: a filmic curve, contrast, the sRGB transfer, saturation."""
    codes = (np.arange(CODES, dtype=np.float32) / (CODES - 1)) ** 2 * BRIGHTEST
    # Narkowicz's fit of the ACES curve (2015): firm blacks, rolled-off lights; scaled so that 0.18 stays 0.18
    x = codes * 0.68
    filmic = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    plain = codes * (1 + codes / 16) / (1 + 0.35 * codes)
    mix = float(np.clip(rng.normal(0.6, 0.3), 0, 1))
    curve = np.clip(mix * filmic + (1 - mix) * plain, 0, 1)
    display = np.where(curve <= 0.0031308, 12.92 * curve, 1.055 * curve ** (1 / 2.4) - 0.055)
    contrast = float(rng.normal(0.2, 0.2))
    display += contrast * np.sin(2 * math.pi * (display - 0.5)) / (2 * math.pi)
    if rng.random() < 0.08:  # faded blacks of haze and old prints
        display = display * (1 - (lift := float(rng.uniform(0.02, 0.12)))) + lift
    index = np.sqrt(np.clip(image, 0, BRIGHTEST) * np.float32(1 / BRIGHTEST)) * np.float32(CODES - 1)
    toned = display.astype(np.float32)[index.astype(np.int32)]
    saturation = float(np.clip(rng.normal(0.95, 0.14), 0.6, 1.4))
    gray = toned @ LUMINANCE
    return (gray[..., None] + (toned - gray[..., None]) * np.float32(saturation)).astype(np.float32)


def _finish(image: Floats, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Apply sharpening, enlargement of small pictures, gray and faded prints, 8 bits, JPEG."""
    size = image.shape[0]
    if rng.random() < 0.6:
        amount = float(rng.uniform(0.2, 0.9))
        image = image + amount * (image - cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.6, 1.3))))
    if rng.random() < 0.12:
        small = int(size * rng.uniform(0.3, 0.75))
        reduced = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        image = cv2.resize(reduced, (size, size), interpolation=int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC])))  # type: ignore[assignment]
    style = rng.random()
    if style < 0.07:
        image = np.repeat((image @ LUMINANCE)[..., None], 3, axis=2)
        if style < 0.02:  # sepia and similar tints
            fade = np.exp(np.array([-0.2, 0.0, 0.25]) * rng.uniform(0.4, 1.2)).astype(np.float32)
            image = np.clip(image, 0, 1) ** fade
    picture = np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)[..., ::-1]
    quality = int(rng.integers(80, 96)) if rng.random() < 0.6 else int(rng.integers(45, 80))
    encoded = cv2.imencode(".jpg", np.ascontiguousarray(picture), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)  # type: ignore[return-value]
