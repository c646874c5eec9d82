"""When the detector runs in a stream."""

from __future__ import annotations

import math
from collections.abc import Sequence

from runtime.pipeline import Fit, is_likely, needs_turning
from runtime.tracking.config import TrackingConfig

ROUNDING_SECONDS = 1e-6
"""Tolerance of intervals: fifteen thirtieths are half a second, however the times are rounded."""


class DetectorSchedule:
    """Decides in which frames of a stream the detector runs."""

    def __init__(self, config: TrackingConfig) -> None:
        """Start before the first frame, in which the detector runs."""
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Start again, as for another stream."""
        self._detected = self._turned = -math.inf
        self._false_alarm = -math.inf

    def cut(self) -> None:
        """Note a shot cut: earlier faces say nothing about the new scene."""
        self._false_alarm = self._turned = -math.inf

    def detect(self, now: float) -> None:
        """Note that the detector runs at ``now`` seconds."""
        self._detected = now

    def found(self) -> None:
        """Note that a face is tracked: what the presence gate saw was no false alarm."""
        self._false_alarm = -math.inf

    def is_due(self, now: float, *, tracking: bool, searching: bool, full: bool, at_once: bool) -> bool:
        """Return whether the detector runs.

        Args:
            now: time of the frame in seconds.
            tracking: a face is tracked.
            searching: a face was lost recently.
            full: as many faces as wanted are tracked.
            at_once: the shot has changed or a face was lost in this frame.
        """
        if at_once:
            pause = 0.0
        elif full:
            pause = self._config.detect_every
        elif searching:
            pause = min(self._config.search_every, self._config.detect_every)
        elif tracking:
            pause = self._config.detect_every
        else:
            pause = min(self._config.search_empty_every, self._config.detect_every)
        return now - self._detected + ROUNDING_SECONDS >= pause

    def is_alarm(self, logit: float) -> bool:
        """Return whether the presence gate's logit calls the detector."""
        if logit < max(self._config.gate_logit, self._false_alarm + self._config.gate_rise):
            return False
        self._false_alarm = logit
        return True

    def wants_turned(self, now: float, fits: Sequence[Fit], shape: tuple[int, ...], tracking: bool) -> bool:
        """Return whether to search the frame turned by quarter turns, too; at most once in a frame.

        Args:
            now: time of the frame in seconds.
            fits: what was detected in the frame as it is.
            shape: of the frame, (height, width, ...).
            tracking: a face is tracked.
        """
        pause = 0.0 if any(map(is_likely, fits)) else self._config.search_turned_every
        if self._turned == now or now - self._turned + ROUNDING_SECONDS < pause:
            return False
        if not needs_turning(fits, shape, tracking):
            return False
        self._turned = now
        return True
