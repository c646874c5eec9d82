"""The presence gate: whether a frame is likely to show a face, at a quarter of the detector's cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runtime.detection.face_detector import FaceDetector


class PresenceGate:
    """The detector's network at half the input size. It gives no boxes: those come from the detector itself."""

    def __init__(self, detector: FaceDetector) -> None:
        """Derive the gate from a detector.

        Raises:
            OptionError: the detector's network takes one input size only.
        """
        self._small = detector.at_size(max(1, detector.size // 2 // detector.step) * detector.step)

    def __call__(self, image: NDArray[np.uint8]) -> float:
        """Return the highest logit of a face in an image (H, W, 3) uint8 BGR."""
        _, logits = self._small.run(self._small.letterbox(image).pixels)
        return float(logits.max())
