"""Jobs on a Ray cluster."""

from __future__ import annotations

import os
import pickle
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import TracebackType
from typing import Any

import cv2

from runtime.archives.jobs import Job, Output
from runtime.archives.processes import NextJob, Processes
from runtime.errors import LandmarksError, in_words
from runtime.optional import import_optional
from runtime.predictor import Predictor

RETRIES = 3
"""Times that Ray runs a job again whose worker or machine is gone."""

WAIT = 1.0
"""Seconds after which the size of the cluster is asked for again."""


class RayTasks:
    """Workers of a Ray cluster, as many jobs at once as it has CPUs; a context manager that lets go of the cluster.

    Jobs whose machine is lost run again on another one, by Ray itself. A job whose worker ends again and again runs in
    processes of its own at last, which find the picture that ends them.
    """

    def __init__(self, jobs: int | None, predictor: Predictor, address: str | None) -> None:
        """Connect to a cluster, or to the one that this process is connected to already.

        Args:
            jobs: at once; None takes as many as the cluster has CPUs, also those that join later.
            predictor: the workers load the same networks with the same options.
            address: as ``ray.init`` takes it; None starts Ray on this machine, or takes that of ``RAY_ADDRESS``.

        Raises:
            DependencyError: Ray is not installed.
            LandmarksError: there is no cluster at this address.
        """
        self._ray = import_optional("ray", "engine='ray'", "'edge-landmarks[ray]' (or ray)")
        self._own = not self._ray.is_initialized()
        if self._own:
            options = {} if address or "RAY_ADDRESS" in os.environ else {"include_dashboard": False}
            try:
                self._ray.init(address=address, log_to_driver=False, logging_level="warning", **options)
            except Exception as error:  # ConnectionError, ValueError, and those of Ray's client
                raise LandmarksError(f"no Ray cluster at {address or 'this machine'}: {in_words(error)}") from error
        self._jobs = jobs
        self._predictor = self._ray.put(pickle.dumps(predictor))
        self._task = self._ray.remote(num_cpus=1, max_retries=RETRIES)(run_job)
        self._alone = self._ray.remote(num_cpus=1, max_retries=RETRIES)(run_job_alone)
        self._running: dict[Any, Job] = {}

    def run(self, next_job: NextJob, advance: Callable[[int], None]) -> Iterator[tuple[Job, Output]]:
        """Yield jobs as they are done, in any order, until there is none and none is running.

        Args:
            next_job: called whenever another job can begin.
            advance: called with the number of items of each job that is done.

        Raises:
            LandmarksError: a job failed, or lost its workers again and again.
        """
        crashed: Counter[str] = Counter()
        again: deque[Job] = deque()
        while True:
            while len(self._running) < self._room() and (job := again.popleft() if again else next_job()) is not None:
                task = self._alone if crashed[job.name] else self._task
                self._running[task.remote(pickle.dumps(job), self._predictor)] = job
            if not self._running:
                return
            finished, _ = self._ray.wait(list(self._running), timeout=WAIT)
            for reference in finished:
                job = self._running.pop(reference)
                try:
                    answer = self._ray.get(reference)
                except self._ray.exceptions.RayError as error:
                    crashed[job.name] += 1
                    if crashed[job.name] > 1:
                        raise LandmarksError(f"{job.name}: its workers end again and again ({error})") from error
                    again.append(job)
                    continue
                if isinstance(answer, str):
                    raise LandmarksError(f"{job.name}: {answer}")
                output: Output = pickle.loads(answer)
                advance(output.items)
                yield job, output

    def close(self) -> None:
        """Cancel what is running, and disconnect where this object connected; closing twice is fine."""
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._running = {}
        if self._own:
            self._ray.shutdown()
            self._own = False

    def __enter__(self) -> RayTasks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _room(self) -> int:
        """Return how many jobs may be under way: each worker has the next one waiting."""
        return self._jobs or max(1, 2 * int(self._ray.cluster_resources().get("CPU", 1)))


def run_job(job: bytes, predictor: bytes) -> bytes | str:
    """Run a pickled job in a worker of Ray; returns its pickled output, or why it failed."""
    cv2.setNumThreads(1)
    return _answer(lambda: pickle.loads(job).run(_loaded(predictor), lambda item: None))


def run_job_alone(job: bytes, predictor: bytes) -> bytes | str:
    """Do the same in a process of its own, which is replaced when a picture ends it."""
    jobs = iter([pickle.loads(job)])

    def run() -> Output:
        with Processes(1, _loaded(predictor)) as processes:
            [(_, output)] = processes.run(lambda: next(jobs, None), lambda items: None)
        return output

    return _answer(run)


def _answer(run: Callable[[], Output]) -> bytes | str:
    # an error of this package as text: its type need not be known where Ray hands it on
    try:
        return pickle.dumps(run())
    except (LandmarksError, OSError, MemoryError) as error:
        return in_words(error)


@lru_cache(maxsize=1)
def _loaded(predictor: bytes) -> Predictor:
    """Load the networks, once in each worker."""
    loaded: Predictor = pickle.loads(predictor)
    return loaded
