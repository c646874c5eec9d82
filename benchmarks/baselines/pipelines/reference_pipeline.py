"""The study's pipeline: BlazeFace and the full landmark network in PyTorch, in eager mode, on every frame.

Its landmark network has FaceMesh's weights here, since the study's weights are not published and the architecture is
the same. Speed does not depend on the weights. Accuracy does: the study reports far larger errors.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.baselines.pipelines.anchors import AnchorDecoder
from benchmarks.baselines.pipelines.blazeface_torch import BlazeFaceNetwork
from benchmarks.baselines.pipelines.local_video import LocalVideoPipeline
from export.networks import INPUT_SIZE
from export.pretrained import DETECTORS, find_packaged, read_graph, start_full
from runtime.detection import letterbox_image

MIN_SCORE = 0.75
"""The study's threshold of the detector."""


class StudyPipeline:
    """The study's pipeline: maps a frame (H, W, 3) uint8 BGR to the points (68, 2) of each face."""

    def __init__(self) -> None:
        source = DETECTORS["blazeface-back"]
        self._size = source.input_size
        self._detector = BlazeFaceNetwork(read_graph(find_packaged(source.file))).eval()
        self._decode = AnchorDecoder(source, MIN_SCORE)
        self._landmarks = start_full().eval()

    @torch.inference_mode()
    def __call__(self, frame: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Find the points in a frame (H, W, 3) uint8 BGR."""
        return [self._points(frame, box) for box in self._boxes(frame)]

    def _boxes(self, frame: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Find boxes (N, 4) xyxy in frame pixels."""
        boxed = letterbox_image(frame, self._size)
        rgb = cv2.cvtColor(boxed.pixels, cv2.COLOR_BGR2RGB)
        images = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 127.5 - 1
        regressions, logits = self._detector(images)
        corners, _ = self._decode(regressions[0].numpy(), logits[0, :, 0].numpy(), boxed)
        return corners.reshape(-1, 4)

    def _points(self, frame: NDArray[np.uint8], box: NDArray[np.float64]) -> NDArray[np.float32]:
        """Find the points in a crop of twice the box, clipped to the frame and resized to the network's input."""
        centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        limit = np.array(frame.shape[1::-1])
        left, top = np.clip((centre - size).astype(int), 0, limit - 1)
        right, bottom = np.clip((centre + size).astype(int), (left + 1, top + 1), limit)
        crop = cv2.resize(frame[top:bottom, left:right], (INPUT_SIZE, INPUT_SIZE))
        rgb = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB)
        points, _ = self._landmarks(torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255)
        scale = np.array([right - left, bottom - top]) / INPUT_SIZE
        mapped = (points[0, :, :2].numpy() + 0.5) * scale + (left, top) - 0.5
        return mapped.astype(np.float32)  # type: ignore[no-any-return]


def open_reference(video: NDArray[np.uint8]) -> LocalVideoPipeline:
    """Open the study's pipeline for a video."""
    return LocalVideoPipeline(video, StudyPipeline())
