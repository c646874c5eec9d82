"""A Qt window with a camera's faces (pip install PySide6-Essentials).

::

    python examples/apps/qt_window.py            # the first camera; a file's name plays that video
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QLabel

sys.path.insert(0, str(Path(__file__).parent))
from face_worker import FaceWorker


class FaceWindow(QLabel):
    """Shows the worker's newest picture 30 times a second; closes when there are no more."""

    def __init__(self, worker: FaceWorker) -> None:
        super().__init__()
        self.setWindowTitle("faces")
        self.shown = 0
        self._worker = worker
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._refresh)
        self._timer.start(33)

    def _refresh(self) -> None:
        running = self._worker.running  # asked first, so that the last picture is not missed
        picture = self._worker.take()
        if picture is not None:
            height, width = picture.shape[:2]
            image = QImage(picture.data, width, height, picture.strides[0], QImage.Format.Format_BGR888)
            self.setPixmap(QPixmap.fromImage(image))  # copies the pixels
            self.shown += 1
        elif not running:
            self.close()


def main(source: str | int = 0) -> int:
    """Open the window; returns how many pictures were shown."""
    app = QApplication.instance() or QApplication([])
    with FaceWorker(source) as worker:
        window = FaceWindow(worker)
        window.show()
        app.exec()
        return window.shown


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else 0)
