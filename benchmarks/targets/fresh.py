"""Measurements that need a separate process, started by ``process``; imports only the runtime.

python -m benchmarks.targets.fresh soak 100000
python -m benchmarks.targets.fresh paced 10
"""

from __future__ import annotations

import json
import math
import sys
from itertools import count

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime import Predictor
from runtime.bench.memory import peak_memory
from runtime.bench.resources import paced
from runtime.bench.scenes import sample

WIDTH, HEIGHT = 640, 480
MARGIN = 40
"""Pixels around the window that moves over the picture; frames are views of it and need no memory."""

FPS = 30


class Stream:
    """A stream of one moving face with tracking; each call processes the next frame."""

    def __init__(self) -> None:
        size = WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
        self._picture = cv2.resize(sample(), size, interpolation=cv2.INTER_CUBIC)
        self._tracker = Predictor(device="cpu", threads=1).tracker()
        self._numbers = count()

    def __call__(self) -> int:
        """Process the next frame and return the number of faces."""
        number = next(self._numbers)
        return len(self._tracker(self._window(number), number / FPS).faces)

    def _window(self, number: int) -> NDArray[np.uint8]:
        phase = 2 * math.pi * number / (2 * FPS)
        left, top = (round(MARGIN * (1 + wave)) for wave in (math.sin(phase), math.cos(2 * phase)))
        return self._picture[top : top + HEIGHT, left : left + WIDTH]  # type: ignore[return-value]


def soak(frames: int) -> dict[str, float]:
    """Measure the peak memory in bytes after a tenth of the frames and after all, and the number of missed faces."""
    stream = Stream()
    missed = sum(not stream() for _ in range(frames // 10))
    early = peak_memory()
    missed += sum(not stream() for _ in range(frames - frames // 10))
    return {"early": early, "late": peak_memory(), "missed": missed}


def pace(seconds: float) -> dict[str, float]:
    """Measure the CPU share and the share of late frames at 30 frames a second."""
    stream = Stream()
    for _ in range(FPS):
        stream()
    result = paced(stream, seconds, FPS)
    return {"share": result.cpu_share, "late": result.late}


if __name__ == "__main__":
    cv2.setNumThreads(1)
    command, amount = sys.argv[1:]
    print(json.dumps(soak(int(amount)) if command == "soak" else pace(float(amount))))
