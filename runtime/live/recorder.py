"""Recording what is shown, at the pace at which it was shown, into a file that can always be played."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.errors import VideoError
from runtime.media.images import write_picture
from runtime.media.video import VideoSink

NIGHT = (16, 13, 11)
"""Blue, green, red beside a picture that does not fill its place."""

LONGEST_GAP = 1.0
"""Seconds without pictures that a recording keeps, as a still; longer ones, such as pauses, are cut out."""


class Recorder:
    """Starts and stops recordings. A context manager: ``close()`` finishes the file, also after an exception.

    A video file has a constant rate and a loop has not: every picture is kept until the next one is due, and pictures
    that come faster than the rate are passed over. So the recording plays at the pace of the window.
    """

    def __init__(self, folder: Path, fps: float) -> None:
        """Record nothing yet.

        Args:
            folder: for recordings that are not given a name.
            fps: frames per second of the files.
        """
        self._folder, self._fps = folder, fps
        self._sink: VideoSink | None = None
        self._shown: NDArray[np.uint8] | None = None
        self._origin, self._last, self._slots = 0.0, 0.0, 0
        self.finished: list[Path] = []

    @property
    def recording(self) -> bool:
        """Whether a recording is running."""
        return self._sink is not None

    @property
    def seconds(self) -> float:
        """Length of the running recording; 0 without one."""
        return self._slots / self._fps if self.recording else 0.0

    def start(self, path: Path | None = None) -> Path:
        """Start a recording; returns where to. One that runs is finished first.

        Raises:
            VideoError: no such folder, one that cannot be written to, or a name that is no video's.
        """
        self.stop()
        path = path or unused(self._folder, ".mp4")
        self._sink = VideoSink(path, self._fps)
        self._shown, self._slots = None, 0
        return path

    def write(self, image: NDArray[np.uint8], moment: float) -> None:
        """Add a picture (H, W, 3) uint8 BGR if a recording runs; one of another size is fitted into the first one's.

        Args:
            image: (H, W, 3) uint8 BGR.
            moment: seconds at which it was taken.

        Raises:
            VideoError: the file cannot be written; what was recorded before is lost then.
        """
        if self._sink is None:
            return
        if self._shown is None:
            self._origin = self._last = moment
        if not 0 <= moment - self._last <= LONGEST_GAP:
            self._origin += moment - self._last - 1 / self._fps
        self._last = moment
        due = round((moment - self._origin) * self._fps)
        if due < self._slots:
            return
        image = image if self._shown is None else fitted(image, self._shown.shape[1], self._shown.shape[0])
        for _ in range(due - self._slots):
            self._sink.write(image if self._shown is None else self._shown)
        self._sink.write(image)
        self._shown, self._slots = image, due + 1

    def stop(self) -> Path | None:
        """Finish the recording; returns the file, None if none ran or nothing was in it yet.

        Raises:
            VideoError: what was written cannot be read back.
        """
        sink, self._sink = self._sink, None
        if sink is None:
            return None
        sink.close()
        if self._shown is None:
            return None
        self.finished.append(sink.path)
        return sink.path

    def close(self) -> None:
        """Finish what runs; closing twice is fine."""
        self.stop()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        # After an exception, too: what was recorded until then is what the user wants.
        self.close()


def save_screenshot(image: NDArray[np.uint8], folder: Path) -> Path:
    """Write a picture (H, W, 3) uint8 BGR as PNG under a name with the time; returns the file.

    Raises:
        VideoError: the folder is missing or cannot be written to.
    """
    path = unused(folder, ".png")
    try:
        write_picture(path, image)
    except OSError as error:
        raise VideoError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


def unused(folder: Path, suffix: str) -> Path:
    """Return a free name in a folder: ``landmarks-20261124-093015.png``, with ``-2`` and so on where that exists."""
    stem = time.strftime("landmarks-%Y%m%d-%H%M%S")
    path, number = folder / f"{stem}{suffix}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{suffix}"
    return path


def fitted(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Fit an image (H, W, 3) uint8 into (height, width, 3): scaled, centred, with black beside it."""
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    if inner != (image.shape[1], image.shape[0]):
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        image = cv2.resize(image, inner, interpolation=method)  # type: ignore[assignment]
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    if (left, top) == (0, 0) and inner == (width, height):
        return image
    right, bottom = width - inner[0] - left, height - inner[1] - top
    return cv2.copyMakeBorder(  # type: ignore[return-value]
        image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=NIGHT
    )
