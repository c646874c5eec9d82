"""CPU time spent inside onnxruntime by any caller."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any
from unittest.mock import patch

from onnxruntime import InferenceSession

from runtime.bench.timing import CPU_CLOCK

METHODS = ("run", "run_with_iobinding", "run_with_ort_values")


class NetworkClock:
    """A context manager whose ``seconds`` accumulate the CPU time of all sessions' runs.

    Example::

        with NetworkClock() as clock:
            predictor(image)
        clock.seconds
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._patches = ExitStack()

    def __enter__(self) -> NetworkClock:
        for name in METHODS:
            self._patches.enter_context(patch.object(InferenceSession, name, self._timed(name)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patches.close()

    def _timed(self, name: str) -> Callable[..., Any]:
        method = getattr(InferenceSession, name)

        def run(*arguments: Any, **named: Any) -> Any:
            started = CPU_CLOCK()
            try:
                return method(*arguments, **named)
            finally:
                self.seconds += CPU_CLOCK() - started

        return run
