"""The result of one frame, and where its time went."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.faces import Face


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Seconds that one frame took.

    Attributes:
        detect: detector and presence gate.
        landmarks: the landmark network, with cutting its crops.
        rest: everything else.
    """

    detect: float
    landmarks: float
    rest: float


@dataclass(frozen=True, slots=True)
class FrameResult:
    """The faces of one frame of a stream, and how they were found.

    Attributes:
        faces: in the order of their numbers, ``Face.track``, where they are tracked.
        detected: the detector ran on this frame.
        gated: the presence gate ran on this frame; where the detector ran too, the gate called it.
        times: where the time went.
    """

    faces: list[Face]
    detected: bool
    gated: bool
    times: StageTimes

    def _repr_html_(self) -> str:
        """Draw the landmarks of each face, as a ``Face`` does alone; for notebooks."""
        faces = "".join(face._repr_html_() for face in self.faces)
        return f"<div>{len(self.faces)} faces{faces}</div>"
