"""Pictures of the window and of the page for the documents, with the astronaut photograph (NASA, public domain)."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from runtime import LandmarksError, VideoSource, read_image
from runtime.live import BOTH, Capture, Controls, LiveLoop, LiveOptions, NetworkOptions, PredictorPool
from runtime.media.files import replacing
from runtime.web.server import Server
from runtime.web.site import build_site

FPS, SECONDS, SWAY = 30, 4, 6.0
"""The video's frames per second and length, and the amplitude of the face in pixels."""

DESKTOP, PHONE = (1536, 960), (400, 960)
SCALE = 0.75
"""Pixels of the picture per pixel of both screens."""

MARGIN, GAP, RADIUS = 28, 28, 18
BACKGROUND = (226, 218, 214)
"""BGR behind the pictures of the page."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SCRIPT = Path(__file__).with_name("screenshots.mjs")


def draw_window(path: Path) -> None:
    """Write a picture of ``landmarks live --compare`` as JPEG, at the end of the video."""
    options = LiveOptions(Controls(models=("full", "trimmed"), choice=BOTH))
    window = _LastPicture()
    with TemporaryDirectory() as folder:
        video = _write_video(Path(folder))
        with Capture(lambda: VideoSource(video)) as capture, PredictorPool(NetworkOptions()) as networks:
            LiveLoop(capture, networks, window, options).run()
    _write(path, window.picture)


def draw_page(path: Path) -> None:
    """Write a picture of the page as JPEG: dark on a desktop, light on a phone, with the video as camera.

    Raises:
        LandmarksError: node or Chromium is missing, or the page does not find the face.
    """
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None or shutil.which("node") is None:
        raise LandmarksError("the picture of the page needs node and Chromium; CHROMIUM may name its path")
    with TemporaryDirectory() as folder, Server(build_site()) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        video = _write_video(Path(folder))
        sizes = [f"{width}x{height}" for width, height in (DESKTOP, PHONE)]
        files = [Path(folder) / f"{size}.png" for size in sizes]
        command = ["node", str(SCRIPT), browser, str(video), server.url, *sizes, *map(str, files)]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        finally:
            server.shutdown()
        if done.returncode:
            raise LandmarksError(f"the page was not drawn: {done.stderr.strip()}")
        shots = [read_image(file) for file in files]
        small = [cv2.resize(shot, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA) for shot in shots]
        _write(path, _beside_each_other(small))  # type: ignore[arg-type]


class _LastPicture:
    """A window that keeps the last picture and has no keys."""

    size = None
    closed = False
    picture: NDArray[np.uint8]

    def show(self, image: NDArray[np.uint8]) -> None:
        self.picture = image.copy()

    def poll(self) -> int:
        return -1

    def resize(self, width: int, height: int) -> None:
        pass

    def toggle_full_screen(self) -> None:
        pass

    def close(self) -> None:
        pass


def _frames() -> Iterator[NDArray[np.uint8]]:
    """Yield frames (480, 640, 3) uint8 BGR of the photograph, swaying from side to side."""
    photograph = cv2.cvtColor(skimage.data.astronaut()[:300, 24:424], cv2.COLOR_RGB2BGR)
    frame = cv2.resize(photograph, (640, 480), interpolation=cv2.INTER_CUBIC)
    for number in range(FPS * SECONDS):
        shift = SWAY * np.sin(np.pi * number / FPS)
        yield cv2.warpAffine(  # type: ignore[misc]
            frame, np.array([[1, 0, shift], [0, 1, 0.0]]), (640, 480), borderMode=cv2.BORDER_REPLICATE
        )


def _write_video(folder: Path) -> Path:
    """Write the frames as YUV4MPEG2 with 4:2:0 colours, which OpenCV reads and Chromium takes for a camera."""
    path = folder / "video.y4m"
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W640 H480 F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in _frames():
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())
    return path


def _beside_each_other(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Lay pictures of one height beside each other with round corners on a plain background."""
    height = pictures[0].shape[0]
    width = sum(picture.shape[1] for picture in pictures) + GAP * (len(pictures) - 1)
    canvas = np.full((height + 2 * MARGIN, width + 2 * MARGIN, 3), BACKGROUND, np.uint8)
    left = MARGIN
    for picture in pictures:
        place = canvas[MARGIN : MARGIN + height, left : left + picture.shape[1]]
        share = _round_corners(*picture.shape[:2])[..., None]
        place[:] = np.rint(share * picture + (1 - share) * place)
        left += picture.shape[1] + GAP
    return canvas


def _round_corners(height: int, width: int) -> NDArray[np.float64]:
    """Return coverage (height, width) 0..1 of a rectangle with round corners."""
    y, x = np.mgrid[:height, :width] + 0.5
    across = np.maximum(RADIUS - np.minimum(x, width - x), 0)
    down = np.maximum(RADIUS - np.minimum(y, height - y), 0)
    coverage: NDArray[np.float64] = np.clip(RADIUS - np.hypot(across, down) + 0.5, 0, 1)
    return coverage


def _write(path: Path, picture: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        cv2.imwrite(str(part), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
