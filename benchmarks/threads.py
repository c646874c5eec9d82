"""One thread for every contender, so that all use the same number of cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from runtime.bench.timing import opencv_threads


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit PyTorch and OpenCV to one thread; onnxruntime and LiteRT take the number when they load a network."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with opencv_threads(1):
            yield
    finally:
        torch.set_num_threads(before)
