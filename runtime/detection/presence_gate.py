"""A look at a frame that costs less than the whole detector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runtime.detection.blazeface import BlazeFace


class Scout:
    """Tells how likely there is a face, for a quarter of the detector's time: its network at half the input.

    It knows no boxes: whether there is a face, and where, the whole detector says.
    """

    def __init__(self, detector: BlazeFace) -> None:
        """Raises OptionError if the detector's network takes one size of input only."""
        self._small = detector.at_size(max(1, detector.size // 2 // detector.step) * detector.step)

    def __call__(self, image: NDArray[np.uint8]) -> float:
        """The highest logit in an image (H, W, 3) uint8 BGR."""
        _, logits = self._small.run(self._small.letterbox(image).pixels)
        return float(logits.max())
