"""Values in the panel of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runtime.live.state.networks import Difference


class PanelSize(Enum):
    """Number of values that the panel shows."""

    WHOLE = "all"
    SMALL = "few"
    OFF = "none"


@dataclass(frozen=True, slots=True)
class LaneNumbers:
    """Numbers of one network.

    Attributes:
        name: of the network.
        milliseconds: mean of the last second by stage, NaN or missing where it did not run; ``network`` is the sum.
        detector_runs: how often the detector ran in the last second.
    """

    name: str
    milliseconds: dict[str, float]
    detector_runs: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """All that is shown.

    Attributes:
        lanes: of each network.
        fps: frames shown per second.
        loop: mean milliseconds by stage that no network has, ``draw`` and ``show``.
        latency: milliseconds from the arrival of a frame to its being shown.
        device: such as ``"cpu, 1 thread"``.
        frame: width and height of the frame.
        dropped: frames that were never taken.
        detector, tracking, smoothing: what is switched on.
        apart: how far two networks are apart; None for one, or where they share no face.
    """

    lanes: tuple[LaneNumbers, ...]
    fps: float
    loop: dict[str, float]
    latency: float
    device: str
    frame: tuple[int, int]
    dropped: int
    detector: str
    tracking: bool
    smoothing: bool
    apart: Difference | None = None


def short(name: str, length: int) -> str:
    """Cut a name, which may be a path, to a number of characters."""
    name = name.replace("\\", "/").rpartition("/")[2].removesuffix(".onnx")
    return name if len(name) <= length else name[: length - 2] + ".."
