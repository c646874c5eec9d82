"""The landmark network: crops in, points out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.detection import DAMAGED, FARTHEST
from runtime.engine import LandmarkSpec, Session, metadata_of, run_network
from runtime.errors import ModelError
from runtime.face_parts import MIRRORED_POINTS
from runtime.landmarks.region_of_interest import Region, crop, points_to_frame

MAX_BATCH = 8
"""Crops in one call of the network: more are no faster, and memory grows by 2 MB with each."""


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkResult:
    """Points (N, 68, 3) float32 in frame pixels, confidence (N,) float32 in 0..1."""

    points: NDArray[np.float32]
    confidence: NDArray[np.float32]


class Landmarker:
    """Runs a landmark network on regions of an image, several in one call. Thread-safe."""

    def __init__(self, session: Session, crops_per_call: int = MAX_BATCH) -> None:
        """Prepare the network; at most ``crops_per_call`` crops go through it together.

        Raises:
            ModelError: the session's file is not a landmark network that this runtime can feed.
        """
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
            raise ModelError(
                f"{file}: its inputs and outputs are {given}, its metadata promises {wanted}; "
                "export it with `python -m export onnx`"
            )
        crops = session.onnx.get_inputs()[0].shape[0]
        if isinstance(crops, int):
            raise ModelError(
                f"{file}: it takes {crops} crops at a time, any number is needed; export it with a free first dimension"
            )
        self._session = session.onnx
        self._crops_per_call = crops_per_call

    def __call__(self, image: NDArray[np.uint8], regions: Sequence[Region]) -> LandmarkResult:
        """Find the points of each region of an image (H, W, 3) uint8 BGR."""
        return self.batch([image] * len(regions), regions)

    def batch(self, images: Sequence[NDArray[np.uint8]], regions: Sequence[Region]) -> LandmarkResult:
        """Find the points in regions of several images: region i lies in image i."""
        points = np.empty((len(regions), 68, 3), np.float32)
        confidence = np.empty(len(regions), np.float32)
        done = 0
        for found, certain, _ in self.calls(images, regions):
            part = slice(done, done := done + len(found))
            points[part], confidence[part] = found, certain
        return LandmarkResult(points, confidence)

    def calls(
        self, images: Sequence[NDArray[np.uint8]], regions: Sequence[Region]
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]]:
        """Find the points in regions of several images, and yield the results of each call of the network.

        Args:
            images: (H, W, 3) uint8 BGR.
            regions: region i lies in image i.

        Yields:
            For the next regions, at most ``crops_per_call``: points (N, 68, 3) in frame pixels, confidence (N,), and
            the crops (N, S, S, 3) uint8 BGR.
        """
        size = self.spec.input_size
        for start in range(0, len(regions), self._crops_per_call):
            part = slice(start, start + self._crops_per_call)
            crops = np.empty((len(regions[part]), size, size, 3), np.uint8)
            for image, region, out in zip(images[part], regions[part], crops, strict=True):
                crop(image, region, size, out)
            points, confidence = self.run(crops)
            yield points_to_frame(regions[part], points, size), confidence, crops

    def run(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network: crops (N, S, S, 3) uint8 BGR -> points (N, 68, 3) in crop pixels, confidence (N,).

        Raises:
            ModelError: the network does not run on them, or gives what no crop explains: another number of points,
                NaN, infinite, points many crops away, or a confidence outside 0..1.
        """
        points, confidence = run_network(self._session, ("points", "confidence"), "image", crops)
        if points.shape != (len(crops), 68, 3) or confidence.shape != (len(crops), 1):
            raise ModelError(
                f"the landmark network gives points {points.shape} and confidences {confidence.shape} for "
                f"{len(crops)} crops; export it again"
            )
        if not len(crops):
            return points, confidence[:, 0]
        # written so that NaN fails
        farthest = np.maximum.reduce(np.abs(points), axis=None)
        if not farthest <= FARTHEST * self.spec.input_size:
            raise ModelError(f"the landmark network gives points that are not finite or far outside: {DAMAGED}")
        if not all(0 <= each <= 1 for (each,) in confidence.tolist()):
            raise ModelError(f"the landmark network gives confidences that are not finite or outside 0..1: {DAMAGED}")
        return points, confidence[:, 0]

    def mirrored(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Find the points in the mirror images of crops (N, S, S, 3) uint8 BGR; (N, 68, 3) in pixels of the crops."""
        points = np.empty((len(crops), 68, 3), np.float32)
        for start in range(0, len(crops), self._crops_per_call):
            part = slice(start, start + self._crops_per_call)
            points[part] = self.run(np.ascontiguousarray(crops[part, :, ::-1]))[0][:, MIRRORED_POINTS]
        points[..., 0] = self.spec.input_size - 1 - points[..., 0]
        return points

    def check(self) -> None:
        """Run the network on a black crop and check all that it gives.

        Raises:
            ModelError: as :meth:`run`.
        """
        size = self.spec.input_size
        self.run(np.zeros((1, size, size, 3), np.uint8))
