"""The software behind a set of measured numbers."""

from __future__ import annotations

import platform
from datetime import date

import cv2
import onnxruntime


def describe_versions() -> str:
    """Return one line for reports and model cards: libraries, Python, processor architecture and today's date."""
    return (
        f"onnxruntime {onnxruntime.__version__}, OpenCV {cv2.__version__}, Python {platform.python_version()}, "
        f"{platform.machine()}, {date.today()}"
    )
