"""YuNet (Wu, Peng, Yu 2023, doi:10.1007/s11633-023-1423-y): format of its published ONNX files, which users may have.

The files are not shipped. OpenCV's model zoo has ``face_detection_yunet_2023mar.onnx`` (MIT), which takes 640x640
pixels; ``yunet_n_dynamic.onnx`` of ShiqiYu/libfacedetection.train takes any size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from runtime.detection.anchor_free import count_cells, decode_cells
from runtime.detection.detection import WIDER_FACE_GEOMETRY, BoxGeometry
from runtime.detection.output_format import DetectorFormat, check_output

STRIDES = (8, 16, 32)

WIDTHS = (1, 1, 4, 10)
"""Values of a cell in the outputs ``cls``, ``obj``, ``bbox`` and ``kps``."""

CERTAIN = 1e-6
"""Scores are kept this far from 0 and 1, so that their logits are finite."""


@dataclass(frozen=True, slots=True)
class YuNetFormat(DetectorFormat):
    """``input`` (N, 3, H, W) float32 BGR 0..255 in; for each stride S ``cls_S``, ``obj_S``, ``bbox_S``, ``kps_S`` out.

    The score is the root of ``cls`` times ``obj``; boxes and keypoints as those of :class:`AnchorFreeFormat`, but they
    count from the cell's top-left corner.

    Attributes:
        input_size: longer side of the input in pixels, unless the user chooses another or the file takes one only.
    """

    input_size: int = 320

    INPUT: ClassVar[str] = "input"
    OUTPUTS: ClassVar[tuple[str, ...]] = tuple(
        f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in STRIDES
    )
    GEOMETRY: ClassVar[BoxGeometry] = WIDER_FACE_GEOMETRY
    UPRIGHT: ClassVar[bool] = True

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> YuNetFormat:
        """Return the format, which is the same for all of YuNet's files; they have no metadata."""
        return cls()

    @property
    def step(self) -> int:
        """Sides of the input are multiples of this many pixels."""
        return STRIDES[-1]

    def sides(self, shape: Sequence[int | str | None]) -> tuple[int | str | None, int | str | None]:
        """Return height and width of the network's input shape (N, 3, H, W)."""
        return shape[2], shape[3]

    def feed(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        """Return the network's input (1, 3, H, W) float32 for pixels (H, W, 3) uint8 BGR."""
        return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)

    def candidates(self, height: int, width: int) -> int:
        """Return the number of cells of an input of these sides in pixels."""
        return count_cells(STRIDES, height, width)

    def split(self, outputs: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return box and keypoints (A, 14) and logits (A,).

        Raises:
            ModelError: an output has another shape or type.
        """
        for index, (name, output) in enumerate(zip(self.OUTPUTS, outputs, strict=True)):
            # the classes, which come first, tell how many cells there are
            cells = None if index < len(STRIDES) else outputs[index % len(STRIDES)].shape[1]
            check_output(name, output, (1, cells, WIDTHS[index // len(STRIDES)]))
        classes, objects, boxes, keypoints = (
            np.concatenate([each[0] for each in outputs[start : start + len(STRIDES)]])
            for start in range(0, len(outputs), len(STRIDES))
        )
        scores = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objects[:, 0], 0, 1))
        scores = np.clip(scores, CERTAIN, 1 - CERTAIN)
        return np.concatenate([boxes, keypoints], axis=1), np.log(scores / (1 - scores))

    def decode(
        self, values: NDArray[np.float32], chosen: NDArray[np.intp], height: int, width: int
    ) -> NDArray[np.float64]:
        """Decode some candidates into (M, 8, 2): centre and sides of the box, then six keypoints, in input pixels.

        Raises:
            ModelError: the network has not as many cells as an input of this size.
        """
        return decode_cells(values, chosen, STRIDES, 0.0, height, width)
