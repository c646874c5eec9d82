"""A progress bar for the command line."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

_REFRESH = 0.1
"""Seconds between two states of the bar on a terminal."""

_ERASE = "\r\x1b[K"
"""Back to the start of the line, and clear it."""

_REPORT = 10.0
"""Seconds between two lines where there is no terminal."""


class Progress:
    """Count, share, rate and remaining time on standard error. A context manager.

    On a terminal it is one line, redrawn at most ten times a second and erased at the end. Elsewhere, as in a
    log file, it is one plain line every ten seconds.

    Example::

        with Progress(total=len(paths), unit="images") as progress:
            for path in paths:
                ...
                progress.advance()
    """

    def __init__(
        self,
        total: int | None = None,
        unit: str = "images",
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start counting.

        Args:
            total: how many there will be; None if that is unknown.
            unit: what is counted, in the plural.
            stream: where to; standard error by default.
            clock: seconds, from any origin.
        """
        self.count = 0
        self._total = total
        self._unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._terminal = self._stream.isatty()
        self._start = clock()
        self._due = self._start + (0 if self._terminal else _REPORT)
        self._shown = ""

    @property
    def rate(self) -> float:
        """Units per second since the start, 0 before the first."""
        elapsed = self._clock() - self._start
        return self.count / elapsed if elapsed > 0 else 0.0

    def advance(self, steps: int = 1) -> None:
        """Count on; shows the new state when it is time."""
        self.count += steps
        now = self._clock()
        if now < self._due:
            return
        if self._terminal:
            self._due = now + _REFRESH
            width = shutil.get_terminal_size().columns
            # One column less: a full line would wrap on some terminals.
            self._shown = self._bar(width - 1)
            self._stream.write(_ERASE + self._shown)
        else:
            self._due = now + _REPORT
            self._stream.write(self._text() + "\n")
        self._stream.flush()

    def update(self, count: int, total: int) -> None:
        """Set the count and the total, for totals that become known on the way; shows them when it is time."""
        self._total = total
        self.advance(count - self.count)

    def print(self, text: str, stream: TextIO | None = None) -> None:
        """Print a line, to standard output by default, above the bar."""
        if self._shown:
            self._stream.write(_ERASE)
            self._stream.flush()
        print(text, file=stream, flush=True)
        if self._shown:
            self._stream.write(self._shown)
            self._stream.flush()

    def close(self) -> None:
        """Erase the bar; closing twice is fine."""
        if self._shown:
            self._stream.write(_ERASE)
            self._stream.flush()
            self._shown = ""

    def _text(self) -> str:
        rate = self.rate
        if self._total is None:
            return f"{self.count} {self._unit}, {rate:.1f}/s"
        left = _duration((self._total - self.count) / rate) if rate and self.count <= self._total else "?"
        return f"{self.count}/{self._total} {self._unit}, {rate:.1f}/s, {left} left"

    def _bar(self, width: int) -> str:
        text = self._text()
        room = min(width - len(text) - 1, 40)
        if self._total is None or room < 5:
            return text[:width]
        share = min(self.count / self._total, 1.0) if self._total else 1.0
        filled = int(share * room)
        return f"{'#' * filled}{'-' * (room - filled)} {text}"

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
