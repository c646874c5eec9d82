"""Calls that may hang in C code, run so that Ctrl-C interrupts them at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

POLL = 0.2
"""Seconds after which a wait checks for signals; Windows does not interrupt a wait by itself."""


class Worker:
    """Makes calls one after the other in a thread of its own, while the caller waits for each.

    A signal that raises in the caller, as Ctrl-C does, ends the wait; the call itself goes on in the thread, which as
    a daemon does not keep the process alive.
    """

    def __init__(self, name: str) -> None:
        """Start the thread.

        Args:
            name: of the thread.
        """
        self._calls: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._done = threading.Event()
        self._done.set()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def __call__(self, function: Callable[[], T]) -> T:
        """Make a call and wait for it; returns or raises what it does."""
        done = threading.Event()
        result: list[Any] = []
        failure: list[BaseException] = []

        def call() -> None:
            try:
                result.append(function())
            except BaseException as error:  # raised again where the call was asked for
                failure.append(error)
            finally:
                done.set()

        self._done = done
        self._calls.put(call)
        while not done.wait(POLL):
            pass
        if failure:
            raise failure[0]
        value: T = result[0]
        return value

    @property
    def busy(self) -> bool:
        """Whether an abandoned call is still running."""
        return not self._done.is_set()

    def finish(self, function: Callable[[], object]) -> None:
        """Make a last call, and end the thread; waits for it unless the thread hangs in an earlier call."""
        if self.busy:
            self._calls.put(function)
        else:
            self(function)
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
