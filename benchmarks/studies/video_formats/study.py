"""Video formats that OpenCV alone, ``VideoSource`` and PyAV read correctly.

    python -m benchmarks.studies.video_formats  # docs/video_formats.md; needs ffmpeg, and PyAV for its column
    python -m benchmarks.studies.video_formats --keep videos/  # keeps the videos there

Each video is made with ffmpeg and read in a separate process, as some crash the reader. The result is right if every
decodable frame is returned with its time, upright and with square pixels, as ffmpeg shows it.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.studies.video_formats.cases import CASES, FPS, HEIGHT, WIDTH, VideoCase, ffmpeg, make
from runtime import VideoError, VideoSink, VideoSource
from runtime.bench.markdown import markdown_table
from runtime.bench.timing import timed
from runtime.media.video import CODECS

Read = Iterator[tuple[float, NDArray[np.uint8]]]
"""Times in seconds and pictures."""

CLOSE = 12.0
"""Largest mean difference of pixel values from the picture that ffmpeg shows."""


def read_by_opencv(path: str) -> Read:
    """Read a video with ``cv2.VideoCapture``, as most programs do."""
    capture = cv2.VideoCapture(path)
    if not capture.isOpened():
        raise VideoError("cannot be opened")
    while True:
        read, image = capture.read()
        if not read:
            return
        yield capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, image  # type: ignore[misc]


def read_by_video_source(path: str) -> Read:
    """Read a video with :class:`runtime.VideoSource`."""
    with VideoSource(path) as source:
        for frame in source:
            yield frame.time, frame.image


def read_by_pyav(path: str) -> Read:
    """Read a video with PyAV by packets: skip damaged ones, make pixels square, rotate as each frame says."""
    import av

    first: float | None = None
    with av.open(path) as container:
        stream = container.streams.video[0]
        aspect = float(stream.sample_aspect_ratio or 1)
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue
            for frame in frames:
                image: Any = frame.to_ndarray(format="bgr24")
                height, width = image.shape[:2]
                size = (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
                image = np.rot90(cv2.resize(image, size), round(frame.rotation / 90))
                time = float("nan") if frame.time is None else float(frame.time)
                first = time if first is None else first
                yield time - first, image


READERS: dict[str, Callable[[str], Read]] = {
    "OpenCV": read_by_opencv,
    "VideoSource": read_by_video_source,
    "PyAV": read_by_pyav,
}


def verdict(video: VideoCase, path: Path, read: Read) -> str:
    """Return ``right``, ``refused`` or a description of the error."""
    times: list[float] = []
    image: NDArray[np.uint8] | None = None
    try:
        for time, each in read:
            image = each if image is None else image
            times.append(time)
    except Exception as error:  # readers raise many types
        return f"refused: {error}" if not times else f"ends in an error after {len(times)} frames"
    if image is None:
        return "no frames, no error"
    frames = len(video.times) if video.times is not None else count(path)
    if len(times) != frames:
        return f"{len(times)} of {frames} frames"
    if not np.all(np.diff(times) > 0):
        return "times do not grow"
    if video.times is not None and np.abs(np.subtract(times, video.times)).max() > 0.006:
        return "wrong times"
    if (image.shape[1], image.shape[0]) != video.size:
        return f"{image.shape[1]}x{image.shape[0]} for {video.size[0]}x{video.size[1]}"
    if np.abs(image.astype(float) - reference(video, path)).mean() > CLOSE:
        return "wrong picture"
    return "right"


def count(path: Path) -> int:
    """Count the frames that ffmpeg decodes."""
    lines = ffmpeg("-i", _safe(path), "-vsync", "0", "-f", "framemd5", "-", check=False).decode().splitlines()
    return sum(not line.startswith("#") for line in lines)


def reference(video: VideoCase, path: Path) -> NDArray[np.uint8]:
    """Return the first picture as ffmpeg shows it; for animated WebP, which it cannot decode, the source's."""
    width, height = video.size
    source: tuple[str, ...] = ("-i", _safe(path))
    if path.suffix == ".webp":
        source = ("-f", "lavfi", "-i", f"testsrc2=s={WIDTH}x{HEIGHT}:r={FPS}")
    raw = ffmpeg(
        *source, "-frames:v", "1", "-vf", f"scale={width}:{height}", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"
    )
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def _safe(path: Path) -> str:
    return f"file:{path}"


def judge(video: VideoCase, path: Path, reader: str) -> str:
    """Run a reader in a separate process in the video's folder and return the verdict."""
    index = str(CASES.index(video))
    command = [sys.executable, "-m", "benchmarks.studies.video_formats", "--read", reader, index, str(path.parent)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode < 0:
        return "crash"
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else f"error: {done.stderr[-200:]}"


def _read(reader: str, index: str, folder: str) -> None:
    video, path = CASES[int(index)], Path(folder, CASES[int(index)].file)
    if video.pipe:
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
            assert cat.stdout is not None
            print(verdict(video, path, READERS[reader](f"/dev/fd/{cat.stdout.fileno()}")))
        return
    # by a relative path, as in use
    os.chdir(path.parent)
    print(verdict(video, path, READERS[reader](path.name)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.video_formats",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the videos in this folder")
    parser.add_argument("--write", action="store_true", help="print the cost of writing by codec instead")
    parser.add_argument("--read", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.write:
        written()
        return
    if options.read:
        _read(*options.read)
        return
    readers = [name for name in READERS if name != "PyAV" or importlib.util.find_spec("av")]
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for video in CASES:
            path = make(video, folder.resolve())
            rows.append([video.kind, *(_cell(judge(video, path, reader)) for reader in readers)])
    print(markdown_table(["video", *readers], rows, aligned=False))
    print(f"\nOpenCV {cv2.__version__}{_pyav_version()}")


def written() -> None:
    """Measure and print CPU time and size per frame of 640x480 written by VideoSink, by container and codec."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    picture = np.asarray(cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC), np.uint8)
    images = [np.roll(picture, 2 * index, axis=1) for index in range(30)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for extension, codecs in CODECS.items():
            for codec in codecs:
                path = Path(folder, f"{codec}{extension}")
                spent = timed(partial(_write, path, codec, images)).cpu / len(images)
                rows.append((extension, codec, f"{1000 * spent:.0f} ms", path.stat().st_size // len(images)))
    print(markdown_table(("file", "codec", "processor time per frame", "bytes per frame"), rows, aligned=False))
    print(f"\nOpenCV {cv2.__version__}")


def _write(path: Path, codec: str, images: Sequence[NDArray[np.uint8]]) -> None:
    with VideoSink(path, FPS, codec) as sink:
        for image in images:
            sink.write(image)


def _cell(text: str) -> str:
    return "refused" if text.startswith("refused") else text


def _pyav_version() -> str:
    if not importlib.util.find_spec("av"):
        return ""
    import av

    return f", PyAV {av.__version__}"
