"""``annotate``: the faces of a whole archive as shards of Parquet, in runs that may be interrupted."""

from __future__ import annotations

import contextlib
import math
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from runtime import __version__
from runtime.archives.jobs import ImageJob, Job, Output
from runtime.archives.plan import Plan, make_plan, remove_parts
from runtime.archives.processes import Processes
from runtime.archives.progress import Progress, Tally
from runtime.archives.seams import VIDEO_FACES, VIDEOS
from runtime.archives.shard_tables import FACES, IMAGES, read_facts, shard_file
from runtime.archives.sources import list_entries
from runtime.archives.video_run import VideoRun
from runtime.archives.videos import PIECE_SECONDS, PIECES, VideoJob
from runtime.bench.machine import usable_cpus
from runtime.checks import is_number, is_whole
from runtime.engine import list_models
from runtime.errors import OptionError
from runtime.media.files import locked_folder, write_bytes
from runtime.media.files.output_guard import check_folder
from runtime.media.files.parquet_tables import import_pyarrow
from runtime.predictor import DEFAULT_TRACKING, Predictor
from runtime.tracking import TrackingConfig

Engine = Literal["processes", "ray"]

ENGINES: tuple[Engine, ...] = ("processes", "ray")

SHARD_SIZE = 1000
"""Pictures in a shard: what a run that is killed has to do again, for each worker."""

Source = str | os.PathLike[str]

_SPEED_ONLY = frozenset({"threads", "tuning", "cache"})
"""Options of a predictor on which results do not depend, but for rounding."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is in the output folder when :func:`annotate` has finished.

    Attributes:
        images: pictures, each with a row in ``images/``.
        videos: each with a row in ``videos/``.
        frames: of the videos.
        faces: rows in ``faces/`` and ``video_faces/``.
        errors: pictures and videos without a result; their rows say why.
        resumed: pictures and videos that earlier runs had done.
    """

    images: int
    videos: int
    frames: int
    faces: int
    errors: int
    resumed: int


def annotate(
    sources: Source | Sequence[Source],
    out: Source,
    predictor: Predictor | None = None,
    *,
    engine: Engine = "processes",
    workers: int | None = None,
    address: str | None = None,
    shard_size: int = SHARD_SIZE,
    column: str | None = None,
    tracking: TrackingConfig | None = DEFAULT_TRACKING,
    piece_seconds: float = PIECE_SECONDS,
    progress: Progress | None = None,
) -> Annotation:
    """Find the faces of all pictures and videos of an archive; what a run that was killed has finished is kept.

    The output folder has the tables ``images/*.parquet``, a row for each picture with its size, number of faces or
    error, and ``faces/*.parquet``, a row for each face as ``landmarks predict --parquet`` writes it, with the columns
    of irises if the predictor finds them. Videos have a row each in ``videos/*.parquet``, which names the table of
    their faces, in ``video_faces/``, as ``landmarks video --parquet`` writes it. Called again with the same arguments
    it goes on where the last run ended. A shard is written whole or not at all, so each picture has one row in the end,
    however often runs were killed.

    Videos are cut into pieces that are read side by side, and the tracks of their faces are joined at the seams.

    Args:
        sources: folders, lists of paths, Parquet tables, files, URLs of fsspec: see
            :func:`runtime.archives.list_entries`.
        out: folder for the tables; new, empty, or that of a run to go on with.
        predictor: its networks and options are used by all workers; None takes ``Predictor()``.
        engine: ``"processes"`` of this machine, or ``"ray"`` for a cluster, whose machines must see the sources by
            the same paths.
        workers: processes, or jobs at once on the cluster; None takes one for each CPU.
        address: of the cluster, as ``ray.init`` takes it; None starts Ray on this machine or finds it by
            ``RAY_ADDRESS``.
        shard_size: pictures in a shard.
        column: of source tables, that with the paths or bytes; None finds it.
        tracking: how faces are followed through videos; None takes each frame on its own.
        piece_seconds: length of the pieces of videos, at least 10; they are cut at the key frames before.
        progress: called in this process, with the pictures and frames that are done in this run and those that are to
            be done as far as is known.

    Raises:
        OptionError: an argument is of no use, ``out`` holds something else or was begun with other sources or
            options, or there is nothing in the sources.
        DependencyError: pyarrow, Ray, pandas, fsspec or the library of a protocol is missing.
        LandmarksError: the networks cannot be loaded, or the workers end without a result.
        OSError: sources cannot be listed or tables cannot be written, or another run is writing to ``out``.

    Example:
        >>> from runtime.archives import annotate
        >>> annotate("photos/", "tables/").images
        1000
    """
    if engine not in ENGINES:
        raise OptionError(f"engine={engine!r}: choose {' or '.join(ENGINES)}")
    if engine != "ray" and address is not None:
        raise OptionError(f"address={address!r}: only engine='ray' has one")
    for name, value in (("workers", workers), ("shard_size", shard_size)):
        if value is not None and not (is_whole(value) and value > 0):
            raise OptionError(f"{name}={value!r}: a whole number of at least 1 is needed")
    if not (is_number(piece_seconds) and 10 <= piece_seconds < math.inf):
        raise OptionError(f"piece_seconds={piece_seconds!r}: at least 10 seconds are needed")
    if tracking is not None and not isinstance(tracking, TrackingConfig):
        raise OptionError(f"tracking={tracking!r}: TrackingConfig(...) is needed, or None")
    given = [sources] if isinstance(sources, (str, os.PathLike)) else list(sources)
    import_pyarrow()
    check_folder(out, "out")
    folder = Path(out).absolute()
    with contextlib.ExitStack() as stack:
        if predictor is None:
            predictor = stack.enter_context(Predictor())
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked_folder(folder))
        options = _facts(predictor) | {"shard_size": shard_size, "column": column}
        options |= {"tracking": None if tracking is None else asdict(tracking), "piece_seconds": float(piece_seconds)}
        plan = make_plan(folder, list_entries([os.fspath(each) for each in given], column), options, shard_size)
        run = _Run(plan, column, tracking, piece_seconds, progress)
        if run.left:
            if engine == "ray":
                from runtime.archives.ray_data import RayData

                pool: Processes | RayData = stack.enter_context(RayData(workers, predictor, address))
            else:
                count = workers or usable_cpus()
                count = count if plan.videos else min(count, run.left)
                pool = stack.enter_context(Processes(count, predictor))
            for job, output in pool.run(run.next_job, run.tally.advance):
                run.commit(job, output)
    return Annotation(run.images, run.videos, run.frames, run.faces, run.errors, run.resumed)


