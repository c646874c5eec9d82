"""BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047): input and output format of MediaPipe's networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from runtime.detection.detection import BLAZEFACE_GEOMETRY, BoxGeometry
from runtime.detection.output_format import (
    MAX_INPUT_SIDE,
    MAX_MAPS,
    DetectorFormat,
    check_output,
    check_strides,
)
from runtime.engine import is_within, read_list, read_whole, shown
from runtime.errors import ModelError

MAX_PER_CELL = 64
"""Most anchors per cell that a file may state; MediaPipe's have up to 6."""


@dataclass(frozen=True, slots=True)
class BlazeFaceFormat(DetectorFormat):
    """``image`` (N, H, W, 3) uint8 BGR in, ``regressions`` (N, A, 16) and ``logits`` (N, A, 1) out.

    A row of regressions is centre, sides, then six keypoints, in input pixels; all but the sides count from the
    anchor's centre.

    Attributes:
        input_size: side of the square input in pixels, unless the user chooses another.
        anchors: (stride in input pixels, anchors per cell) of each feature map, in the order of the outputs.
    """

    input_size: int
    anchors: tuple[tuple[int, int], ...]

    INPUT: ClassVar[str] = "image"
    OUTPUTS: ClassVar[tuple[str, ...]] = ("regressions", "logits")
    GEOMETRY: ClassVar[BoxGeometry] = BLAZEFACE_GEOMETRY
    UPRIGHT: ClassVar[bool] = True

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> BlazeFaceFormat:
        """Read ``input_size`` and ``anchors`` (JSON, ``[[stride, per cell], ...]``) from a file's metadata.

        Raises:
            ModelError: one of them is missing or malformed.
        """
        try:
            size = read_whole(metadata, "input_size", MAX_INPUT_SIDE)
            anchors = read_list(metadata, "anchors", MAX_MAPS)
            for pair in anchors:
                if not isinstance(pair, list) or len(pair) != 2 or not is_within(pair[1], MAX_PER_CELL):
                    raise ModelError(
                        f"anchors holds {shown(pair)}: [stride, anchors per cell] with 1 to {MAX_PER_CELL} anchors is "
                        "needed"
                    )
            check_strides("anchors", [stride for stride, _ in anchors])
        except ModelError as error:
            raise ModelError(
                f"the metadata of this detector lacks a readable 'input_size' or 'anchors' ({error}); "
                "export it with `python -m export blazeface`"
            ) from error
        return cls(size, tuple((stride, count) for stride, count in anchors))

    @property
    def step(self) -> int:
        """Sides of the input are multiples of this many pixels."""
        return max(stride for stride, _ in self.anchors)

    def candidates(self, height: int, width: int) -> int:
        """Return the number of anchors of an input of these sides in pixels."""
        return sum((height // stride) * (width // stride) * count for stride, count in self.anchors)

    def split(self, outputs: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return regressions (A, 16) and logits (A,).

        Raises:
            ModelError: an output has another shape or type.
        """
        regressions, logits = outputs
        check_output("regressions", regressions, (1, None, 16))
        check_output("logits", logits, (1, regressions.shape[1], 1))
        return regressions[0], logits[0, :, 0]

    def decode(
        self, values: NDArray[np.float32], chosen: NDArray[np.intp], height: int, width: int
    ) -> NDArray[np.float64]:
        """Decode some candidates into (M, 8, 2): centre and sides of the box, then six keypoints, in input pixels.

        Raises:
            ModelError: the network has not the anchors that its metadata promises.
        """
        centres = anchor_centres(self.anchors, height, width)
        if len(values) != len(centres):
            raise ModelError(
                f"the network gave {len(values)} anchors for an input of {width}x{height} pixels, "
                f"its metadata promises {len(centres)}; "
                "export it again with `python -m export blazeface`"
            )
        pairs: NDArray[np.float64] = values[chosen].astype(np.float64).reshape(len(chosen), values.shape[1] // 2, 2)
        offsets = centres[chosen, None]
        pairs[:, :1] += offsets
        pairs[:, 2:] += offsets
        return pairs


@lru_cache(maxsize=64)
def anchor_centres(anchors: tuple[tuple[int, int], ...], height: int, width: int) -> NDArray[np.float64]:
    """Return anchor centres (A, 2) x, y in pixels from the top-left corner, read-only.

    Args:
        anchors: (stride in input pixels, anchors per cell) of each feature map.
        height: of the input in pixels.
        width: of the input in pixels.
    """
    centres = []
    for stride, per_cell in anchors:
        rows, columns = ((np.arange(side // stride) + 0.5) * stride for side in (height, width))
        cells = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(cells, per_cell, axis=0))
    joined = np.concatenate(centres)
    joined.flags.writeable = False
    return joined
