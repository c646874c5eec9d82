"""The landmark network: crops in, points out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.errors import ModelError
from runtime.models import LandmarkSpec, metadata_of
from runtime.regions import Region, crop
from runtime.sessions import Session

MAX_BATCH = 64
"""Crops in one call of the network: bounds the memory that a crowd takes."""


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkResult:
    """Points (N, 68, 3) float32 in frame pixels, confidence (N,) float32 in 0..1."""

    points: NDArray[np.float32]
    confidence: NDArray[np.float32]


class Landmarker:
    """Runs a landmark network on regions of an image, all of them in one call. Thread-safe."""

    def __init__(self, session: Session) -> None:
        """Raises ModelError if the session's file is not a landmark network that this runtime can feed."""
        file = session.report.file
        self.spec = LandmarkSpec.from_metadata(metadata_of(session.onnx), file)
        size = self.spec.input_size
        given = {
            item.name: (item.type, *item.shape[1:])
            for item in (*session.onnx.get_inputs(), *session.onnx.get_outputs())
        }
        wanted = {
            "image": ("tensor(uint8)", size, size, 3),
            "points": ("tensor(float)", 68, 3),
            "confidence": ("tensor(float)", 1),
        }
        if given != wanted:
            raise ModelError(f"{file}: its inputs and outputs are {given}, its metadata promises {wanted}")
        self._session = session.onnx

    def __call__(self, image: NDArray[np.uint8], regions: Sequence[Region]) -> LandmarkResult:
        """Find the points of each region of an image (H, W, 3) uint8 BGR."""
        return self.batch([image] * len(regions), regions)

    def batch(self, images: Sequence[NDArray[np.uint8]], regions: Sequence[Region]) -> LandmarkResult:
        """The same for regions of several images: region i lies in image i."""
        size = self.spec.input_size
        points = np.empty((len(regions), 68, 3), np.float32)
        confidence = np.empty(len(regions), np.float32)
        for start in range(0, len(regions), MAX_BATCH):
            part = slice(start, start + MAX_BATCH)
            crops = [crop(image, region, size) for image, region in zip(images[part], regions[part], strict=True)]
            points[part], confidence[part] = self.run(np.stack(crops))
        for index, region in enumerate(regions):
            points[index] = region.to_frame(points[index], size)
        return LandmarkResult(points, confidence)

    def run(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Crops (N, S, S, 3) uint8 BGR -> points (N, 68, 3) in crop pixels, confidence (N,).

        Raises:
            ModelError: the network gives NaN or infinite points.
        """
        points, confidence = self._session.run(["points", "confidence"], {"image": crops})
        if not np.isfinite(points).all():
            raise ModelError("the landmark network gives points that are not finite: its weights are damaged")
        return points, confidence[:, 0]
