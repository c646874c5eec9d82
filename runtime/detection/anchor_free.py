"""This project's face detector: one candidate for each cell of three maps. Its training: ``export/detector``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from runtime.detection.blazeface import anchor_centres
from runtime.detection.detection import WIDER_FACE_GEOMETRY, BoxGeometry
from runtime.detection.output_format import MAX_INPUT_SIDE, MAX_MAPS, DetectorFormat, check_output, check_strides
from runtime.engine import read_list, read_whole
from runtime.errors import ModelError

MAX_LOG_SIDE = 6.0
"""Logarithm of the longest side in strides; more is no face, but would overflow."""


@dataclass(frozen=True, slots=True)
class AnchorFreeFormat(DetectorFormat):
    """``image`` (N, H, W, 3) uint8 BGR in, ``cells`` (N, 15, A) out.

    The values of a cell are the logit of the score; centre x, y of the box; logarithms of its width and height; right
    eye, left eye, nose tip, right and left mouth corner x, y. Centre and keypoints count from the cell's centre, and
    they and the sides are in strides of the cell's map.

    Attributes:
        input_size: longer side of the input in pixels, unless the user chooses another.
        strides: input pixels per cell of each map, in the order of the cells.
    """

    input_size: int
    strides: tuple[int, ...]

    INPUT: ClassVar[str] = "image"
    OUTPUTS: ClassVar[tuple[str, ...]] = ("cells",)
    GEOMETRY: ClassVar[BoxGeometry] = WIDER_FACE_GEOMETRY
    UPRIGHT: ClassVar[bool] = False

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> AnchorFreeFormat:
        """Read ``input_size`` and ``strides`` (JSON) from a file's metadata.

        Raises:
            ModelError: one of them is missing or malformed.
        """
        try:
            size = read_whole(metadata, "input_size", MAX_INPUT_SIDE)
            strides = read_list(metadata, "strides", MAX_MAPS)
            check_strides("strides", strides)
        except ModelError as error:
            raise ModelError(
                f"the metadata of this detector lacks a readable 'input_size' or 'strides' ({error}); "
                "export it with `python -m export detector onnx`"
            ) from error
        return cls(size, tuple(strides))

    @property
    def step(self) -> int:
        """Sides of the input are multiples of this many pixels."""
        return max(self.strides)

    def candidates(self, height: int, width: int) -> int:
        """Return the number of cells of an input of these sides in pixels."""
        return count_cells(self.strides, height, width)

    def split(self, outputs: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return box and keypoints (A, 14) and logits (A,).

        Raises:
            ModelError: the output has another shape or type.
        """
        check_output("cells", outputs[0], (1, 15, None))
        cells = outputs[0][0]
        return cells[1:].T, cells[0]

    def decode(
        self, values: NDArray[np.float32], chosen: NDArray[np.intp], height: int, width: int
    ) -> NDArray[np.float64]:
        """Decode some candidates into (M, 8, 2): centre and sides of the box, then six keypoints, in input pixels.

        Raises:
            ModelError: the network has not the cells that its metadata promises.
        """
        return decode_cells(values, chosen, self.strides, 0.5, height, width)


def count_cells(strides: tuple[int, ...], height: int, width: int) -> int:
    """Return the number of cells of all maps of an input of these sides in pixels."""
    return sum((height // stride) * (width // stride) for stride in strides)


def decode_cells(
    values: NDArray[np.float32],
    chosen: NDArray[np.intp],
    strides: tuple[int, ...],
    origin: float,
    height: int,
    width: int,
) -> NDArray[np.float64]:
    """Decode box and five keypoints of some cells.

    Args:
        values: (A, 14) centre, logarithms of the sides, five keypoints, in strides.
        chosen: (M,) which to decode.
        strides: input pixels per cell of each map.
        origin: what positions in a cell count from, in cells: 0 its top-left corner, 0.5 its centre.
        height: of the input in pixels.
        width: of the input in pixels.

    Returns:
        (M, 8, 2) centre and sides of the box, then right eye, left eye, nose tip, mouth centre, right and left mouth
        corner, in input pixels from the top-left corner.

    Raises:
        ModelError: there are not as many values as cells.
    """
    anchors = tuple((stride, 1) for stride in strides)
    centres = anchor_centres(anchors, height, width)
    if values.shape != (len(centres), 14):
        raise ModelError(
            f"the network gave values of shape {values.shape} for an input of {width}x{height} pixels, "
            f"({len(centres)}, 14) are those of a detector with strides {strides}"
        )
    counts = [(height // stride) * (width // stride) for stride in strides]
    stride = np.repeat(np.array(strides, np.float64), counts)[chosen, None, None]
    cells = values[chosen].astype(np.float64).reshape(len(chosen), 7, 2)
    corner = centres[chosen, None] - (0.5 - origin) * stride
    pairs = np.zeros((len(chosen), 8, 2))
    pairs[:, 0] = cells[:, 0]
    pairs[:, 2:5], pairs[:, 6:] = cells[:, 2:5], cells[:, 5:]
    pairs[:, 5] = (cells[:, 5] + cells[:, 6]) / 2
    pairs *= stride
    pairs += corner
    pairs[:, 1] = np.exp(np.minimum(cells[:, 1], MAX_LOG_SIDE)) * stride[:, 0]
    return pairs
