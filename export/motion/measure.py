"""Jitter, lag and error of points: every frame on its own, tracked, and tracked and smoothed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from export.motion.clips import CLIPS, FPS, Clip, load_clip
from runtime import Frame, Predictor, TrackingConfig, VideoError
from runtime.face_parts import eye_distance

NOISE = 6.0
"""Standard deviation of the noise that is added to every pixel, of 255: an ordinary camera in a room at evening."""

STILL_FRAMES = 90
SETTLED = 15
"""Frames at the start that do not count: smoothing has not settled."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrackedClip:
    """Results of tracking one clip.

    Attributes:
        clip: what was shown.
        alone: (T, 68, 2) pixels, the detector in every frame.
        raw, smooth: the same tracked, without and with smoothing.
    """

    clip: Clip
    alone: Points
    raw: Points
    smooth: Points


@dataclass(frozen=True, slots=True)
class ClipMeasurement:
    """A clip measured in one way.

    Attributes:
        clip: its name.
        way: ``"alone"``: every frame on its own; ``"tracked"``; ``"smoothed"``: tracked and smoothed.
        eye_distance: between the outer eye corners, pixels.
        jitter, jitter_pixels: of a head that is still: root mean square distance of the points from their means, in
            percent of the eye distance and in pixels; None where the head moves.
        step: root mean square distance between points in successive frames, percent; None where the head moves.
        lag: of a head that moves: milliseconds by which the points run after the truth; None where it is still.
        nme: mean distance from the truth, percent of the eye distance; None where it is still.
    """

    clip: str
    way: str
    eye_distance: float
    jitter: float | None = None
    jitter_pixels: float | None = None
    step: float | None = None
    lag: float | None = None
    nme: float | None = None


def follow_clips(predictor: Predictor, folder: Path) -> list[TrackedClip]:
    """Follow the face through every clip, rendered into ``folder`` where it is not there yet."""
    rng = np.random.default_rng(0)
    clips = [_noisy(clip, rng) for clip in _clips(folder)]
    ways = None, TrackingConfig(smoothing=None), TrackingConfig()
    return [TrackedClip(clip, *(_follow(predictor, clip, way) for way in ways)) for clip in clips]


def motion_rows(track: TrackedClip) -> tuple[ClipMeasurement, ClipMeasurement, ClipMeasurement]:
    """Measure a clip in all three ways."""
    return (
        _row(track.clip, track.alone, "alone"),
        _row(track.clip, track.raw, "tracked"),
        _row(track.clip, track.smooth, "smoothed"),
    )


def jitter(points: Points) -> float:
    """Compute the root mean square distance of points (T, 68, 2) from their means over time, pixels."""
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=-1).mean()))


def lag(points: Points, truth: Points, times: NDArray[np.float64]) -> float:
    """Measure the seconds by which points lag behind the truth, both (T, 68, 2).

    The delay that explains the points best, by least squares, when each point may lie beside the truth by a constant.
    """
    delays = np.arange(-0.05, 0.2, 0.001)
    inner = (times > times[0] + 0.2) & (times < times[-1] - 0.05)
    costs = []
    for delay in delays:
        # where in the truth's frames the delayed times lie
        place = np.interp(times[inner] - delay, times, np.arange(len(times)))
        before = np.minimum(place.astype(int), len(times) - 2)
        share = (place - before)[:, None, None]
        off = points[inner] - (truth[before] * (1 - share) + truth[before + 1] * share)
        costs.append(float(((off - off.mean(axis=0)) ** 2).sum()))
    return float(delays[int(np.argmin(costs))])


def nme(points: Points, truth: Points) -> float:
    """Compute the mean distance of points and truth (T, 68, 2) in percent of the distance of the outer eye corners."""
    distances = np.linalg.norm(points - truth, axis=-1).mean(axis=1)
    return float((100 * distances / eye_distance(truth)).mean())


def _clips(folder: Path) -> Iterator[Clip]:
    """Yield a photograph in three sizes and the first frame of every clip, each held still; then the clips."""
    astronaut = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
    for scale, size in ((0.5, "small"), (1, "medium"), (2, "large")):
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        yield _still(f"astronaut, {size}", cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=kind))  # type: ignore[arg-type]
    clips = [load_clip(name, folder) for name in CLIPS]
    for clip in clips:
        yield _still(f"{clip.name}, first frame", clip.images[0])
    yield from clips


def _still(name: str, image: NDArray[np.uint8]) -> Clip:
    nothing = np.zeros((0, 68, 2))
    return Clip(name, [image] * STILL_FRAMES, np.arange(STILL_FRAMES) / FPS, nothing, np.zeros((0, 3)))


def _noisy(clip: Clip, rng: np.random.Generator) -> Clip:
    images = [
        np.clip(image + rng.normal(0, NOISE, image.shape) + 0.5, 0, 255).astype(np.uint8) for image in clip.images
    ]
    return Clip(clip.name, images, clip.times, clip.points, clip.pose)


def _follow(predictor: Predictor, clip: Clip, config: TrackingConfig | None) -> Points:
    frames = (Frame(image, index, float(clip.times[index])) for index, image in enumerate(clip.images))
    found = []
    for frame, faces in predictor.stream(frames, tracking=config):
        if not faces or faces[0].track not in (None, 0):
            raise VideoError(f"{clip.name} at {frame.time:.2f} s: the one face was not found, or got another number")
        # the best, where the detector alone takes something else for a face, too
        found.append(faces[0].landmarks[:, :2])
    return np.stack(found).astype(np.float64)


def _row(clip: Clip, points: Points, way: str) -> ClipMeasurement:
    eyes = float(eye_distance(points).mean())
    if len(clip.points):
        late = 1000 * lag(points, clip.points, clip.times)
        return ClipMeasurement(clip.name, way, eyes, lag=late, nme=nme(points, clip.points))
    settled = points[SETTLED:]
    pixels = jitter(settled)
    step = float(np.sqrt((np.diff(settled, axis=0) ** 2).sum(axis=-1).mean()))
    return ClipMeasurement(clip.name, way, eyes, 100 * pixels / eyes, pixels, 100 * step / eyes)
