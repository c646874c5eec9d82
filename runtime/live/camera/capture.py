"""Latest-frame capture: a thread reads as fast as pictures come, the loop takes the newest and never lags behind."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2

from runtime.errors import OptionError, VideoError
from runtime.live.camera.feeds import Feed, OpenFeed
from runtime.live.state.status import Reconnect, State, Status
from runtime.media.video import Frame

logger = logging.getLogger(__name__)

STALLED = 2.0
"""Seconds without a frame after which a camera that is open counts as stalled."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame, and the moment at which it came from the source, by the capture's clock."""

    frame: Frame
    arrived: float


class Capture:
    """Reads a feed in a thread of its own, from the first ``read`` on. A context manager.

    Cameras and streams: the newest frame replaces one that was not taken, which counts as dropped. Files play at
    their own pace by the same rule; with ``every_frame`` the thread waits until each frame is taken instead.

    ``Frame.time`` is in seconds and grows: of cameras since the start by this machine's clock, across reconnections;
    of files the file's own time.
    """

    def __init__(
        self,
        open_feed: OpenFeed,
        *,
        every_frame: bool = False,
        reconnect: Reconnect | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Open the feed.

        Args:
            open_feed: opens it; called again when a camera or stream was lost.
            every_frame: drop nothing, wait for nothing; files only.
            reconnect: how to try again.
            clock: seconds, growing.

        Raises:
            VideoError: the feed cannot be opened.
            OptionError: ``every_frame`` was asked of a camera or stream.
        """
        self._open, self._reconnect, self._clock = open_feed, reconnect or Reconnect(), clock
        self._feed: Feed = open_feed()
        self.name, self.live, self.fps = self._feed.name, self._feed.live, self._feed.fps
        if every_frame and self.live:
            self._feed.close()
            raise OptionError(f"{self.name} is live: it cannot wait until every frame was taken, only a file can")
        self._every_frame = every_frame
        self._start = self._arrived = 0.0
        self._time = -math.inf
        self._changed = threading.Condition()
        self._latest: Shot | None = None
        self._status = Status()
        self._error: Exception | None = None
        self._paused = self._stopping = False
        self._lost_since = 0.0
        self._thread = threading.Thread(target=self._run, name=f"capture of {self.name}", daemon=True)
        self._started = False

    def read(self, timeout: float) -> Shot | None:
        """Return the newest frame that was not read yet; None when none came in time or the source has ended.

        Args:
            timeout: seconds to wait at most.

        Raises:
            VideoError: the camera was lost and did not come back, or the file cannot be decoded.
        """
        if not self._started:
            self._started = True
            self._start = self._arrived = self._clock()
            self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._latest is not None or self._over(), timeout)
            shot, self._latest = self._latest, None
            self._changed.notify_all()
            if shot is None and self._error is not None:
                raise self._error
            return shot

    @property
    def status(self) -> Status:
        """Where it stands now. ENDED is said when the last frame was taken, FAILED when ``read`` will raise."""
        with self._changed:
            status = self._status
            if status.state is State.ENDED and self._latest is not None:
                return replace(status, state=State.RUNNING)
            if status.state is State.ENDED and self._error is not None:
                return replace(status, state=State.FAILED)
            quiet = self._clock() - self._arrived
            watched = self.live and self._started and not self._paused
            if status.state is State.RUNNING and watched and quiet > STALLED:
                return replace(status, state=State.STALLED)
            return status

    def pause(self, paused: bool) -> None:
        """Stop or go on: a file stands still meanwhile, the frames of a camera are passed over."""
        with self._changed:
            if self._paused and not paused:
                self._arrived = self._clock()
            self._paused = paused
            if paused and self.live:
                self._latest = None
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread and release the feed; closing twice is fine."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if not self._started:
            self._feed.close()
            return
        # A driver may hang in a read. The thread owns the feed; as a daemon it does not keep the process alive.
        self._thread.join(timeout=3.0)
        if self._thread.is_alive():
            logger.warning("%s does not answer; it is left to itself", self.name)

    def __enter__(self) -> Capture:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _over(self) -> bool:
        return self._stopping or self._status.state is State.ENDED

    def _run(self) -> None:
        try:
            while True:
                reason = self._pump(self._feed)
                self._feed.close()
                if self._stopping or not self.live:
                    break
                logger.warning("%s was lost: %s", self.name, reason)
                if not self._open_again(reason):
                    break
        except Exception as error:  # any error must reach the loop
            self._error = error
        finally:
            with contextlib.suppress(Exception):
                self._feed.close()
            with self._changed:
                self._status = replace(self._status, state=State.ENDED)
                self._changed.notify_all()

    def _pump(self, feed: Feed) -> str:
        """Read until the feed ends; returns why it did."""
        late = 0.0
        try:
            for frame in feed:
                if self.live:
                    # coarse clocks return the same time twice
                    self._time = max(self._clock() - self._start, math.nextafter(self._time, math.inf))
                    frame = Frame(frame.image, self._status.read, self._time)
                elif not self._every_frame:
                    late = self._wait_until_due(frame.time, late)
                if not self._publish(frame):
                    break
        except (VideoError, cv2.error) as error:
            if not self.live:
                raise
            return str(error)
        return "it gives no more frames"

    def _wait_until_due(self, due: float, late: float) -> float:
        """Wait for a file's frame to be due; returns the seconds that pauses have cost so far."""
        with self._changed:
            while not self._stopping:
                now = self._clock() - self._start - late
                if self._paused:
                    self._changed.wait()
                    late += self._clock() - self._start - late - now
                elif now >= due:
                    break
                else:
                    self._changed.wait(due - now)
        return late

    def _publish(self, frame: Frame) -> bool:
        """Hand a frame over; returns whether to go on."""
        with self._changed:
            if self._every_frame:
                self._changed.wait_for(lambda: self._stopping or (self._latest is None and not self._paused))
            if self._stopping:
                return False
            self._arrived = self._clock()
            state = replace(self._status, state=State.RUNNING, attempt=0, read=self._status.read + 1)
            if self._status.attempt:
                state = replace(state, reconnects=state.reconnects + 1)
            if not self._paused:
                state = replace(state, dropped=state.dropped + (self._latest is not None))
                self._latest = Shot(frame, self._arrived)
            self._status = state
            self._changed.notify_all()
            return True

    def _open_again(self, reason: str) -> bool:
        """Try until the feed opens; returns False when it is time to stop. The first frame ends the state LOST."""
        if not self._status.attempt:
            self._lost_since = self._clock()
        while True:
            with self._changed:
                attempt = self._status.attempt + 1
                self._status = replace(self._status, state=State.LOST, attempt=attempt)
                self._changed.notify_all()
                left = self._reconnect.give_up - (self._clock() - self._lost_since)
                wait = min(self._reconnect.delay(attempt), max(left, 0.0))
                self._changed.wait_for(lambda: self._stopping, wait)
                if self._stopping:
                    return False
            if left <= 0:
                raise VideoError(
                    f"{self.name} was lost ({reason}) and did not come back within {self._reconnect.give_up:g} s: "
                    "is it plugged in, and free?"
                )
            try:
                self._feed = self._open()
                return True
            except VideoError as error:
                logger.info("attempt %d: %s", attempt, error)
