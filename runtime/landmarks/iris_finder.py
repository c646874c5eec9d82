"""The iris network: eyes in, centres and diameters of irises out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.detection import DAMAGED, FARTHEST
from runtime.engine import Session, metadata_of, run_network
from runtime.errors import ModelError
from runtime.faces import Face
from runtime.irises import Iris, Irises
from runtime.landmarks.gaze import EYE_CORNERS, gaze_direction
from runtime.landmarks.landmarker import MAX_BATCH
from runtime.landmarks.region_of_interest import Region, crop

SIZE = 64
"""Side of the network's input in pixels."""

EYE_SCALE = 2.3
"""Side of an eye's region over the distance of its corners, as MediaPipe cuts it."""

OUTPUT_SHAPE = (5, 3)


class IrisFinder:
    """Runs the iris network on the eyes of faces, several in one call. Thread-safe."""

    def __init__(self, session: Session) -> None:
        """Prepare the network.

        Raises:
            ModelError: the session's file is not the iris network.
        """
        ends = (*session.onnx.get_inputs(), *session.onnx.get_outputs())
        given = {item.name: (item.type, *item.shape[1:]) for item in ends}
        wanted = {"image": ("tensor(uint8)", SIZE, SIZE, 3), "iris": ("tensor(float)", *OUTPUT_SHAPE)}
        metadata = metadata_of(session.onnx)
        if given != wanted or metadata.get("kind") != "iris" or not metadata.get("license"):
            raise ModelError(f"{session.report.file}: not the iris network; install the package again")
        self._session = session.onnx
        self.license = metadata["license"]

    def __call__(self, frames: Sequence[NDArray[np.uint8]], faces: Sequence[Face]) -> list[Irises | None]:
        """Find the irises of faces: face i lies in frame i, (H, W, 3) uint8 BGR. None where points are not finite."""
        known = [index for index, face in enumerate(faces) if np.isfinite(face.landmarks).all()]
        found: list[Irises | None] = [None] * len(faces)
        step = MAX_BATCH // 2
        for start in range(0, len(known), step):
            part = known[start : start + step]
            regions = [eye_region(faces[index], side) for index in part for side in range(2)]
            crops = np.empty((len(regions), SIZE, SIZE, 3), np.uint8)
            for number, region in enumerate(regions):
                eye = crop(frames[part[number // 2]], region, SIZE)
                # the network knows right eyes alone
                crops[number] = eye[:, ::-1] if number % 2 else eye
            points = self.run(crops)[..., :2] - 0.5  # the network counts from the crop's edges
            points[1::2, :, 0] = SIZE - 1 - points[1::2, :, 0]
            for place, index in enumerate(part):
                right, left = (
                    _iris(regions[number].to_frame(points[number], SIZE)) for number in (2 * place, 2 * place + 1)
                )
                found[index] = Irises(right, left, *gaze_direction(faces[index], right, left))
        return found

    def run(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run the network on crops (N, 64, 64, 3) uint8 BGR of right eyes; gives (N, 5, 3) in pixels from their edges.

        Raises:
            ModelError: it does not run on them, or gives what no crop explains.
        """
        [points] = run_network(self._session, ("iris",), "image", crops)
        # written so that NaN fails
        if points.shape != (len(crops), *OUTPUT_SHAPE) or not np.abs(points).max(initial=0) <= FARTHEST * SIZE:
            raise ModelError(f"the iris network gives points that are not finite or far outside: {DAMAGED}")
        result: NDArray[np.float32] = points
        return result

    def check(self) -> None:
        """Run the network on a black crop and check what it gives; raises ModelError as :meth:`run`."""
        self.run(np.zeros((1, SIZE, SIZE, 3), np.uint8))


def eye_region(face: Face, side: int) -> Region:
    """Return the square around an eye, corners level; side 0 is the person's right eye."""
    first, last = face.landmarks[list(EYE_CORNERS[side]), :2].astype(np.float64)
    x, y = (first + last) / 2
    across = last - first
    length = max(float(np.hypot(*across)), 1.0)
    return Region(float(x), float(y), EYE_SCALE * length, math.atan2(across[1], across[0]))


def _iris(points: NDArray[np.float32]) -> Iris:
    """Return centre and diameter of five points: the centre, then right, upper, left and lower rim."""
    across, down = points[1] - points[3], points[2] - points[4]
    diameter = (math.hypot(*across.tolist()) + math.hypot(*down.tolist())) / 2
    x, y = points[0].tolist()
    return Iris(x, y, diameter)
