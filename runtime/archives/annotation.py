"""``annotate``: the faces of a whole archive as shards of Parquet, in runs that may be interrupted."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from runtime import __version__
from runtime.archives.jobs import ImageJob, Job, Output
from runtime.archives.plan import LOCK, Plan, make_plan, remove_parts
from runtime.archives.processes import Processes
from runtime.archives.shard_tables import FACES, IMAGES, read_facts, shard_file
from runtime.archives.sources import list_entries
from runtime.bench.machine import usable_cpus
from runtime.checks import is_whole
from runtime.engine import list_models
from runtime.errors import OptionError
from runtime.media.files import write_bytes
from runtime.media.files.growing_file import lock_file
from runtime.media.files.output_guard import check_folder
from runtime.media.files.parquet_tables import import_pyarrow
from runtime.predictor import Predictor

Engine = Literal["processes", "ray"]

ENGINES: tuple[Engine, ...] = ("processes", "ray")

SHARD_SIZE = 1000
"""Pictures in a shard: what a run that is killed has to do again, for each worker."""

Source = str | os.PathLike[str]

Progress = Callable[[int, int], None]
"""Called with the pictures and frames that are done in this run, and those that are to be done."""

_SPEED_ONLY = frozenset({"threads", "tuning", "cache"})
"""Options of a predictor on which results do not depend, but for rounding."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is in the output folder when :func:`annotate` has finished.

    Attributes:
        images: pictures, each with a row in ``images/``.
        faces: rows in ``faces/``.
        errors: pictures without a result; their rows say why.
        resumed: pictures that earlier runs had done.
    """

    images: int
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
    progress: Progress | None = None,
) -> Annotation:
    """Find the faces of every picture of an archive; what a run that was killed has finished is kept.

    The output folder has the tables ``images/*.parquet``, a row for each picture with its size, number of faces or
    error, and ``faces/*.parquet``, a row for each face as ``landmarks predict --parquet`` writes it. Called again with
    the same arguments it goes on where the last run ended. A shard is written whole or not at all, so each picture has
    one row in the end, however often runs were killed.

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
        progress: called in this process whenever pictures are done.

    Raises:
        OptionError: an argument is of no use, ``out`` holds something else or was begun with other sources or
            options, or there is nothing in the sources.
        DependencyError: pyarrow, Ray, fsspec or the library of a protocol is missing.
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
    given = [sources] if isinstance(sources, (str, os.PathLike)) else list(sources)
    import_pyarrow()
    check_folder(out, "out")
    folder = Path(out).absolute()
    with contextlib.ExitStack() as stack:
        if predictor is None:
            predictor = stack.enter_context(Predictor())
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(lock_file(folder / LOCK))
        options = _facts(predictor) | {"shard_size": shard_size, "column": column}
        plan = make_plan(folder, list_entries([os.fspath(each) for each in given], column), options, shard_size)
        run = _Run(plan, column, progress)
        if run.left:
            if engine == "ray":
                from runtime.archives.ray_tasks import RayTasks

                pool: Processes | RayTasks = stack.enter_context(RayTasks(workers, predictor, address))
            else:
                pool = stack.enter_context(Processes(min(workers or usable_cpus(), run.left), predictor))
            for _, output in pool.run(run.next_job, run.advance):
                run.commit(output)
    return Annotation(run.images, run.faces, run.errors, run.resumed)


class _Run:
    """What is left to do, and what is done."""

    def __init__(self, plan: Plan, column: str | None, progress: Progress | None) -> None:
        self._plan, self._column, self._progress = plan, column, progress
        self.images = self.faces = self.errors = self._done = 0
        left = [number for number in range(plan.shards) if not self._count(number)]
        for name in (FACES, IMAGES):
            (plan.folder / name).mkdir(exist_ok=True)
            remove_parts(plan.folder / name)
        self.resumed, self.left = self.images, len(left)
        self._total = plan.images - self.images
        self._shards = iter(left)
        self.advance(0)

    def next_job(self) -> Job | None:
        number = next(self._shards, None)
        if number is None:
            return None
        return ImageJob(number, self._plan.base, self._plan.shard(number), self._column)

    def advance(self, items: int) -> None:
        self._done += items
        if self._progress is not None:
            self._progress(self._done, self._total)

    def commit(self, output: Output) -> None:
        for name, content in output.files:
            write_bytes(self._plan.folder / name, content)
        self._add(output.items, output.faces, output.errors)

    def _count(self, number: int) -> bool:
        """Count a shard that is done; return whether it is."""
        try:
            images, facts = read_facts(self._plan.folder / shard_file(IMAGES, number))
        except FileNotFoundError:
            return False
        self._add(images, facts["faces"], facts["errors"])
        return True

    def _add(self, images: int, faces: int, errors: int) -> None:
        self.images += images
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
    return {"program": __version__, **kept}
