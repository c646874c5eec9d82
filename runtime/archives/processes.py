"""Jobs on processes of this machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType

import cv2

from runtime.archives.jobs import Job, Output
from runtime.errors import LandmarksError, in_words
from runtime.predictor import Predictor

CRASHES = 2
"""Processes that an item may end before it is left out."""

NextJob = Callable[[], Job | None]
"""Returns the next job, or None while there is none."""


class _Worker:
    """A process, what it works on, and how far it is; -1 before the first item."""

    def __init__(self, predictor: Predictor) -> None:
        # a fork of a process whose libraries run threads may hang
        context = multiprocessing.get_context("spawn")
        self.connection, there = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(there, predictor), daemon=True)
        self.process.start()
        there.close()
        self.job: Job | None = None
        self.items = -1
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self, job: Job) -> None:
        self.job, self.items = job, -1
        # a process that ends in a job leaves temporary files, which go with this folder
        self._folder = tempfile.TemporaryDirectory(prefix="landmarks-", ignore_cleanup_errors=True)
        with contextlib.suppress(OSError):  # it has ended, which its connection says next
            self.connection.send((job, self._folder.name))

    def finish(self) -> None:
        self.job = None
        if self._folder is not None:
            self._folder.cleanup()

    def stop(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()
        self.finish()


class Processes:
    """Worker processes, each with networks of its own; a context manager that ends them.

    A worker that ends in the middle of a job, as for want of memory or by a fault in a decoder, is replaced, and its
    job begins again. An item at which that happens twice is left out, with an error as its result.
    """

    def __init__(self, count: int, predictor: Predictor) -> None:
        """Start workers; the script that calls this needs ``if __name__ == "__main__":``, as multiprocessing does.

        Args:
            count: number of processes.
            predictor: each loads the same networks with the same options.
        """
        self._predictor = predictor
        self._workers: list[_Worker] = []
        self._crashes: Counter[tuple[str, int]] = Counter()
        for _ in range(count):
            self._workers.append(_Worker(predictor))

    def run(self, next_job: NextJob, advance: Callable[[int], None]) -> Iterator[tuple[Job, Output]]:
        """Yield jobs as they are done, in any order, until there is none and no worker is busy.

        Args:
            next_job: called for each worker that is free.
            advance: called with the number of items that were done, negative for those that are done again.

        Raises:
            LandmarksError: a job failed, or a worker ended twice before its first item.
        """
        while True:
            for worker in self._workers:
                if worker.job is None and (job := next_job()) is not None:
                    worker.start(job)
            busy = {worker.connection: worker for worker in self._workers if worker.job is not None}
            if not busy:
                return
            for connection in wait(list(busy)):
                assert isinstance(connection, Connection)
                worker = busy[connection]
                job = worker.job
                assert job is not None
                try:
                    message = connection.recv()
                except (EOFError, OSError):
                    advance(-max(worker.items, 0))
                    self._replace(worker, job)
                    continue
                done = max(worker.items, 0)
                if isinstance(message, int):
                    worker.items = message
                    advance(message - done)
                elif isinstance(message, Output):
                    advance(message.items - done)
                    worker.finish()
                    yield job, message
                else:
                    raise LandmarksError(f"{job.name}: {message}")

    def close(self) -> None:
        """End the processes; closing twice is fine."""
        for worker in self._workers:
            worker.stop()
        self._workers = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _replace(self, worker: _Worker, job: Job) -> None:
        """Start a process in the place of one that has ended, with the same job."""
        worker.stop()
        key = (job.name, worker.items)
        self._crashes[key] += 1
        if self._crashes[key] >= CRASHES:
            code = worker.process.exitcode or 0
            reason = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            if worker.items < 0:
                raise LandmarksError(f"{job.name}: a worker process ended {reason} before it began")
            job = job.without(worker.items, f"the process that read it ended {reason}, twice")
        fresh = _Worker(self._predictor)
        self._workers[self._workers.index(worker)] = fresh
        fresh.start(job)


def _work(connection: Connection, predictor: Predictor) -> None:
    """Do jobs until the other side closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes of a terminal; the first one ends them
    cv2.setNumThreads(1)  # the processes share the CPUs already
    with contextlib.suppress(EOFError, OSError):
        while True:
            job: Job
            job, tempfile.tempdir = connection.recv()
            try:
                answer: object = job.run(predictor, connection.send)
            except BrokenPipeError:
                return
            except (LandmarksError, OSError, MemoryError) as error:
                answer = in_words(error)
            connection.send(answer)
