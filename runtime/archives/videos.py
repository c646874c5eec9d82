"""Videos cut into pieces that are read and tracked side by side."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from runtime.archives.jobs import Output, Step, located
from runtime.archives.shard_tables import table_bytes
from runtime.archives.sources import file_system, is_url
from runtime.errors import LandmarksError, VideoError, in_words
from runtime.face_rows import Column
from runtime.media.files.parquet_tables import ParquetWriter
from runtime.media.files.result_tables import VideoFrameResult
from runtime.media.video import Frame, VideoSource, key_frames_near
from runtime.predictor import Predictor
from runtime.tracking import TrackingConfig

PIECE_SECONDS = 60.0
"""Length of a piece."""

WARM_UP = 4.0
"""Seconds before a piece that are tracked with it: its tracks are known by them to the piece before, smoothing forgets
how it began, and a face that was lost for :attr:`TrackingConfig.keep_lost` may return."""

OVERLAP = 0.2
"""The same where faces are not followed: enough to see that the pieces fit together."""

PIECES = "pieces"
"""Folder of the tables of pieces, which are removed when those of their video are there."""

TIME_COLUMNS = (Column("time", "float64"),)
"""Of the table of a piece's frames, those of the warm-up included."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is known of a video before it is read: frames as announced, frames a second."""

    frames: int
    fps: float

    @property
    def seconds(self) -> float:
        """Length of the video."""
        return self.frames / self.fps


def video_facts(path: str) -> VideoFacts | None:
    """Return what a video file announces; None for URLs, and for what is no video or cannot be read from the middle."""
    if is_url(path) or not os.path.isfile(path):
        return None
    try:
        with VideoSource(path) as source:
            frames = source.frame_count
            if source.live or not frames:
                return None
            return VideoFacts(frames, source.fps)
    except VideoError:
        return None


def seams(path: str, facts: VideoFacts | None, piece_seconds: float) -> tuple[float, ...]:
    """Return the seconds at which a video is cut: at key frames, so that pieces have half a length to two lengths.

    Where key frames are too rare, pieces are longer; where this OpenCV cannot tell them, the cuts are at regular times.

    Raises:
        OSError: the file cannot be read.
    """
    if facts is None:
        return ()
    wanted = [piece_seconds * number for number in range(1, math.floor(facts.seconds / piece_seconds + 0.5))]
    keys = key_frames_near(path, wanted) if wanted else []
    if keys is None:
        return tuple(wanted)
    cuts = [0.0]
    for time, key in zip(wanted, keys, strict=True):
        if key is not None and abs(key - time) <= piece_seconds / 2 <= key - cuts[-1]:
            cuts.append(key)
    return tuple(cuts[1:])


@dataclass(frozen=True, slots=True)
class VideoJob:
    """A piece of a video.

    Attributes:
        number: of the video in the plan, from 0.
        base: folder that relative paths count from.
        path: of the video, as given.
        tracking: how faces are followed; None takes each frame on its own.
        piece: number of the piece, from 0.
        start, end: seconds of its first frame and of the one after its last; None for the end of the video.
        failure: why it is not read, because the processes that did so ended.
    """

    number: int
    base: str
    path: str
    tracking: TrackingConfig | None
    piece: int = 0
    start: float = 0.0
    end: float | None = None
    failure: str | None = None
    left_out: Mapping[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.path}, piece {self.piece}"

    def without(self, item: int, reason: str) -> VideoJob:
        """Return a job whose output is a failure."""
        return replace(self, failure=f"{self.path}: {reason}, at frame {item} of piece {self.piece}")

    def run(self, predictor: Predictor, step: Step) -> Output:
        """Find the faces of each frame.

        Raises:
            OSError: the tables cannot be made.
        """
        times: list[tuple[float]] = []
        faces, error, size = 0, self.failure, (0, 0)
        with tempfile.TemporaryDirectory(prefix="landmarks-", ignore_cleanup_errors=True) as folder:
            table = Path(folder, "faces.parquet")
            with ParquetWriter(table, VideoFrameResult, irises=predictor.report().irises is not None) as writer:
                try:
                    for frame in () if error else self._frames(Path(folder)):
                        step(len(times))
                        if not times:
                            tracker = None if self.tracking is None else predictor.tracker(self.tracking)
                        found = predictor(frame.image) if tracker is None else tracker(frame.image, frame.time).faces
                        writer.write(VideoFrameResult(len(times), frame.time, found))
                        times.append((frame.time,))
                        size = frame.image.shape[1], frame.image.shape[0]
                        faces += len(found)
                except (LandmarksError, MemoryError) as failure:
                    error = in_words(failure)
            content = table.read_bytes()
        known = table_bytes(TIME_COLUMNS, times, width=size[0], height=size[1], error=error)
        files = tuple(zip(piece_files(self.number, self.piece), (content, known), strict=True))
        return Output(files, len(times), faces, int(error is not None))

    def _frames(self, folder: Path) -> Iterator[Frame]:
        """Yield the frames of the warm-up and of the piece.

        Raises:
            VideoError: the video cannot be read, or not from its middle.
        """
        with VideoSource(_local(located(self.path, self.base), folder)) as source:
            begin = self._begin(source)
            begun = begin == 0
            for frame in source:
                if self.end is not None and frame.time >= self.end:
                    return
                # in the frames in which the detector of a single pass runs, as long as no face is lost
                begun = begun or (frame.time >= begin and self._is_grid(frame.time, source.fps))
                begun = begun or frame.time >= self.start
                if begun:
                    yield frame

    def _begin(self, source: VideoSource) -> float:
        """Go to the first frame that is needed; returns its time."""
        if self.start == 0:
            return 0.0
        begin = max(0.0, self.start - (OVERLAP if self.tracking is None else WARM_UP))
        source.seek(begin)
        return begin

    def _is_grid(self, time: float, fps: float) -> bool:
        every = 0.0 if self.tracking is None else self.tracking.detect_every
        frames = max(1, math.ceil(every * fps - 1e-3))
        return round(time * fps) % frames == 0


def piece_files(video: int, piece: int) -> tuple[str, str]:
    """Return the names of a piece's tables below the output folder: faces, and frames."""
    name = f"{PIECES}/{video:08}-{piece:06}"
    return f"{name}-faces.parquet", f"{name}-frames.parquet"


def _local(path: str, folder: Path) -> str:
    """Return the path of a video on this machine: what is behind a URL of fsspec is copied."""
    if not is_url(path):
        return path
    copy = folder / f"video{os.path.splitext(path)[1]}"
    try:
        system, inside = file_system(path)
        system.get_file(inside, str(copy))
    except Exception as error:  # file systems of fsspec raise errors of their own libraries
        raise VideoError(f"{path}: {in_words(error)}") from error
    return str(copy)
