"""State of a capture, and the schedule for reopening a camera that was lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runtime.errors import OptionError


class State(Enum):
    """State of a capture."""

    RUNNING = "running"
    STALLED = "stalled"
    LOST = "lost"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Status:
    """A snapshot of a capture.

    Attributes:
        state: where it stands.
        read: frames that came from the source.
        dropped: frames that were replaced by a newer one before the loop took them.
        reconnects: how often a lost camera came back.
        attempt: number of the attempt to reconnect that is being waited for or made; 0 while connected.
    """

    state: State = State.RUNNING
    read: int = 0
    dropped: int = 0
    reconnects: int = 0
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Schedule of new attempts to open a camera or stream that failed: ever less often.

    Attributes:
        first, longest: seconds before the first new attempt, and at most; every wait is twice the last one.
        give_up: seconds after which the capture fails; infinity never does.
    """

    first: float = 0.5
    longest: float = 4.0
    give_up: float = 60.0

    def __post_init__(self) -> None:
        if not (0 < self.first <= self.longest and self.give_up >= 0):
            raise OptionError(f"{self}: needs 0 < first <= longest, and give_up of at least 0 seconds")

    def delay(self, attempt: int) -> float:
        """Return seconds to wait before an attempt, counted from 1."""
        return float(min(self.first * 2.0 ** min(attempt - 1, 30), self.longest))
