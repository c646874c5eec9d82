"""YuNet as a teacher: a user's own copy of its published ONNX file, never shipped.

Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023 (doi:10.1007/s11633-023-1423-y). Apache-2.0,
trained on WIDER FACE; ``onnx/yunet_n_dynamic.onnx`` of https://github.com/ShiqiYu/libfacedetection.train.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from export.detector.model.network import STEP, STRIDES
from runtime.detection import weighted_nms

NMS_THRESHOLD = 0.4


class YuNet:
    """The network and its decoding, for pictures of any size."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        """Load the file.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it has not YuNet's outputs, or takes one size only.
        """
        if not path.is_file():
            raise FileNotFoundError(
                f"{path}: no such file; take onnx/yunet_n_dynamic.onnx of ShiqiYu/libfacedetection.train"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        (image,) = self._session.get_inputs()
        self._outputs = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in STRIDES]
        if {each.name for each in self._session.get_outputs()} != set(self._outputs):
            raise ValueError(f"{path}: its outputs are not YuNet's: {', '.join(self._outputs)}")
        if any(isinstance(side, int) for side in image.shape[2:]):
            raise ValueError(f"{path}: takes pictures of one size only; take yunet_n_dynamic.onnx")
        self._input = image.name

    def __call__(
        self, images: NDArray[np.uint8], min_score: float = 0.3
    ) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Find the faces of pictures (N, H, W, 3) uint8 BGR of one shape.

        Returns:
            for each picture (M, 14) box xyxy and five keypoints in pixels from the top-left corner, and scores (M,).
        """
        count, height, width = images.shape[:3]
        padded = np.zeros((count, 3, -(-height // STEP) * STEP, -(-width // STEP) * STEP), np.float32)
        padded[:, :, :height, :width] = images.transpose(0, 3, 1, 2)
        outputs = dict(zip(self._outputs, self._session.run(self._outputs, {self._input: padded}), strict=True))
        rows, scores = [], []
        for stride in STRIDES:
            cells = np.stack(
                np.meshgrid(np.arange(padded.shape[3] // stride), np.arange(padded.shape[2] // stride)), axis=-1
            ).reshape(-1, 2)
            box = outputs[f"bbox_{stride}"]
            middle, half = (box[..., :2] + cells) * stride, np.exp(np.clip(box[..., 2:], -8, 8)) * stride / 2
            points = (outputs[f"kps_{stride}"].reshape(count, -1, 5, 2) + cells[:, None]) * stride
            rows.append(np.concatenate([middle - half, middle + half, points.reshape(count, -1, 10)], axis=2))
            certainty = outputs[f"cls_{stride}"] * outputs[f"obj_{stride}"]
            scores.append(np.sqrt(np.clip(certainty[..., 0], 0, 1)))
        found = []
        for row, score in zip(np.concatenate(rows, axis=1), np.concatenate(scores, axis=1), strict=True):
            likely = score >= min_score
            merged, best = weighted_nms(row[likely].astype(np.float64), score[likely].astype(np.float64), NMS_THRESHOLD)
            found.append((merged.reshape(-1, 14), best))
        return found
