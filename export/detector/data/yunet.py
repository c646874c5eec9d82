"""YuNet as a teacher, from the user's copy of its published ONNX file, which is not shipped.

Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023 (doi:10.1007/s11633-023-1423-y). Apache-2.0,
trained on WIDER FACE; ``onnx/yunet_n_dynamic.onnx`` of https://github.com/ShiqiYu/libfacedetection.train.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from export.detector.model import STEP
from runtime.detection import YuNetFormat, weighted_nms

NMS_THRESHOLD = 0.4

LAYOUT = YuNetFormat()

KEYPOINTS = [2, 3, 4, 6, 7]
"""Indices of eyes, nose tip and mouth corners among the points that the runtime decodes."""


class YuNet:
    """The network and its decoding, for pictures of any size."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        """Load the file.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file does not have YuNet's outputs, or takes only one size.
        """
        self._session = open_yunet(read_yunet(path), threads)
        (image,) = self._session.get_inputs()
        if {each.name for each in self._session.get_outputs()} != set(LAYOUT.OUTPUTS):
            raise ValueError(f"{path}: its outputs are not YuNet's: {', '.join(LAYOUT.OUTPUTS)}")
        if any(isinstance(side, int) for side in image.shape[2:]):
            raise ValueError(f"{path}: takes pictures of one size only; use yunet_n_dynamic.onnx")
        self._input = image.name

    def __call__(
        self, images: NDArray[np.uint8], min_score: float = 0.3
    ) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Find the faces of pictures (N, H, W, 3) uint8 BGR of one shape.

        Returns:
            For each picture rows (M, 14), box xyxy and five keypoints in pixels from the top-left corner, and scores
            (M,).
        """
        count, height, width = images.shape[:3]
        padded = np.zeros((count, 3, -(-height // STEP) * STEP, -(-width // STEP) * STEP), np.float32)
        padded[:, :, :height, :width] = images.transpose(0, 3, 1, 2)
        outputs = self._session.run(LAYOUT.OUTPUTS, {self._input: padded})
        found = []
        for number in range(count):
            values, logits = LAYOUT.split([each[number : number + 1] for each in outputs])
            likely = np.flatnonzero(logits >= np.log(min_score / (1 - min_score)))
            pairs = LAYOUT.decode(values, likely, *padded.shape[2:])
            half = pairs[:, 1] / 2
            corners = [pairs[:, 0] - half, pairs[:, 0] + half]
            rows = np.concatenate([*corners, pairs[:, KEYPOINTS].reshape(-1, 10)], axis=1)
            merged, best = weighted_nms(rows, 1 / (1 + np.exp(-logits[likely].astype(np.float64))), NMS_THRESHOLD)
            found.append((merged.reshape(-1, 14), best))
        return found


def read_yunet(path: Path) -> bytes:
    """Read YuNet's file.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such file; download onnx/yunet_n_dynamic.onnx of ShiqiYu/libfacedetection.train"
        )
    return path.read_bytes()


def open_yunet(content: bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """Open YuNet's file, or a variant of it, on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
