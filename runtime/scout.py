"""Ways to spend less, or more, on detection than one look with one network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runtime.detector import BlazeFace, Detection, Detector


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


class Retry:
    """A detector that looks once more, with another, where the first finds nothing."""

    def __init__(self, first: Detector, second: Detector) -> None:
        self._first, self._second = first, second

    def __call__(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Find the faces of an image (H, W, 3) uint8 BGR; best first."""
        return self._first(image) or self._second(image)
