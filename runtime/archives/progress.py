"""How far a run is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the pictures and frames that are done in this run, and those that are to be done as far as is known."""


class Tally:
    """Counts pictures and frames, and tells somebody."""

    def __init__(self, progress: Progress | None, total: int = 0) -> None:
        """Begin with nothing done; ``progress`` is told of each change."""
        self._progress, self._done, self._total = progress, 0, total
        self.advance(0)

    def advance(self, items: int) -> None:
        """Count items that are done, negative for those that are done again."""
        self._done += items
        self._tell()

    def expect(self, items: int) -> None:
        """Count items that are to be done."""
        self._total += items
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._done, max(self._done, self._total))
