"""Conversion of meters to the numbers that are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from runtime.live.state.controls import Controls
from runtime.live.state.meters import Meters
from runtime.live.state.networks import Lane, difference
from runtime.live.state.reading import LaneNumbers, Numbers
from runtime.live.state.status import Status
from runtime.media.video import Frame
from runtime.pipeline import FrameResult


def network_seconds(lanes: Sequence[Lane], tracked: Sequence[FrameResult]) -> dict[str, float]:
    """Return seconds by stage for :class:`Meters`, as ``"full: landmarks"``; stages that did not run are left out."""
    seconds: dict[str, float] = {}
    for lane, result in zip(lanes, tracked, strict=True):
        times = result.times
        stages = {"network": times.detect + times.landmarks + times.rest}
        if result.detected or result.gated:
            # the gate's time counts with the detector that it calls
            stages["detect" if result.detected else "presence gate"] = times.detect
        stages |= {"landmarks": times.landmarks, "track": times.rest}
        seconds |= {f"{lane.name}: {stage}": value for stage, value in stages.items()}
    return seconds


def numbers(
    meters: Meters,
    lanes: Sequence[Lane],
    tracked: Sequence[FrameResult],
    controls: Controls,
    frame: Frame | None,
    status: Status,
) -> Numbers:
    """Collect the numbers to show now."""
    recent = {name: meter.recent for name, meter in meters.stages.items()}
    report = lanes[0].report.landmarks
    height, width = (0, 0) if frame is None else frame.image.shape[:2]
    following = controls.following
    return Numbers(
        lanes=tuple(_lane_numbers(lane.name, meters, recent) for lane in lanes),
        fps=meters.fps,
        loop={name: recent[name] for name in ("draw", "show") if name in recent},
        latency=recent.get("latency", math.nan),
        device=f"{report.device}, {report.threads} thread{'s' if report.threads > 1 else ''}",
        frame=(width, height),
        dropped=status.dropped,
        detector=controls.detector,
        tracking=following.tracking,
        smoothing=following.tracking and following.smoothing,
        apart=difference(tracked[0].faces, tracked[1].faces) if len(lanes) == 2 else None,
    )


def _lane_numbers(name: str, meters: Meters, recent: dict[str, float]) -> LaneNumbers:
    prefix = f"{name}: "
    own = {stage.removeprefix(prefix): value for stage, value in recent.items() if stage.startswith(prefix)}
    detect = meters.stages.get(f"{prefix}detect")
    return LaneNumbers(name, own, 0 if detect is None else detect.rate)
