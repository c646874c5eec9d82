"""Key frames of a video file, where decoding can begin: found in the container, without decoding anything."""

from __future__ import annotations

from collections.abc import Sequence

import cv2

from runtime.media.video.capture import reading_path
from runtime.media.video.opencv_log import quiet

MOST_PACKETS = 2000
"""Packets that are read after a seek until a key frame comes: a minute of video and more."""


def key_frames_near(path: str, times: Sequence[float]) -> list[float | None] | None:
    """Return the key frame nearest before each time, or one soon after it where the container has no index.

    Args:
        path: of a video file.
        times: seconds since the first frame.

    Returns:
        Seconds since the first frame, as ``VideoSource`` counts them; None for a time near which no key frame is found,
        and instead of the list where this OpenCV cannot tell key frames.

    Raises:
        VideoError: the file's name cannot be given to OpenCV.
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file, quiet():
        # packets as they are stored: a seek goes to the key frame before, and costs no decoding
        capture = cv2.VideoCapture(reading_path(path, file), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
        try:
            first = _next_key_frame(capture)
            if first is None:
                return None
            found: list[float | None] = []
            for time in times:
                key = _next_key_frame(capture) if capture.set(cv2.CAP_PROP_POS_MSEC, 1000 * (first + time)) else None
                found.append(None if key is None else key - first)
            return found
        finally:
            capture.release()


def _next_key_frame(capture: cv2.VideoCapture) -> float | None:
    """Return the container's time in seconds of the next key frame; None where none comes."""
    for _ in range(MOST_PACKETS):
        if not capture.grab():
            return None
        if capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME) > 0:
            return capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
    return None
