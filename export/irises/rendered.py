"""Gaze on rendered faces, whose eyes look in a known direction."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.synthesis.head import sample_expression, sample_pose
from export.synthesis.sampling import Aspect, RandomStreams
from export.synthesis.scene import Generator
from runtime import Predictor, eye_opening
from runtime.bench.markdown import markdown_table

SIDE = 512
"""Of the pictures in pixels."""

FARTHEST = 30
"""Mean distance of found and exact points in pixels beyond which another face was found."""


@dataclass(frozen=True, slots=True, eq=False)
class GazeErrors:
    """Errors of N faces with open eyes, in degrees.

    Attributes:
        gaze: (N, 2) yaw and pitch of the gaze that was found, minus the true ones.
        head: (N, 2) the same for the direction of the head instead.
    """

    gaze: NDArray[np.float64]
    head: NDArray[np.float64]


def measure_gaze(
    predictor: Predictor, count: int, seed: int = 77, advance: Callable[[], object] = lambda: None
) -> GazeErrors:
    """Render faces and find their gaze; ``predictor`` has ``irises=True``.

    Args:
        predictor: finds the faces.
        count: number of pictures; dark glasses and closed eyes do not count.
        seed: of the faces.
        advance: called after each picture.
    """
    generator = Generator(SIDE)
    gaze, head = [], []
    for index in range(count):
        sample = generator.sample(seed, index)
        faces = predictor(sample.image)
        advance()
        if not faces or faces[0].irises is None or sample.attributes["glasses"] == "dark":
            continue
        face, opening, irises = faces[0], eye_opening(faces[0]), faces[0].irises
        far = float(np.linalg.norm(face.landmarks[:, :2] - sample.points, axis=1).mean()) > FARTHEST
        if far or min(opening.right, opening.left) < 0.15:
            continue
        true = true_gaze(seed, index)
        gaze.append((irises.gaze_yaw - true[0], irises.gaze_pitch - true[1]))
        head.append((face.pose.yaw - true[0], face.pose.pitch - true[1]))
    return GazeErrors(np.array(gaze).reshape(-1, 2), np.array(head).reshape(-1, 2))


def true_gaze(seed: int, index: int) -> tuple[float, float]:
    """Return yaw and pitch of the gaze of a rendered face in degrees, as ``Pose`` counts them."""
    streams = RandomStreams(seed, index)
    left, up = np.radians(sample_expression(streams[Aspect.EXPRESSION]).gaze.astype(np.float64))
    forward = np.array([[math.sin(left) * math.cos(up), math.sin(up), math.cos(left) * math.cos(up)]])
    x, y, z = sample_pose(streams[Aspect.POSE]).turn(forward)[0]
    return math.degrees(math.atan2(x, z)), math.degrees(math.asin(y))


def gaze_table(errors: GazeErrors) -> str:
    """Return a Markdown table of errors in degrees."""
    rows = [
        (
            name,
            len(each),
            *(f"{np.median(np.abs(each[:, axis])):.1f}" for axis in range(2)),
            *(f"{np.quantile(np.abs(each[:, axis]), 0.9):.1f}" for axis in range(2)),
        )
        for name, each in (("gaze by irises", errors.gaze), ("direction of the head", errors.head))
    ]
    head = ("degrees", "faces", "yaw, median", "pitch, median", "yaw, nine in ten below", "pitch, nine in ten below")
    return markdown_table(head, rows, aligned=False)
