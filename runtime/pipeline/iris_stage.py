"""The irises of faces that were found, where they are asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.faces import Face
from runtime.pipeline.frame_pipeline import Networks


def with_irises(
    frames: Sequence[NDArray[np.uint8]], groups: Sequence[Sequence[Face]], networks: Networks
) -> list[list[Face]]:
    """Return the faces of several frames with their irises; unchanged where there is no iris network.

    Args:
        frames: each (H, W, 3) uint8 BGR.
        groups: the faces of each frame.
        networks: of the pipeline.
    """
    if networks.irises is None:
        return [list(faces) for faces in groups]
    pairs = [(frame, face) for frame, faces in zip(frames, groups, strict=True) for face in faces]
    found = iter(networks.irises([frame for frame, _ in pairs], [face for _, face in pairs]))
    return [[dataclasses.replace(face, irises=next(found)) for face in faces] for faces in groups]
