"""MediaPipe's own graphs under LiteRT with XNNPACK, in the schedule of MediaPipe's FaceMesh.

The code around them is as fast as Python allows: pixels are written directly into the interpreter's input, results are
read without a copy, and letterbox, warp and non-maximum suppression are this project's.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from benchmarks.baselines.pipelines.anchors import AnchorDecoder
from benchmarks.baselines.pipelines.contender import Schedule
from benchmarks.baselines.pipelines.local_video import LocalVideoPipeline
from export.networks import INPUT_SIZE
from export.pretrained import DETECTORS, MESH_POINTS, MESH_TO_68, find_packaged
from runtime.detection import letterbox_image
from runtime.landmarks import Region, crop

MIN_SCORE = 0.5
REGION_SCALE = 1.5
"""Side of a region over the longer side of a detection, or of the last points' box; MediaPipe's value."""

Point = NDArray[np.floating]
"""x, y in frame pixels."""

RIGHT_EYE, LEFT_EYE = 33, 263
"""Outer eye corners in the mesh, which determine a region's rotation."""


class LiteRtNetwork:
    """A ``.tflite`` network on one thread; its input is an image (S, S, 3) uint8 BGR."""

    def __init__(self, path: Path, low: float, high: float) -> None:
        """Load the file; pixel values 0 and 255 are mapped to ``low`` and ``high``."""
        self._interpreter = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.tensor(self._interpreter.get_input_details()[0]["index"])
        outputs = self._interpreter.get_output_details()
        self._outputs = [self._interpreter.tensor(output["index"]) for output in outputs]
        # a lookup table is faster than multiplication and addition
        self._values = np.linspace(low, high, 256, dtype=np.float32)

    def run(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Run the network and return views of the outputs, which must be released before the next call."""
        self.load(pixels)
        self.invoke()
        return [output() for output in self._outputs]

    def load(self, pixels: NDArray[np.uint8]) -> None:
        """Write an image into the network's input."""
        cv2.LUT(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), self._values, self._input()[0])

    def invoke(self) -> None:
        """Run the network on the loaded image."""
        self._interpreter.invoke()


class LiteRtDetector:
    """BlazeFace under LiteRT: maps a frame to regions of its faces, as MediaPipe crops them."""

    def __init__(self, name: str) -> None:
        source = DETECTORS[name]
        self._network = LiteRtNetwork(find_packaged(source.file), -1, 1)
        self._size = source.input_size
        self._decode = AnchorDecoder(source, MIN_SCORE)

    def __call__(self, frame: NDArray[np.uint8]) -> list[Region]:
        """Find the regions in a frame (H, W, 3) uint8 BGR."""
        boxed = letterbox_image(frame, self._size)
        outputs = {output.shape[-1]: output[0] for output in self._network.run(boxed.pixels)}
        corners, keypoints = self._decode(outputs[16], outputs[1][:, 0], boxed)
        return [_region(*box, *points[:2]) for box, points in zip(corners, keypoints, strict=True)]


class MediaPipeGraphs:
    """MediaPipe's pipeline: maps a frame (H, W, 3) uint8 BGR to points (68, 2) of each face, vertices of the mesh."""

    def __init__(self, detector: str, follow: bool) -> None:
        """Load both graphs.

        Args:
            detector: a key of ``export.pretrained.blazeface.DETECTORS``.
            follow: whether regions come from the last frame's points, and the detector runs only without a face.
        """
        self._detector = LiteRtDetector(detector)
        self._mesh = LiteRtNetwork(find_packaged("face_landmark.tflite"), 0, 1)
        self._follow = follow
        self._regions: list[Region] = []

    def __call__(self, frame: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Find the points in a frame (H, W, 3) uint8 BGR."""
        regions = self._regions or self._detector(frame)
        meshes = [mesh for region in regions if (mesh := self._find(frame, region)) is not None]
        if self._follow:
            self._regions = [
                _region(mesh.min(axis=0), mesh.max(axis=0), mesh[RIGHT_EYE], mesh[LEFT_EYE]) for mesh in meshes
            ]
        return [mesh[MESH_TO_68] for mesh in meshes]

    def _find(self, frame: NDArray[np.uint8], region: Region) -> NDArray[np.float32] | None:
        """Return the mesh (468, 2) in frame pixels; None if the network finds no face."""
        outputs = {output.size: output for output in self._mesh.run(crop(frame, region, INPUT_SIZE))}
        if outputs[1].item() <= 0:  # a logit
            return None
        # MediaPipe's coordinates are relative to pixel edges
        points = outputs[MESH_POINTS * 3].reshape(-1, 3)[:, :2] - np.float32(0.5)
        return region.to_frame(points, INPUT_SIZE)


def open_mediapipe(video: NDArray[np.uint8], detector: str, schedule: Schedule) -> LocalVideoPipeline:
    """Open MediaPipe's graphs for a video."""
    still = MediaPipeGraphs(detector, follow=False)
    return LocalVideoPipeline(
        video, still if schedule == "every frame" else MediaPipeGraphs(detector, follow=True), still
    )


def _region(low: Point, high: Point, right_eye: Point, left_eye: Point) -> Region:
    """Return the square around a box, enlarged by REGION_SCALE and rotated so that the eyes are level."""
    x, y = ((low + high) / 2).tolist()
    across = (left_eye - right_eye).tolist()
    return Region(x, y, float((high - low).max()) * REGION_SCALE, math.atan2(across[1], across[0]))
