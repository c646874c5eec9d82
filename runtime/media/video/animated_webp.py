"""Animated WebP, which FFmpeg names without having a decoder for it: decoded by OpenCV's image codecs."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from runtime.errors import VideoError
from runtime.media.video.opencv_log import quiet


def is_animated_webp(head: bytes) -> bool:
    """Return whether the first 21 bytes are those of a WebP file with an animation."""
    return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) > 20 and bool(head[20] & 2)


class AnimatedWebP:
    """The frames of an animation by the interface of :class:`cv2.VideoCapture`."""

    def __init__(self, name: str, data: bytes) -> None:
        """Decode all frames.

        Args:
            name: of the file, for messages.
            data: its bytes.

        Raises:
            VideoError: it is damaged, or this OpenCV is older than 4.11.
        """
        if not hasattr(cv2, "imdecodeanimation"):
            raise VideoError(f"{name}: animated WebP needs OpenCV 4.11 or later; convert it to a video first")
        try:
            with quiet():
                read, animation = cv2.imdecodeanimation(np.frombuffer(data, np.uint8))
        except cv2.error as error:
            raise VideoError(f"{name}: the animated WebP is damaged ({error.err})") from error
        if not read or not animation.frames:
            raise VideoError(f"{name}: not a single frame of the animated WebP can be decoded; it may be damaged")
        self._frames: list[Any] | None = [np.ascontiguousarray(frame[:, :, :3]) for frame in animation.frames]
        durations = np.maximum(np.asarray(animation.durations, float).reshape(-1), 1)
        self._starts = np.concatenate([[0.0], np.cumsum(durations)])
        height, width = self._frames[0].shape[:2]
        self._next = 0
        self._properties = {
            cv2.CAP_PROP_FRAME_COUNT: float(len(self._frames)),
            cv2.CAP_PROP_FPS: 1000 * len(self._frames) / float(self._starts[-1]),
            cv2.CAP_PROP_FRAME_WIDTH: float(width),
            cv2.CAP_PROP_FRAME_HEIGHT: float(height),
        }

    def isOpened(self) -> bool:  # noqa: N802
        """Return whether it is still open."""
        return self._frames is not None

    def read(self) -> tuple[bool, Any]:
        """Read the next frame (H, W, 3) uint8 BGR, if there is one."""
        if self._frames is None or self._next >= len(self._frames):
            return False, None
        self._next += 1
        return True, self._frames[self._next - 1]

    def get(self, propId: int, /) -> float:  # noqa: N803
        """Return a property as OpenCV names it, 0 where it has none."""
        if propId == cv2.CAP_PROP_POS_MSEC:
            return float(self._starts[max(self._next - 1, 0)])
        return self._properties.get(propId, 0.0)

    def set(self, propId: int, value: float, /) -> bool:  # noqa: N803
        """Return False: nothing can be set."""
        return False

    def release(self) -> None:
        """Forget the frames."""
        self._frames = None