class _Run:
    """What is left to do, and what is done."""

    def __init__(
        self,
        plan: Plan,
        column: str | None,
        tracking: TrackingConfig | None,
        piece_seconds: float,
        progress: Progress | None,
    ) -> None:
        self._plan, self._column = plan, column
        self._tracking, self._piece_seconds = tracking, piece_seconds
        self.images = self.videos = self.frames = self.faces = self.errors = 0
        shards = [number for number in range(plan.shards) if not self._count(IMAGES, number)]
        videos = [number for number in range(plan.videos) if not self._count(VIDEOS, number)]
        for name in (FACES, IMAGES, PIECES, VIDEOS, VIDEO_FACES):
            (plan.folder / name).mkdir(exist_ok=True)
            remove_parts(plan.folder / name)
        self.resumed, self.left = self.images + self.videos, len(shards) + len(videos)
        self._shards, self._videos = iter(shards), iter(videos)
        self._open: dict[int, VideoRun] = {}
        self._ready: deque[Job] = deque()
        self.tally = Tally(progress, plan.images - self.images)

    def next_job(self) -> Job | None:
        while not self._ready:
            if (shard := next(self._shards, None)) is not None:
                return ImageJob(shard, self._plan.base, self._plan.shard(shard), self._column)
            if (video := next(self._videos, None)) is None:
                return None
            self._begin(video)
        return self._ready.popleft()

    def commit(self, job: Job, output: Output) -> None:
        for name, content in output.files:
            write_bytes(self._plan.folder / name, content)
        if isinstance(job, VideoJob):
            self._finish(job.number, job)
        else:
            self._add(output.items, 0, 0, output.faces, output.errors)

    def _begin(self, number: int) -> None:
        path = self._plan.video(number)
        run = VideoRun(self._plan.folder, number, self._plan.base, path, self._tracking, self._piece_seconds)
        self._open[number] = run
        self.tally.expect(run.frames)
        if run.jobs:
            self._ready.extend(run.jobs)
            run.jobs.clear()
        else:  # an earlier run did all pieces
            self._finish(number)

    def _finish(self, number: int, job: VideoJob | None = None) -> None:
        run = self._open[number]
        joined = run.finish(job)
        self._ready.extend(run.jobs)
        run.jobs.clear()
        if joined is not None:
            del self._open[number]
            self._add(0, 1, joined.frames, joined.faces, int(joined.error is not None))

    def _count(self, folder: str, number: int) -> bool:
        """Count a shard or a video that is done; return whether it is."""
        try:
            rows, facts = read_facts(self._plan.folder / shard_file(folder, number))
        except FileNotFoundError:
            return False
        images, videos = (rows, 0) if folder == IMAGES else (0, rows)
        self._add(images, videos, facts.get("frames", 0), facts["faces"], facts["errors"])
        return True

    def _add(self, images: int, videos: int, frames: int, faces: int, errors: int) -> None:
        self.images += images
        self.videos += videos
        self.frames += frames
        self.faces += faces
        self.errors += errors


def _facts(predictor: Predictor) -> dict[str, Any]:
    """Return all of a predictor and this program that results depend on."""
    _, (_, options) = predictor.__reduce__()
    kept = {name: value for name, value in options.items() if name not in _SPEED_ONLY}
    shipped = {entry.name: entry.sha256 for entry in list_models()}  # whichever file of it this processor takes
    report = predictor.report()
    for name, network in (("model", report.landmarks), ("detector", report.detector)):
        kept[f"{name}_sha256"] = shipped.get(kept[name]) or sha256(Path(network.file).read_bytes()).hexdigest()
    if report.irises is not None:
        kept["iris_sha256"] = shipped["iris"]
    return {"program": __version__, **kept}
