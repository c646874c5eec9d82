"""Signals that end a command: files are whole or absent, nothing temporary is left, and there is no traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the number of SIGINT, as a shell reports it."""

REPEAT = 1.0
"""Seconds after a signal in which further ones, such as those for a whole group of processes, count as the same."""

_COMMANDS = frozenset({"landmarks", "landmarks.exe"})


class Interruption:
    """What :func:`interruptible` has received.

    Attributes:
        number: number of the signal that ended the work; None for Ctrl-C or none.
    """

    __slots__ = ("_time", "number")

    def __init__(self) -> None:
        self.number: int | None = None
        self._time = -REPEAT

    def exit_code(self, code: int) -> int:
        """Return 128 and the signal's number in place of :data:`INTERRUPTED`; another code as it is."""
        return 128 + self.number if code == INTERRUPTED and self.number else code

    def receive(self, number: int, _: FrameType | None) -> None:
        """Handle a signal: raise KeyboardInterrupt, but for repetitions within :data:`REPEAT` seconds."""
        now = time.monotonic()
        if now - self._time < REPEAT:
            return
        self._time, self.number = now, number
        raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Let SIGTERM, SIGHUP and SIGBREAK raise KeyboardInterrupt in the block, as Ctrl-C does.

    By default they end the process at once, with temporary files and processes left. A signal that is ignored, as
    SIGHUP is under nohup, stays ignored. Outside of the main thread nothing changes.
    """
    received = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    changed = [number for number, handler in before.items() if handler is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, received.receive)
    try:
        yield received
    finally:
        for number in changed:
            signal.signal(number, before[number])


@contextmanager
def loading() -> Iterator[None]:
    """Let Ctrl-C end the process at once while ``landmarks`` or ``python -m runtime`` loads its libraries.

    Python would print a traceback. Nothing changes in other programs, for which an import may be interrupted.
    """
    name = sys.argv[0] if getattr(sys, "argv", None) else ""
    # while `python -m runtime` imports the package, its name is still -m
    ours = os.path.basename(name) in _COMMANDS or (name == "-m" and "runtime" in sys.orig_argv[:6])
    main_thread = threading.current_thread() is threading.main_thread()
    if not (ours and main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler):
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
