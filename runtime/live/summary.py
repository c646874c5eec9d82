"""Summary of a run of the live loop, as text and as JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from runtime.live.state.meters import Percentiles


class Ending(Enum):
    """Why a run ended well."""

    END_OF_FILE = "end of file"
    QUIT = "quit"
    WINDOW_CLOSED = "window closed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Summary:
    """Statistics of a run.

    Attributes:
        source: name of the camera or file.
        ended: why.
        models: landmark networks in use at the end.
        detector, device, threads: in use at the end.
        frame: width and height of the last frame, None without one.
        shown: width and height of the last picture, None without one.
        window: what the window is made with, None without one.
        frames: that were processed.
        seconds: from the first frame to the last.
        fps: processed frames per second in that time.
        dropped: frames that came and were never processed.
        reconnects: how often a lost camera came back.
        faces: mean number of faces in a frame, of the first network.
        detected: share of frames in which the detector ran, of the first network.
        gated: share of frames in which the presence gate ran, which is cheaper and used where no face is tracked.
        stages: times of each stage, in milliseconds, over the frames in which it ran.
        files: recordings and screenshots.
    """

    source: str
    ended: Ending
    models: tuple[str, ...]
    detector: str
    device: str
    threads: int
    frame: tuple[int, int] | None
    shown: tuple[int, int] | None
    window: str | None
    frames: int
    seconds: float
    fps: float
    dropped: int
    reconnects: int
    faces: float
    detected: float
    gated: float
    stages: dict[str, Percentiles] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        values = dataclasses.asdict(self) | {"ended": self.ended.value}
        for name in ("seconds", "fps", "faces", "detected", "gated"):
            values[name] = round(values[name], 3)
        values["stages"] = {
            stage: {key: round(value, 3) for key, value in times.items()} for stage, times in values["stages"].items()
        }
        return values

    def to_text(self) -> str:
        """Return a few lines for a terminal."""
        size = "no frame" if self.frame is None else f"{self.frame[0]}x{self.frame[1]}"
        shown = f" in a window of {self.window}" if self.window else ", no window"
        networks = f"{' and '.join(self.models)} on {self.device}, {self.detector}"
        lines = [
            f"{self.source}, {size}: {self.ended.value} after {self.frames} frames in {self.seconds:.1f} s, "
            f"{self.fps:.1f} frames/s, {self.dropped} dropped",
            f"{networks}{shown}; {self.faces:.2f} faces a frame, detector in {100 * self.detected:.0f} % of frames"
            + (f", presence gate in {100 * self.gated:.0f} %" if self.gated else ""),
        ]
        if self.stages:
            lines.append(f"{'milliseconds':<22}{'median':>8}{'90 %':>8}{'99 %':>8}")
        lines += [f"  {name:<20}{t.p50:>8.2f}{t.p90:>8.2f}{t.p99:>8.2f}" for name, t in self.stages.items()]
        return "\n".join([*lines, *(f"saved {path}" for path in self.files)])
