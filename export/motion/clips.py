"""Clips of moving heads, rendered once and cached in a folder."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.synthesis.dataset import encode, write_npz
from export.synthesis.head import Expression, ExpressionKind
from export.synthesis.scene import VERSION
from export.synthesis.sequence import FrameState, SequenceGenerator
from runtime.media.files import write_bytes

FPS = 30.0
FRAMES = 60
SIZE = 320
"""Side of the frames in pixels; a face is about 120 of it."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip with its ground truth.

    Attributes:
        name: name of the movement.
        images: (H, W, 3) uint8 BGR each.
        times: (T,) seconds.
        points: (T, 68, 2) true points in pixels; the jaw follows the visible contour.
        pose: (T, 3) true yaw, pitch, roll in degrees.
    """

    name: str
    images: list[NDArray[np.uint8]]
    times: NDArray[np.float64]
    points: NDArray[np.float64]
    pose: NDArray[np.float64]


def _wave(time: float, hertz: float, phase: float = 0.0) -> float:
    return math.sin(2 * math.pi * (hertz * time + phase))


def _blink(time: float, at: float) -> float:
    """Return how far the lids are closed: shut within 0.1 s, open again 0.2 s later."""
    since = time - at
    return max(0.0, min(1.0, since / 0.1 if since < 0.1 else 1 - (since - 0.13) / 0.2))


def _face(time: float, talks: bool, blinks: tuple[float, ...]) -> Expression:
    closed = max((_blink(time, at) for at in blinks), default=0.0)
    units = {f"fu/eyeBlink{side}": closed for side in ("Left", "Right") if closed}
    if talks:
        # syllables: about four a second, wide and round in turns
        opened = max(0.0, _wave(time, 2.0)) * (0.6 + 0.4 * _wave(time, 0.7))
        wide = 0.5 + 0.5 * _wave(time, 0.9, 0.3)
        units |= {"fu/jawOpen": 0.45 * opened, "fu/mouthFunnel": 0.5 * (1 - wide) * opened}
        units |= {f"fu/mouthStretch{side}": 0.4 * wide * opened for side in ("Left", "Right")}
    return Expression(ExpressionKind.TALK if talks else ExpressionKind.NEUTRAL, units, np.zeros(2, np.float32))


def _turning(time: float) -> FrameState:
    """Shake and nod the head."""
    return FrameState(28 * _wave(time, 0.8), 10 * _wave(time, 0.55, 0.2), 6 * _wave(time, 0.4))


def _swaying(time: float) -> FrameState:
    """Sway from side to side, and to the camera and away."""
    shift = 0.15 * _wave(time, 0.8), 0.05 * _wave(time, 1.1, 0.1)
    return FrameState(roll=8 * _wave(time, 0.8), shift=shift, distance=8 + 1.2 * _wave(time, 0.5))


def _talking(time: float) -> FrameState:
    """Talk and blink, the head nearly still."""
    return FrameState(2 * _wave(time, 0.3), 1.5 * _wave(time, 0.5), expression=_face(time, True, (0.4, 1.3)))


def _everything(time: float) -> FrameState:
    """Start to move, stop, talk and blink."""
    ease = min(1.0, max(0.0, (time - 0.4) / 0.3)) * min(1.0, max(0.0, (1.6 - time) / 0.2))
    shift = 0.12 * ease * _wave(time, 1.0), 0.04 * ease * _wave(time, 0.7)
    return FrameState(
        20 * ease * _wave(time, 0.9), 8 * ease * _wave(time, 0.7), 5 * ease, shift, expression=_face(time, True, (1.0,))
    )


CLIPS: dict[str, tuple[int, Callable[[float], FrameState]]] = {
    "turning": (12, _turning),
    "swaying": (16, _swaying),
    "talking": (15, _talking),
    "everything": (11, _everything),
}
"""Seed of the person, and function from seconds to the state of a frame."""


def load_clip(name: str, folder: Path) -> Clip:
    """Load a clip from a folder; render it first if it is missing or of another version."""
    target = folder / name
    table = target / f"truth-{VERSION}.npz"
    if not table.exists():
        _render(name, target, table)
    with np.load(table) as truth:
        points, pose = truth["points"].astype(np.float64), truth["pose"].astype(np.float64)
    images = [cv2.imread(str(target / f"{index:03d}.png")) for index in range(len(points))]
    return Clip(name, images, np.arange(len(points)) / FPS, points, pose)  # type: ignore[arg-type]


def _render(name: str, target: Path, table: Path) -> None:
    seed, moment = CLIPS[name]
    target.mkdir(parents=True, exist_ok=True)
    points, pose = [], []
    frames = SequenceGenerator(SIZE).frames(seed, (moment(index / FPS) for index in range(FRAMES)))
    for index, sample in enumerate(tqdm(frames, name, FRAMES, unit="frame")):
        write_bytes(target / f"{index:03d}.png", encode(sample.image, "png"), sync=False)
        points.append(sample.points)
        pose.append(sample.pose)
    # the table is written last and marks a finished clip
    write_npz(table, {"points": np.stack(points), "pose": np.stack(pose)})
