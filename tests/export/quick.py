"""Settings that make training and pools of processes quick enough for tests."""

from __future__ import annotations

import pickle
import signal
from concurrent.futures import Executor, Future

import cv2


def quicken_training(patch):
    """Leave out of training what takes longer than a few steps: its figure and the pictures for negatives.

    Args:
        patch: a ``pytest.MonkeyPatch``.
    """
    patch.setattr("export.training.loop.draw_training", lambda *_: None)
    patch.setattr("export.training.loop.load_scenery", tuple)


def write_dataset_in_process(patch):
    """Let ``write_dataset`` make faces in this process.

    Args:
        patch: a ``pytest.MonkeyPatch``.
    """
    patch.setattr("export.synthesis.dataset.workers.ProcessPoolExecutor", InProcessExecutor)


class InProcessExecutor(Executor):
    """Stands in for ``ProcessPoolExecutor``, whose fresh processes take seconds to import torch and numba again.

    Tasks run one after the other, on copies of their arguments as a fresh process would get them.
    """

    def __init__(self, workers, context, initializer=None, initargs=()):
        assert workers >= 1 and context.get_start_method() == "spawn"
        self._handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        self._threads = cv2.getNumThreads()
        if initializer:
            pickled(initializer)(*pickled(initargs))

    def submit(self, function, /, *arguments, **options):
        future = Future()
        try:
            future.set_result(pickled(pickled(function)(*pickled(arguments), **pickled(options))))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        """Undo what initializers of workers do to their process."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        cv2.setNumThreads(self._threads)


def pickled(value):
    return pickle.loads(pickle.dumps(value))
