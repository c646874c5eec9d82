"""Faces of a camera in a thread of their own, for windows that must not wait: the newest picture, ready to show."""

from __future__ import annotations

import threading
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from runtime import Predictor, VideoSource, draw_faces


class FaceWorker:
    """Reads a camera or a video and keeps the newest marked picture. A context manager."""

    def __init__(self, source: str | int) -> None:
        self._source = source
        self._stop = threading.Event()
        self._newest: NDArray[np.uint8] | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def take(self) -> NDArray[np.uint8] | None:
        """Return the newest picture (H, W, 3) BGR, once; None where there is no new one.

        Raises:
            LandmarksError: the camera failed.
        """
        if self._error:
            raise self._error
        newest, self._newest = self._newest, None
        return newest

    @property
    def running(self) -> bool:
        """Whether more pictures will come."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            with Predictor() as predictor, VideoSource(self._source) as source:
                for frame, faces in predictor.stream(source):
                    if self._stop.is_set():
                        return
                    self._newest = draw_faces(frame.image, faces)
        except Exception as error:  # for the window's thread
            self._error = error

    def __enter__(self) -> FaceWorker:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
