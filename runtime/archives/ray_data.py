"""Jobs on a Ray cluster, as data sets of Ray Data."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import zlib
from collections.abc import Callable, Generator, Iterator
from functools import lru_cache
from types import TracebackType
from typing import Any, cast

from runtime.archives.jobs import Job, Output
from runtime.archives.processes import NextJob, Processes
from runtime.errors import LandmarksError, in_words
from runtime.media.files.parquet_tables import import_pyarrow
from runtime.optional import import_optional
from runtime.predictor import Predictor

JOBS_PER_CPU = 16
"""Jobs of a data set for each that runs at once: CPUs wait only at its end, and the driver holds them all."""


class RayData:
    """Workers of a Ray cluster, as many jobs at once as it has CPUs; a context manager that lets go of the cluster.

    Jobs run as data sets of Ray Data, one after the other, with a block for each job. Blocks whose machine is lost run
    again on another one, by Ray itself. Each worker of Ray keeps a process that does its jobs: a picture that ends it
    does not end Ray's task, which would begin again without end.
    """

    def __init__(self, jobs: int | None, predictor: Predictor, address: str | None) -> None:
        """Connect to a cluster, or to the one that this process is connected to already.

        Args:
            jobs: at once; None takes as many as the cluster has CPUs, also those that join later.
            predictor: the workers load the same networks with the same options.
            address: as ``ray.init`` takes it; None starts Ray on this machine, or takes that of ``RAY_ADDRESS``.

        Raises:
            DependencyError: Ray or pandas, which Ray Data imports, is not installed.
            LandmarksError: there is no cluster at this address.
        """
        self._ray = import_optional("ray", "engine='ray'", "'edge-landmarks[ray]' (or ray)")
        import_optional("pandas", "engine='ray'", "'edge-landmarks[ray]' (or pandas)")
        self._data = import_optional("ray.data", "engine='ray'", "'edge-landmarks[ray]' (or ray)")
        self._own = not self._ray.is_initialized()
        if self._own:
            options = {} if address or "RAY_ADDRESS" in os.environ else {"include_dashboard": False}
            try:
                self._ray.init(address=address, log_to_driver=False, logging_level="warning", **options)
            except Exception as error:  # ConnectionError, ValueError, and those of Ray's client
                raise LandmarksError(f"no Ray cluster at {address or 'this machine'}: {in_words(error)}") from error
        self._jobs = jobs
        self._predictor = pickle.dumps(predictor)

    def run(self, next_job: NextJob, advance: Callable[[int], None]) -> Iterator[tuple[Job, Output]]:
        """Yield jobs as they are done, in any order, until there is none and none is running.

        Args:
            next_job: called for the jobs of each data set, before it begins.
            advance: called with the number of items of each job that is done.

        Raises:
            LandmarksError: a job failed, or Ray did, as where machines do not have this package.
        """
        while jobs := self._next_jobs(next_job):
            with contextlib.closing(self._outputs(jobs)) as outputs:
                for number, output, failure in outputs:
                    if failure is not None:
                        raise LandmarksError(failure)
                    done: Output = pickle.loads(output)
                    advance(done.items)
                    yield _unpack(jobs[number]), done

    def close(self) -> None:
        """Disconnect where this object connected; closing twice is fine."""
        if self._own:
            self._ray.shutdown()
            self._own = False

    def __enter__(self) -> RayData:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next_jobs(self, next_job: NextJob) -> list[bytes]:
        """Return the jobs of the next data set, packed."""
        size = JOBS_PER_CPU * (self._jobs or max(1, int(self._ray.cluster_resources().get("CPU", 1))))
        jobs: list[bytes] = []
        while len(jobs) < size and (job := next_job()) is not None:
            jobs.append(_pack(job))
        return jobs

    def _outputs(self, jobs: list[bytes]) -> Generator[tuple[int, bytes, str | None], None, None]:
        """Run a data set; yields the place of each job that is done, its pickled output, and why there is none."""
        arrow = import_pyarrow()
        blocks = [arrow.table({"number": [number], "job": [job]}) for number, job in enumerate(jobs)]
        data = self._data.from_arrow(blocks).map_batches(
            run_jobs,
            batch_size=None,
            batch_format="pyarrow",
            fn_kwargs={"predictor": self._predictor},
            compute=self._data.TaskPoolStrategy(None if self._jobs is None else min(self._jobs, len(jobs))),
            num_cpus=1,
        )
        context = data.context  # a copy, of this data set alone
        context.execution_options.preserve_order = False
        context.execution_no_progress_timeout_s = -1  # a job, or waiting for a machine, may take longer
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        try:
            with _quiet():
                for table in data.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
                    for row in table.to_pylist():
                        yield row["number"], row["output"], row["failure"]
        except self._ray.exceptions.RayError as error:
            raise LandmarksError(f"the Ray cluster fails: {in_words(error)}") from error


def run_jobs(jobs: Any, predictor: bytes) -> Any:
    """Run the jobs of a block, in the process that a worker of Ray keeps for them.

    Args:
        jobs: ``pyarrow.Table`` with ``number`` and ``job``, which is packed.
        predictor: pickled.

    Returns:
        ``pyarrow.Table`` with ``number``, the pickled ``output``, and ``failure``: why there is none.
    """
    arrow = import_pyarrow()
    fields = {"number": arrow.int64(), "output": arrow.binary(), "failure": arrow.string()}
    rows = [{"number": row["number"], **_run(_unpack(row["job"]), predictor)} for row in jobs.to_pylist()]
    return arrow.Table.from_pylist(rows, schema=arrow.schema(list(fields.items())))


def _run(job: Job, predictor: bytes) -> dict[str, bytes | str]:
    jobs = iter([job])
    try:
        [(_, output)] = _processes(predictor).run(lambda: next(jobs, None), lambda items: None)
        return {"output": pickle.dumps(output)}
    except LandmarksError as error:  # names the job
        failure = in_words(error)
    except (OSError, MemoryError) as error:
        failure = f"{job.name}: {in_words(error)}"
    _processes(predictor).close()
    _processes.cache_clear()
    return {"failure": failure}


@lru_cache(maxsize=1)
def _processes(predictor: bytes) -> Processes:
    """Start the process of this worker, which loads the networks once for all of its jobs."""
    return Processes(1, cast(Predictor, _Pickled(predictor)))


class _Pickled:
    """What is unpickled as the pickled object itself: here it is never loaded."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        return pickle.loads, (self._content,)


def _pack(job: Job) -> bytes:
    return zlib.compress(pickle.dumps(job), 1)  # mostly paths


def _unpack(job: bytes) -> Job:
    unpacked: Job = pickle.loads(zlib.decompress(job))
    return unpacked


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Ray Data logs in the files of its session, and off the terminal."""
    consoles = [each for each in logging.getLogger("ray.data").handlers if isinstance(each, logging.StreamHandler)]
    levels = [console.level for console in consoles]
    for console in consoles:
        console.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for console, level in zip(consoles, levels, strict=True):
            console.setLevel(level)
