"""A Tk window with a camera's faces; Tk comes with Python.

::

    python examples/apps/tk_window.py            # the first camera; a file's name plays that video
"""

from __future__ import annotations

import sys
import tkinter
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).parent))
from face_worker import FaceWorker


class FaceWindow(tkinter.Tk):
    """Shows the worker's newest picture 30 times a second; closes when there are no more."""

    def __init__(self, worker: FaceWorker) -> None:
        super().__init__()
        self.title("faces")
        self.shown = 0
        self._worker = worker
        self._label = tkinter.Label(self)
        self._label.pack()
        self.after(0, self._refresh)

    def _refresh(self) -> None:
        running = self._worker.running  # asked first, so that the last picture is not missed
        picture = self._worker.take()
        if picture is not None:
            # Tk reads PPM, which OpenCV writes fast; the window must keep the image, Tk does not
            self._image = tkinter.PhotoImage(data=cv2.imencode(".ppm", picture)[1].tobytes())
            self._label.configure(image=self._image)
            self.shown += 1
        if running or picture is not None:
            self.after(33, self._refresh)
        else:
            self.quit()


def main(source: str | int = 0) -> int:
    """Open the window; returns how many pictures were shown."""
    with FaceWorker(source) as worker:
        window = FaceWindow(worker)
        window.mainloop()
        return window.shown


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else 0)
