"""The jobs of one video, and its tables when they are done."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from runtime.archives.jobs import Job, Output, located
from runtime.archives.processes import Processes
from runtime.archives.progress import Progress, Tally
from runtime.archives.seams import VIDEO_FACES, VIDEOS, JoinedVideo, SeamError
from runtime.archives.shard_tables import shard_file
from runtime.archives.videos import PIECES, VideoJob, piece_files, seams, video_facts
from runtime.errors import VideoError
from runtime.faces import Face
from runtime.media.files import write_bytes
from runtime.media.files.parquet_tables import import_pyarrow
from runtime.media.files.result_tables import VideoFrameResult
from runtime.predictor import Predictor
from runtime.tracking import TrackingConfig

logger = logging.getLogger(__name__)


class VideoRun:
    """Cuts a video, hands out its pieces, and joins what they give. Pieces of earlier runs are kept."""

    def __init__(
        self, folder: Path, number: int, base: str, path: str, tracking: TrackingConfig | None, piece_seconds: float
    ) -> None:
        """Cut the video.

        Args:
            folder: output folder.
            number: of the video in the plan, from 0.
            base: folder that relative paths count from.
            path: as given.
            tracking: how faces are followed; None takes each frame on its own.
            piece_seconds: length of a piece.
        """
        self._folder, self._number, self._base, self._path = folder, number, base, path
        self._tracking = tracking
        place = located(path, base)
        facts = video_facts(place)
        self._starts = (0.0, *seams(place, facts, piece_seconds))
        self.frames = 0 if facts is None else facts.frames
        """As announced; 0 where nothing is known."""
        for name in (PIECES, VIDEOS, VIDEO_FACES):
            (folder / name).mkdir(exist_ok=True)
        jobs = self._jobs()
        there = [job for job in jobs if (folder / piece_files(number, job.piece)[1]).exists()]
        self._running = {job.piece for job in jobs} - {job.piece for job in there}
        self.jobs = deque(job for job in jobs if job not in there)

    def write(self, output: Output) -> None:
        """Keep the output of a job; raises OSError where the disk is full."""
        for name, content in output.files:
            write_bytes(self._folder / name, content)

    def finish(self, job: VideoJob | None = None) -> JoinedVideo | None:
        """Join the pieces if ``job`` was the last one that was missing.

        Returns:
            What became of the video; None where pieces are missing. Pieces that do not fit together give another job:
            the video in one pass.

        Raises:
            OSError: the tables cannot be written.
        """
        if job is not None:
            self._running.discard(job.piece)
        if self._running:
            return None
        joined = JoinedVideo(self._folder, self._number)
        table = shard_file(VIDEO_FACES, self._number)
        try:
            joined.join(self._starts, self._folder / table)
        except SeamError as error:
            logger.info("%s is read in one pass: %s", self._path, error)
            self._starts = (0.0,)
            self.jobs.extend(self._jobs())
            self._running = {0}
            return None
        write_bytes(self._folder / shard_file(VIDEOS, self._number), joined.row(self._path, table))
        for piece in (self._folder / PIECES).glob(f"{self._number:08}-*"):
            piece.unlink(missing_ok=True)
        return joined

    def _jobs(self) -> list[VideoJob]:
        ends = (*self._starts[1:], None)
        return [
            VideoJob(self._number, self._base, self._path, self._tracking, piece, start, end)
            for piece, (start, end) in enumerate(zip(self._starts, ends, strict=True))
        ]


@contextmanager
def faces_of_video(
    path: str,
    predictor: Predictor,
    tracking: TrackingConfig | None,
    *,
    workers: int,
    piece_seconds: float | None = None,
    progress: Progress | None = None,
) -> Iterator[Iterator[VideoFrameResult]]:
    """Find the faces of a video in pieces side by side, for a ``with`` block.

    They are those of one pass, to a rounding error and to when the detector runs: see the page on archives.

    Args:
        path: of a video file; what cannot be cut is read in one pass by one worker.
        predictor: its networks and options are used by all workers.
        tracking: how faces are followed; None takes each frame on its own.
        workers: processes.
        piece_seconds: length of a piece; None makes two for each worker, of at least 10 seconds.
        progress: called with the frames that are done, and those that are to be done.

    Raises:
        DependencyError: pyarrow is not installed.
        VideoError: the video cannot be read.
        LandmarksError: the workers end without a result.
        OSError: there is no room for temporary files.

    Example::

        with faces_of_video("talk.mp4", predictor, TrackingConfig(), workers=4) as results:
            for result in results:
                print(result.frame, result.time, len(result.faces))
    """
    import_pyarrow()
    facts = video_facts(path)
    if piece_seconds is None:
        piece_seconds = max(10.0, (facts.seconds if facts else 0.0) / (2 * workers))
    with TemporaryDirectory(prefix="landmarks-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        run = VideoRun(folder, 0, "", path, tracking, piece_seconds)
        tally = Tally(progress, run.frames)
        joined = None
        with Processes(min(workers, len(run.jobs)), predictor) as processes:

            def next_job() -> Job | None:
                return run.jobs.popleft() if run.jobs else None

            for job, output in processes.run(next_job, tally.advance):
                assert isinstance(job, VideoJob)
                run.write(output)
                joined = run.finish(job)
        if joined is None or joined.error is not None:
            raise VideoError(f"{path}: no result" if joined is None or joined.error is None else joined.error)
        yield _results(folder / shard_file(VIDEO_FACES, 0))


def _results(table: Path) -> Iterator[VideoFrameResult]:
    """Yield the frames that have faces."""
    with import_pyarrow("pyarrow.parquet").ParquetFile(table) as file:
        rows = (row for batch in file.iter_batches(batch_size=1000) for row in batch.to_pylist())
        for (frame, time), group in groupby(rows, key=lambda row: (row["frame"], row["time"])):
            yield VideoFrameResult(frame, time, [Face.from_row(row) for row in group])
