"""OpenCV's messages about failures, suppressed where these are raised or logged here instead."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import cv2

from runtime.process import in_child

SILENT = 0
"""OpenCV's lowest log level."""

_lock = threading.Lock()
_depth = 0
_level = SILENT


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hold back what OpenCV prints about a failure that is raised as an exception here.

    The log level belongs to the whole process: the first block that is entered, in whichever thread, lowers it, and
    the last one that is left restores it.
    """
    module = _module()
    global _depth, _level
    with _lock:
        if _depth == 0:
            _level = module.getLogLevel()
            module.setLogLevel(SILENT)
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                module.setLogLevel(_level)


def _module() -> Any:
    """Return where the functions are: at the top in OpenCV 4, in a submodule in OpenCV 5."""
    return cv2 if hasattr(cv2, "setLogLevel") else cv2.utils.logging


def _start_anew() -> None:
    """Leave the blocks of the parent's other threads, which do not exist in a forked child."""
    global _lock, _depth
    _lock = threading.Lock()
    if _depth:
        _depth = 0
        _module().setLogLevel(_level)


in_child(_start_anew)
